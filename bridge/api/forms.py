"""Reads a form with a file in it (RFC 7578) while it comes in: whatever its size, a few kilobytes are held.

It never raises: a form is judged once it is known who sent it, so what is wrong is only noted.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Final
from urllib.parse import unquote

from aiohttp import web

FILE: Final = "file"
NAME: Final = "name"
NAME_CHARACTERS: Final = 250
_NAME_BYTES: Final = 4 * NAME_CHARACTERS
_HEADERS_BYTES: Final = 4096
_BOUNDARY: Final = re.compile(r"""boundary=(?:"([0-9A-Za-z'()+_,./:=? -]{1,70})"|([0-9A-Za-z'+_.-]{1,70}))""")
_DISPOSITION: Final = re.compile(rb"^content-disposition:\s*form-data\s*(;.*)$", re.IGNORECASE | re.MULTILINE)
_PARAMETER: Final = re.compile(rb';\s*([A-Za-z]+\*?)\s*=\s*(?:"((?:[^"\\\r\n]|\\.)*)"|([^;"\s]+))')


def boundary_of(request: web.BaseRequest) -> bytes | None:
    """What separates the parts; None for anything that is not one well-named form."""
    types = request.headers.getall("Content-Type", [])
    if len(types) != 1 or request.content_type != "multipart/form-data":
        return None
    found = _BOUNDARY.search(types[0])
    return (found[1] or found[2]).encode() if found else None


class Form:
    """One part `file`, and perhaps a part `name`. Bytes of the file are given on as they come."""

    def __init__(self, boundary: bytes, on_file: Callable[[bytes], Awaitable[None]]) -> None:
        self.trouble: str | None = None
        """What is wrong with it, in a sentence."""
        self._delimiter = b"\r\n--" + boundary
        self._on_file = on_file
        # The first delimiter has no line end before it.
        self._waiting = bytearray(b"\r\n")
        self._step = self._begin
        self._seen: set[str] = set()
        self._name = bytearray()
        self._file_name = ""
        self._ended = False

    @property
    def name(self) -> str:
        """What the file is called: by the part `name`, else by the file's own part."""
        return self._name.decode("utf-8", "replace") or self._file_name

    async def feed(self, piece: bytes) -> None:
        self._waiting += piece
        while self.trouble is None and await self._step():
            pass
        if self.trouble is not None:
            self._waiting.clear()

    def end(self) -> None:
        """All of it has come."""
        if self.trouble is None and not self._ended:
            self.trouble = "The form breaks off."
        elif self.trouble is None and FILE not in self._seen:
            self.trouble = "The form has no part called file."

    # Each step takes what it can from what waits; False: more must come first.

    async def _begin(self) -> bool:
        if len(self._waiting) < len(self._delimiter):
            return False
        if not self._waiting.startswith(self._delimiter):
            return self._wrong("The form does not begin with its boundary.")
        del self._waiting[: len(self._delimiter)]
        self._step = self._after_delimiter
        return True

    async def _after_delimiter(self) -> bool:
        if len(self._waiting) < 2:
            return False
        if self._waiting.startswith(b"--"):
            self._ended = True
            self._step = self._epilogue
            return True
        if not self._waiting.startswith(b"\r\n"):
            return self._wrong("The form has a boundary that does not end its line.")
        del self._waiting[:2]
        self._step = self._headers
        return True

    async def _headers(self) -> bool:
        end = self._waiting.find(b"\r\n\r\n")
        if end < 0 or end > _HEADERS_BYTES:
            return len(self._waiting) > _HEADERS_BYTES and self._wrong("A part of the form has no end of its headers.")
        named = dict(_parameters(bytes(self._waiting[:end])))
        del self._waiting[: end + 4]
        part = named.get("name")
        if part not in {FILE, NAME}:
            return self._wrong("The form may have the parts file and name, and no others.")
        if part in self._seen:
            return self._wrong(f"The form has more than one part {part}: one call brings one file.")
        self._seen.add(part)
        if part == FILE:
            self._file_name = named.get("filename*") or named.get("filename", "")
        self._step = self._in_file if part == FILE else self._in_name
        return True

    async def _in_file(self) -> bool:
        taken, ended = self._content()
        if taken:
            await self._on_file(taken)
        return ended

    async def _in_name(self) -> bool:
        taken, ended = self._content()
        self._name += taken
        too_long = len(self._name) > _NAME_BYTES or (ended and len(self.name) > NAME_CHARACTERS)
        if too_long and self._name:
            return self._wrong(f"The name has more than {NAME_CHARACTERS} characters.")
        return ended

    def _content(self) -> tuple[bytes, bool]:
        """What is certain to be content, and whether the part ended with it."""
        at = self._waiting.find(self._delimiter)
        ended = at >= 0
        # The end of what waits may be the beginning of a delimiter.
        end = at if ended else max(0, len(self._waiting) - len(self._delimiter) + 1)
        taken = bytes(self._waiting[:end])
        del self._waiting[: end + len(self._delimiter) if ended else end]
        if ended:
            self._step = self._after_delimiter
        return taken, ended

    async def _epilogue(self) -> bool:
        self._waiting.clear()
        return False

    def _wrong(self, sentence: str) -> bool:
        self.trouble = sentence
        return False


def _parameters(headers: bytes) -> Iterator[tuple[str, str]]:
    found = _DISPOSITION.search(headers.replace(b"\r\n", b"\n"))
    for name, quoted, bare in _PARAMETER.findall(found[1] if found else b""):
        # Browsers write a quote as %22 and leave a backslash alone; others put a backslash before both.
        plain = re.sub(rb'\\(["\\])', rb"\1", quoted).replace(b"%22", b'"')
        value = (plain or bare).decode("utf-8", "replace")
        if name.endswith(b"*"):
            value = unquote(value.rpartition("''")[2])
        yield name.decode().lower(), value
