"""A file on its way in: beside the memory, looked at while it passes."""

import asyncio
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Final, Self

from bridge.domain.file_types import Sniffer
from bridge.domain.files import FILE_BYTES, Received, too_large

IN_MEMORY: Final = 256 * 1024
"""A larger file lies on the disk until it is kept."""
PIECE: Final = 256 * 1024


class Spool:
    """Takes a file piece by piece, refuses it once it is too large, and gives it out again as often as asked."""

    def __init__(self, most: int = FILE_BYTES) -> None:
        self._most = most
        self._file = SpooledTemporaryFile[bytes](max_size=IN_MEMORY)
        self._sniffer = Sniffer()
        self._waiting: list[bytes] = []
        self._waits = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    async def write(self, piece: bytes) -> None:
        """Raises: UnfitFile once it is too large."""
        if self._sniffer.size + self._waits + len(piece) > self._most:
            raise too_large(self._most)
        self._waiting.append(piece)
        self._waits += len(piece)
        if self._waits >= PIECE:
            await self._pass_on()

    async def judged(self, name: str) -> Received:
        """What it is, once all of it has come. Raises: UnfitFile."""
        await self._pass_on()
        return self._sniffer.judged(name)

    async def pieces(self) -> AsyncIterator[bytes]:
        """From the beginning."""
        at = 0
        while piece := await asyncio.to_thread(self._read, at):
            at += len(piece)
            yield piece

    async def _pass_on(self) -> None:
        piece = b"".join(self._waiting)
        self._waiting.clear()
        self._waits = 0
        if piece:
            # Hashing and the disk: neither may hold up the loop.
            await asyncio.to_thread(self._take, piece)

    def _take(self, piece: bytes) -> None:
        self._sniffer.feed(piece)
        self._file.write(piece)

    def _read(self, at: int) -> bytes:
        self._file.seek(at)
        return self._file.read(PIECE)
