"""Processes of ours that are there at once: forked from one that has imported everything, once for all tests.

A process's start is 1 to 2 s of imports, and tests start hundreds. What the imports themselves do is tested with
processes that begin from nothing: those of `test_daemon.py` and `test_cli_help.py`. Benchmarks use no other.
"""

import asyncio
import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO, Protocol

ROOT = Path(__file__).resolve().parents[1]
THE_INTERPRETERS_OWN = ("PYTHON", "LC_", "LANG", "TZ", "MALLOC")
"""Names in the environment that are read before our first line; a child of the nursery has read the nursery's."""
READ_LATE = {"PYTHONUNBUFFERED", "PYTHONPATH", "PYTHONPYCACHEPREFIX"}
"""Nothing is imported any more when a child begins, and of the first the cradle takes care."""

_one_at_a_time = threading.Lock()


class Running(Protocol):
    """What a started process can do: asyncio's own, or one of the nursery."""

    stdout: asyncio.StreamReader | None

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> int: ...

    async def communicate(self) -> tuple[bytes, bytes]: ...

    def send_signal(self, how: int) -> None: ...


async def start(
    *words: str, folder: Path, env: Mapping[str, str], stdout: int = PIPE, stderr: int | BinaryIO = PIPE,
) -> Running:  # fmt: skip
    """`python -m bridge words…`; `stdout` may be PIPE or DEVNULL, `stderr` also STDOUT or a file."""
    if sys.platform != "linux" or _own(env) != _own(os.environ):
        return await start_from_nothing(*words, folder=folder, env=env, stdout=stdout, stderr=stderr)
    return await _Child.born(words, folder, env, stdout, stderr)


async def start_from_nothing(
    *words: str, folder: Path, env: Mapping[str, str], stdout: int = PIPE, stderr: int | BinaryIO = PIPE,
) -> Running:  # fmt: skip
    """The same with all its imports."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bridge", *words, cwd=folder, env=env, stdout=stdout, stderr=stderr
    )


def _own(env: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in env.items()
        if name.startswith(THE_INTERPRETERS_OWN) and name not in {*READ_LATE, "PYTHONDONTWRITEBYTECODE"}
    }  # fmt: skip


def _order(order: bytes, streams: list[int]) -> None:
    with _one_at_a_time:  # the first of several at once waits for all until the cradle is there
        socket.send_fds(_cradle(), [order], streams)


@cache
def _cradle() -> socket.socket:
    """Where orders go. It ends when this process does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cradle", str(theirs.fileno())],
        cwd=ROOT, env=outside(), pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
    )  # fmt: skip
    theirs.close()

    def close() -> None:
        ours.close()
        process.wait()

    atexit.register(close)
    return ours


def outside() -> dict[str, str]:
    """The environment of a process of ours.

    Bytecode is kept between processes, also where the machine says not to: else each start compiles for seconds.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(ROOT / ".pytest_cache" / "bytecode")}


class _Child:
    def __init__(
        self, pid: int, line: asyncio.StreamReader, hangs_up: asyncio.StreamWriter, out: "_Pipe | None",
        err: "_Pipe | None",
    ) -> None:  # fmt: skip
        self.pid = pid
        self.returncode: int | None = None
        self.stdout = out.reader if out is not None else None
        self.stderr = err.reader if err is not None else None
        self._pipes = [pipe for pipe in (out, err) if pipe is not None]
        self._line, self._hangs_up = line, hangs_up
        self._ends = asyncio.create_task(self._end())

    @classmethod
    async def born(
        cls, words: tuple[str, ...], folder: Path, env: Mapping[str, str], stdout: int, stderr: int | BinaryIO
    ) -> "_Child":
        ours, theirs = socket.socketpair()
        order = json.dumps({"words": words, "env": dict(env), "folder": str(folder)}).encode()
        out, heard_out = _stream(stdout)
        err, heard_err = (out, None) if stderr == STDOUT else _stream(stderr)
        await asyncio.to_thread(_order, order, [theirs.fileno(), out, err])
        theirs.close()
        for each in {out, err}:
            os.close(each)
        line, hangs_up = await asyncio.open_unix_connection(sock=ours)
        pid = int(await line.readline())
        return cls(pid, line, hangs_up, await _heard_at(heard_out), await _heard_at(heard_err))

    async def _end(self) -> None:
        self.returncode = int(await self._line.readline())
        self._hangs_up.close()
        with suppress(OSError):
            await self._hangs_up.wait_closed()

    async def wait(self) -> int:
        # Who stops waiting does not stop the others.
        await asyncio.shield(self._ends)
        assert self.returncode is not None
        for pipe in self._pipes:
            await pipe.close()
        return self.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        out, err = await asyncio.gather(_all(self.stdout), _all(self.stderr))
        await self.wait()
        return out, err

    def send_signal(self, how: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):  # it has ended and we are not told yet
                os.kill(self.pid, how)


class _Pipe(asyncio.StreamReaderProtocol):
    """What a child says on one of its streams."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self.reader = reader
        self._silent = asyncio.Event()
        self._end: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._end = transport

    def connection_lost(self, trouble: Exception | None) -> None:
        super().connection_lost(trouble)
        self._silent.set()

    async def close(self) -> None:
        """What it said before its end can still be read."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1):  # longer only where a child's child speaks on, or more than we would keep
                await self._silent.wait()
        if self._end is not None:
            self._end.close()


async def _heard_at(end: int | None) -> _Pipe | None:
    if end is None:
        return None
    pipe = _Pipe(asyncio.StreamReader())
    await asyncio.get_running_loop().connect_read_pipe(lambda: pipe, os.fdopen(end, "rb", buffering=0))
    return pipe


async def _all(stream: asyncio.StreamReader | None) -> bytes:
    return await stream.read() if stream is not None else b""


def _stream(kind: int | BinaryIO) -> tuple[int, int | None]:
    """The end the child writes to, and the one it is heard at."""
    if kind == PIPE:
        heard, written = os.pipe()
        return written, heard
    if kind == DEVNULL:
        return os.open(os.devnull, os.O_WRONLY), None
    return os.dup(kind if isinstance(kind, int) else kind.fileno()), None
