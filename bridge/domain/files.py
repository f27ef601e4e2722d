"""Files of messages: what is known of one, what it may be called, and why one is not taken."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from bridge.domain.errors import HandrailError
from bridge.domain.refs import MessageId, TicketId

FILE_BYTES: Final = 25_000_000
"""The largest file that is taken, fetched or kept."""
NAME_BYTES: Final = 150

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS: Final = frozenset("\u200c\u200d")
_TAGS: Final = range(0xE0000, 0xE0080)


class FileState(StrEnum):
    """How far a file has come."""

    WANTED = "wanted"
    """To be fetched from its address."""
    KEPT = "kept"
    FAILED = "failed"
    """It could not be fetched; `reason` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file of a message, or one that no message names yet. Its bytes lie in the object store under `id`."""

    id: str
    uploader: str
    """The bot's name, a member's key, or the user's id."""
    state: FileState
    name: str
    created_at: datetime
    bot: str | None = None
    """The bot that may name it, and whose user may read it; None while only a member has it."""
    ticket: TicketId | None = None
    message: MessageId | None = None
    content_type: str | None = None
    size: int | None = None
    """Bytes."""
    digest: str | None = None
    """SHA-256, in hexadecimal."""
    url: str | None = None
    """Where a wanted file is fetched."""
    attempts: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a file turned out to be, judged by its bytes."""

    name: str
    content_type: str
    size: int
    digest: str


class Unfit(StrEnum):
    """Why a file is not taken."""

    TYPE = "type"
    SIZE = "size"
    EMPTY = "empty"


class UnfitFile(HandrailError):
    """A file that is not taken; the words are for whoever sent it."""

    def __init__(self, why: Unfit, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why
        self.sentence = sentence


_PLATFORM: Final = re.compile(r"platform:([^/]+)/(.+)", re.DOTALL)


def at_platform(platform: str, ref: str) -> str:
    """Where a member put a file, in the form of an address: only that platform's adapter can read it."""
    return f"platform:{platform}/{ref}"


def of_platform(url: str) -> tuple[str, str] | None:
    """The platform and its own name of the file; None for an address of the web."""
    found = _PLATFORM.fullmatch(url)
    return (found[1], found[2]) if found else None


def too_large(most: int) -> UnfitFile:
    return UnfitFile(Unfit.SIZE, f"It is larger than {in_size(most)}, the most a file may have.")


def file_name(sent: str) -> str:
    """A name that is safe to show and to save under: one step of a path, visible, not too long. Never empty."""
    last = re.split(r"[/\\]", sent)[-1]
    kept = "".join(char for char in last if _is_shown(char))
    name = re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]', "_", kept)).strip(" .")
    return _shortened(name) or "file"


def _is_shown(char: str) -> bool:
    if char in _JOINERS:
        return True
    return char not in _BIDI and ord(char) not in _TAGS and unicodedata.category(char) not in _UNSHOWN


def _shortened(name: str) -> str:
    """At most so many bytes, the ending kept: it says what the file is opened with."""
    if len(name.encode()) <= NAME_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 16:
        stem, dot, ending = name, "", ""
    room = NAME_BYTES - len(f"{dot}{ending}".encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .") + dot + ending


def disposition(name: str, *, inline: bool = False) -> str:
    """RFC 6266: plain letters for old readers, the whole name for all others."""
    plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\' else "_" for char in name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def named_with_size(name: str, size: int | None) -> str:
    """`receipt.pdf (31 kB)`."""
    return f"{name} ({in_size(size)})" if size is not None else name


def in_size(size: int | None) -> str:
    """A size in words people use; nothing when it is not known."""
    if size is None:
        return ""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1_000_000:.1f} MB".replace(".0 ", " ") if size >= 1_000_000 else f"{size // 1000} kB"
