"""Many clients on keep-alive connections, cheap enough that the server is what is measured."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Load:
    """What came of it. Seconds of each answered request stand in `took`."""

    took: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.took) / self.seconds

    def only(self, *wanted: int) -> "Load":
        assert set(self.statuses) <= set(wanted), f"answers were {self.statuses}"
        return self


class _Client(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, requests: Iterator[bytes], load: Load, until: float, ended: "asyncio.Future[None]") -> None:
        self._requests = requests
        self._load = load
        self._until = until
        self._ended = ended
        self._read = b""
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        now = time.perf_counter()
        request = next(self._requests, None) if now < self._until else None
        if request is None:
            self._transport.close()
            return
        self._began = now
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, rest = self._read.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if len(rest) < length:
            return
        self._read = rest[length:]
        status = int(head[9:12])
        self._load.statuses[status] = self._load.statuses.get(status, 0) + 1
        self._load.took.append(time.perf_counter() - self._began)
        self._ask()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_result(None)


async def drive(port: int, requests: Iterator[bytes], *, clients: int, seconds: float) -> Load:
    """Keep so many clients busy for so long, or until there are no more requests."""
    loop, load = asyncio.get_running_loop(), Load()
    began = time.perf_counter()
    ends = [loop.create_future() for _ in range(clients)]
    for end in ends:
        await loop.create_connection(lambda end=end: _Client(requests, load, began + seconds, end), "127.0.0.1", port)
    await asyncio.gather(*ends)
    load.seconds = time.perf_counter() - began
    return load


def post(port: int, path: str, key: str, repeatable: str, body: bytes) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
        f"Idempotency-Key: {repeatable}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
