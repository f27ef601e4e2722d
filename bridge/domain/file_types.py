"""What a file is, by its bytes. Only kinds of the list are taken; what its sender calls it decides nothing.

The name only chooses between kinds of plain text, which are told apart by nothing else.
"""

import codecs
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bridge.domain.files import Received, Unfit, UnfitFile, file_name

IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Kinds that every browser shows."""

ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "application/pdf": ("pdf",),
    "text/plain": ("txt",),
    "text/csv": ("csv",),
    "text/markdown": ("md", "markdown"),
    "application/json": ("json",),
    "application/zip": ("zip",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx",),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
    "audio/mpeg": ("mp3",),
    "audio/mp4": ("m4a",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/wav": ("wav",),
    "video/mp4": ("mp4", "m4v"),
    "video/webm": ("webm",),
}
"""Kind → the endings its files have; the first is given to a name that has none of them."""

TAKEN: Final = "images (PNG, JPEG, GIF, WebP, HEIC), PDF, text, CSV, JSON, Markdown, ZIP, Office files, audio, video"

_ACTIVE: Final = (
    "svg svgz html htm xhtml xht shtml mht mhtml xml xsl js mjs jse vbs vbe wsf wsh hta php phtml jsp asp aspx "
    "exe msi com scr pif bat cmd ps1 psm1 sh bash dll sys cpl lnk url desktop reg jar apk app dmg iso chm inf "
    "docm xlsm pptm dotm xltm"
)
"""Endings that make a machine run or render what is inside, whatever that is."""
_MARKUP: Final = (b"<script", b"<svg", b"<html", b"<!doctype", b"<iframe", b"<?php", b"<body", b"<object", b"<embed")
_LONGEST_MARK: Final = max(map(len, _MARKUP))
_HEIC: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
_M4A: Final = frozenset({b"M4A ", b"M4B "})
_MP4: Final = frozenset({b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V "})
_CONTROLS: Final = bytes({*range(0x20), 0x7F} - set(b"\t\n\r\f"))
_HEAD: Final = 4096
_TAIL: Final = 66_000
"""An archive's directory ends within its last 65,557 bytes."""
_RUNS: Final = ("META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex")
_OFFICE: Final = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))
_OPEN: Final = ("odt", "ods", "odp")
_OF_ENDING: Final = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}


@dataclass(slots=True)
class _Text:
    """Is all of it plain text in UTF-8?"""

    _decoder: codecs.IncrementalDecoder
    holds: bool = True

    def feed(self, piece: bytes, *, final: bool = False) -> None:
        if not self.holds:
            return
        try:
            self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            self.holds = False
        self.holds = self.holds and len(piece.translate(None, _CONTROLS)) == len(piece)


class Sniffer:
    """Looks at a file while it passes by; keeps only its beginning and its end."""

    def __init__(self) -> None:
        self._digest = sha256()
        self._text = _Text(codecs.getincrementaldecoder("utf-8")())
        self._head = b""
        self._tail = b""
        self._markup = False
        self.size = 0

    def feed(self, piece: bytes) -> None:
        self.size += len(piece)
        self._digest.update(piece)
        self._text.feed(piece)
        if len(self._head) < _HEAD:
            self._head += piece[: _HEAD - len(self._head)]
        if not self._markup:
            # A mark may lie across two pieces.
            seen = (self._tail[-_LONGEST_MARK:] + piece).lower()
            self._markup = any(mark in seen for mark in _MARKUP)
        self._tail = (self._tail + piece)[-_TAIL:]

    def judged(self, sent_name: str) -> Received:
        """What it is, once all of it has passed. Raises: UnfitFile."""
        if self.size == 0:
            raise UnfitFile(Unfit.EMPTY, "It is empty.")
        name = file_name(sent_name)
        kind = None if _ending(name) in _ACTIVE.split() else self._kind(name)
        if kind is None:
            raise UnfitFile(Unfit.TYPE, f"This kind of file is not taken. Taken are {TAKEN}.")
        return Received(
            name=_fitting(name, kind), content_type=kind, size=self.size, digest=self._digest.hexdigest()
        )  # fmt: skip

    def _kind(self, name: str) -> str | None:
        self._text.feed(b"", final=True)
        if self._head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return self._of_archive()
        kind = _of_magic(self._head)
        if kind is None:
            return self._of_text(name) if self._text.holds else None
        # One file that two programs read as different kinds is none of ours; only a PDF may be all letters.
        mixed = self._markup or (self._text.holds and kind != "application/pdf")
        return None if mixed or _directory(self._tail, self.size) is not None else kind

    def _of_text(self, name: str) -> str | None:
        begins = self._head.removeprefix(codecs.BOM_UTF8).lstrip()
        if begins.startswith((b"<", b"#!", b"%PDF-")) or any(mark in self._head.lower() for mark in _MARKUP):
            return None
        kind = _OF_ENDING.get(_ending(name), "text/plain")
        if kind == "application/json" and not begins.startswith((b"{", b"[", b'"')):
            return "text/plain"
        return kind if kind.startswith("text/") or kind == "application/json" else "text/plain"

    def _of_archive(self) -> str | None:
        found = _directory(self._tail, self.size)
        if found is None:
            return None
        names = list(_names(found))
        if any(name in _RUNS or name.endswith("vbaProject.bin") for name in names):
            return None
        for ending in _OPEN:
            if self._head[30:].startswith(b"mimetype" + _OF_ENDING[ending].encode()):
                return _OF_ENDING[ending]
        if "[Content_Types].xml" in names:
            for folder, ending in _OFFICE:
                if any(name.startswith(folder) for name in names):
                    return _OF_ENDING[ending]
        return "application/zip"


def _of_magic(head: bytes) -> str | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return "image/png"
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    if head.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else None
    for magic, kind in (
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-", "application/pdf"),
        (b"OggS", "audio/ogg"),
        (b"ID3", "audio/mpeg"),
        (b"\xff\xfb", "audio/mpeg"),
        (b"\xff\xfa", "audio/mpeg"),
        (b"\xff\xf3", "audio/mpeg"),
        (b"\xff\xf2", "audio/mpeg"),
    ):
        if head.startswith(magic):
            return kind
    return None


def _of_brand(brand: bytes) -> str | None:
    if brand in _HEIC:
        return "image/heic"
    if brand in _M4A:
        return "audio/mp4"
    return "video/mp4" if brand in _MP4 else None


def _directory(tail: bytes, size: int) -> bytes | None:
    """An archive's directory, as far as the last bytes hold it; None when no archive ends here."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        return None
    length, begins, comment = struct.unpack("<IIH", tail[at + 12 : at + 22])
    if at + 22 + comment > len(tail) or begins + length > size:
        return None
    return tail[max(0, at - length) : at]


def _names(directory: bytes) -> Iterator[str]:
    """The names in an archive's directory."""
    at = max(0, directory.find(b"PK\x01\x02"))
    while directory[at : at + 4] == b"PK\x01\x02" and at + 46 <= len(directory):
        name, extra, comment = struct.unpack("<HHH", directory[at + 28 : at + 34])
        yield directory[at + 46 : at + 46 + name].decode("utf-8", "replace")
        at += 46 + name + extra + comment


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _fitting(name: str, kind: str) -> str:
    """The name with an ending that fits the kind; plain text keeps any."""
    ending = _ending(name)
    if ending in ENDINGS[kind] or (kind == "text/plain" and ending and ending not in _OF_ENDING):
        return name
    return file_name(f"{name}.{ENDINGS[kind][0]}")
