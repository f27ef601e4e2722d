"""A line that can be cut: forwards TCP to a server and breaks where a test says so, or lets nothing through."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Cut:
    """Break the line at the first bytes from the caller that hold `at`."""

    at: bytes
    arrives: bool
    """The bytes reach the server, which answers; only the answer is lost. Else they are lost themselves."""
    answer: bytes | None = None
    """Given instead of the server's, which hears nothing; the line stays."""
    ends: bool = False
    """The line breaks right after that answer."""


@dataclass
class Line:
    """`to` connects to the server. While `down`, new connections are closed at once."""

    to: Callable[[], Awaitable[Streams]]
    down: bool = False
    cuts: deque[Cut] = field(default_factory=deque)
    cut: int = 0
    """How often a planned cut happened."""
    refused: int = 0
    """Connections that were closed at once."""
    port: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _callers: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def cut_at(self, at: bytes, *, arrives: bool, times: int = 1) -> None:
        self.cuts.extend([Cut(at, arrives)] * times)

    def answer_at(self, at: bytes, answer: bytes, *, times: int = 1, ends: bool = False) -> None:
        self.cuts.extend([Cut(at, arrives=False, answer=answer, ends=ends)] * times)

    def say(self, words: bytes) -> None:
        """Words of the server that nobody asked for, on every connection."""
        for writer in self._callers:
            writer.write(words)

    async def break_all(self) -> None:
        """Every connection ends now, as if a cable were pulled."""
        for writer in tuple(self._open):
            writer.transport.abort()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Line"]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await self.break_all()
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.down:
            self.refused += 1
            writer.transport.abort()
            return
        with contextlib.suppress(OSError, asyncio.CancelledError):
            far_reader, far_writer = await self.to()
            self._open |= {writer, far_writer}
            self._callers.add(writer)
            back = asyncio.create_task(_pour(far_reader, writer))
            try:
                await self._forth(reader, writer, (far_reader, far_writer), back)
            finally:
                self._open -= {writer, far_writer}
                self._callers.discard(writer)
                back.cancel()
                await asyncio.gather(back, return_exceptions=True)
                writer.transport.abort()
                far_writer.transport.abort()

    async def _forth(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, far: Streams, back: "asyncio.Task[None]"
    ) -> None:
        far_reader, far_writer = far
        while data := await reader.read(65536):
            if self.cuts and self.cuts[0].at in data:
                planned = self.cuts.popleft()
                if planned.answer is not None:
                    writer.write(planned.answer)
                    self.cut += 1
                    if planned.ends:
                        return
                    continue
                if planned.arrives:
                    # Nobody reads on behalf of the caller any more: what the server answers is lost.
                    back.cancel()
                    await asyncio.gather(back, return_exceptions=True)
                    far_writer.write(data)
                    await far_writer.drain()
                    await far_reader.read(65536)
                self.cut += 1
                return
            far_writer.write(data)
            await far_writer.drain()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    # However the server ended it, the caller learns it at once.
    writer.close()
