"""Five hundred clients that never finish what they began: cut off in time, while the daemon serves everybody else."""

import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.site import KEY, Site, running_site

EACH = 84
"""Clients of each kind."""
HEAD = b"POST /v1/tickets HTTP/1.1\r\nHost: x\r\n"
KEYED = HEAD + f"Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\n".encode()
SIGNED = HEAD + (
    b"handrail-bot: shop-bot\r\nwebhook-id: m\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,A\r\n"
    b"Content-Type: application/json\r\n"
)
FORM = b"POST /sign-in/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@dataclass(frozen=True)
class Kind:
    """What a slow client sends at once, then every second, and when it is to be cut."""

    begins: bytes
    drips: bytes
    cut_after: float
    answered: bytes = b""


KINDS = {
    "silent": Kind(b"", b"", 10),
    "half a header": Kind(HEAD + b"X-A: b", b"", 10),
    "header by header": Kind(HEAD, b"X-A: b\r\n", 10),
    "half a body": Kind(KEYED + b"Content-Length: 100\r\n\r\n{", b"", 15, b" 408 "),
    "body by body, not recognised": Kind(SIGNED + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n", 15, b" 408 "),
    "half a form": Kind(FORM + b"Content-Length: 100\r\n\r\na", b"", 15, b" 408 "),
}
LATE = 4.0
"""Seconds past its time within which a client is cut on a busy machine."""


async def cut(port: int, kind: Kind) -> tuple[float, bytes]:
    """Seconds until the daemon hangs up, and what it said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    dripping = asyncio.create_task(drip(writer, kind))
    began = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(30):
            said = await reader.read()
    except ConnectionResetError:  # it hung up while a drop was on its way
        said = b""
    finally:
        dripping.cancel()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    return asyncio.get_running_loop().time() - began, said


async def drip(writer: asyncio.StreamWriter, kind: Kind) -> None:
    writer.write(kind.begins)
    while kind.drips:
        await asyncio.sleep(1)
        writer.write(kind.drips)


async def served(site: Site, crowd: "asyncio.Future[object]") -> list[float]:
    """Seconds that each call of a quick client took while the crowd was there; none may fail."""
    took = []
    loop = asyncio.get_running_loop()
    while not crowd.done():
        for method, path, body in (
            ("GET", "/livez", None),
            ("POST", "/v1/tickets", {"conversation": {"external_id": f"quick-{len(took)}"}}),
            ("GET", "/v1/tickets?limit=5", None),
        ):
            began = loop.time()
            await site.call(method, path, body)
            took.append(loop.time() - began)
        await asyncio.sleep(0.1)
    return took


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path) as running:
        yield running


async def test_slow_clients_are_cut_off_while_others_are_served(site: Site) -> None:
    crowd = asyncio.gather(*(cut(site.port, kind) for kind in KINDS.values() for _ in range(EACH)))
    took = await served(site, crowd)

    ends = await crowd
    for number, (name, kind) in enumerate(KINDS.items()):
        mine = ends[number * EACH : (number + 1) * EACH]
        seconds = [after for after, _ in mine]
        print(f"{name}: {EACH} cut after {min(seconds):.1f} to {max(seconds):.1f} s")
        assert kind.cut_after - 0.5 < min(seconds), name
        assert max(seconds) < kind.cut_after + LATE, name
        assert not kind.answered or all(kind.answered in said[:20] for _, said in mine), name
    p95 = statistics.quantiles(took, n=20)[-1]
    print(f"{len(took)} quick calls meanwhile: none failed, p50 {statistics.median(took) * 1000:.0f} ms, "
          f"p95 {p95 * 1000:.0f} ms, longest {max(took) * 1000:.0f} ms")  # fmt: skip
    assert p95 < 1
