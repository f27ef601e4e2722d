"""What a raw socket can do: sizes, framing, slowness, Expect. The parser or the gate answers, and nobody else waits."""

import asyncio
import json
import sqlite3
from contextlib import closing

import pytest

from bridge.api.limits import Limits
from tests.api.conftest import KEYS
from tests.api.refusals import sound

BODY = json.dumps({"conversation": {"external_id": "web-1"}}).encode()
KEY = f"Authorization: Bearer {KEYS['shop-bot']}"
LIMIT = 256 * 1024


def head(*lines: str, target: str = "POST /v1/tickets HTTP/1.1", host: str = "Host: x") -> bytes:
    return "\r\n".join([target, *([host] if host else []), *lines, "", ""]).encode("latin-1")


PLAIN = (KEY, "Content-Type: application/json")


def status_of(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1."), answer
    return int(answer.split(b" ", 2)[1])


async def ask(handrail, raw: bytes) -> tuple[int, bytes]:
    answer = await handrail.wire(raw)
    return status_of(answer), answer


async def test_one_byte_over_the_limit(handrail):
    answer = await handrail.signed("POST", "/v1/tickets", BODY + b" " * (LIMIT + 1 - len(BODY)))
    assert (answer.status, answer.slug) == (413, "payload-too-large")
    assert await handrail.tickets() == []


@pytest.mark.parametrize("path", ["/v1/tickets", "/v1/nope", "/livez", "/nope"])
@pytest.mark.parametrize("expect", [(), ("Expect: 100-continue",)])
async def test_a_huge_declared_body_is_refused_before_a_byte_of_it(handrail, path, expect):
    raw = head(*PLAIN, "Content-Length: 99000000", *expect, "Connection: close", target=f"POST {path} HTTP/1.1")
    status, answer = await ask(handrail, raw)
    assert b"100 Continue" not in answer
    assert status == (404 if path == "/nope" and not expect else 413)


async def test_expect_is_answered_when_the_size_is_fine(handrail):
    raw = head(*PLAIN, f"Content-Length: {len(BODY)}", "Expect: 100-continue", "Connection: close")
    answer = await handrail.wire(raw + BODY)
    first, _, rest = answer.partition(b"\r\n\r\n")
    assert first == b"HTTP/1.1 100 Continue"
    assert status_of(rest) == 201


@pytest.mark.parametrize("value", ["200-ok", "100-continue, x"])
async def test_another_expectation_is_not_met(handrail, value):
    raw = head(*PLAIN, f"Content-Length: {len(BODY)}", f"Expect: {value}", "Connection: close")
    assert (await ask(handrail, raw))[0] == 417


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


async def test_a_chunked_body_is_read_and_counted(handrail):
    lines = (*PLAIN, "Transfer-Encoding: chunked", "Connection: close")
    assert (await ask(handrail, head(*lines) + chunked(BODY[:5], BODY[5:])))[0] == 201
    status, answer = await ask(handrail, head(*lines) + chunked(*[b" " * 32 * 1024] * 9))
    assert (status, b"payload-too-large" in answer) == (413, True)


@pytest.mark.parametrize(
    "raw",
    [
        head(*PLAIN, "Content-Length: 5", "Content-Length: 6") + BODY,
        head(*PLAIN, f"Content-Length: {len(BODY)}", "Transfer-Encoding: chunked") + chunked(BODY),
        head(*PLAIN, "Content-Length: -1") + BODY,
        head(*PLAIN, "Content-Length: +5") + BODY,
        head(*PLAIN, "Content-Length: 0x10") + BODY,
        head(*PLAIN, "Content-Length: 1 1") + BODY,
        head(*PLAIN, "Transfer-Encoding: xchunked") + chunked(BODY),
        head(*PLAIN, "Transfer-Encoding: chunked, identity") + chunked(BODY),
        head(*PLAIN, "Transfer-Encoding: chunked") + b"zz\r\n" + BODY,
        head(*PLAIN, "X: a\0b"),
        head(*PLAIN, "X: a\r\n b"),
        head(*PLAIN, "X : a"),
        head(*PLAIN, host="") + b"",
        head("Host: y", *PLAIN),
        head(*PLAIN, *(f"X-{n}: y" for n in range(500))),
        head(*PLAIN, "X: " + "y" * 9000),
        head(*PLAIN, target="POST /" + "x" * 9000 + " HTTP/1.1"),
        head(*PLAIN, target="POST /v1/tickets HTTP/9.9"),
        head(*PLAIN, target="BREW /v1/tickets HTTP/1.1"),
        head(*PLAIN, target="POST"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200 + b"\r\n\r\n",
        b"\0" * 50 + b"\r\n\r\n",
    ],
)
async def test_a_request_that_is_framed_wrongly_ends_at_the_parser(handrail, raw):
    answer = await handrail.wire(raw, within=12)
    assert answer == b"" or status_of(answer) in {400, 404, 411, 415, 417, 431, 501, 505}, answer
    assert b"Traceback" not in answer
    assert await handrail.tickets() == []


async def test_a_body_that_breaks_off_is_refused(handrail):
    reader, writer = await asyncio.open_connection("127.0.0.1", handrail.port)
    writer.write(head(*PLAIN, f"Content-Length: {len(BODY) + 10}") + BODY)
    writer.write_eof()
    await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()
    assert await handrail.tickets() == []


async def test_a_stalled_body_is_cut_while_others_are_served(handrail):
    stalled = asyncio.create_task(handrail.wire(head(*PLAIN, f"Content-Length: {len(BODY)}") + BODY[:3]))
    dripping = asyncio.create_task(handrail.wire(head(*PLAIN, "Transfer-Encoding: chunked") + b"1\r\n{\r\n"))
    assert (await handrail.call("GET", "/v1/tickets")).status == 200
    for answer in (await stalled, await dripping):
        assert status_of(answer) == 408
        assert b"request-timeout" in answer
    assert await handrail.tickets() == []


async def test_pipelined_requests_are_served_in_order(handrail):
    one = head(KEY, target="GET /v1/tickets?limit={} HTTP/1.1")
    last = head(KEY, "Connection: close", target="GET /v1/tickets?limit=0 HTTP/1.1")
    raw = b"".join(one.replace(b"{}", str(n).encode()) for n in range(1, 21)) + last
    answers = (await handrail.wire(raw)).split(b"HTTP/1.1 ")[1:]
    assert [int(answer[:3]) for answer in answers] == [200] * 20 + [422]


async def test_a_thousand_pipelined_requests_are_served_in_order(handrail):
    reader, writer = await asyncio.open_connection("127.0.0.1", handrail.port)
    paths = [path for n in range(500) for path in (f"/docs/problems/nope-{n}", "/livez")]
    lines = [head(target=f"GET {path} HTTP/1.1") for path in paths]
    writer.write(b"".join([*lines, head("Connection: close", target="GET /openapi.json HTTP/1.1")]))
    answers = (await asyncio.wait_for(reader.read(), 20)).split(b"HTTP/1.1 ")[1:]
    assert [int(answer[:3]) for answer in answers] == [404, 200] * 500 + [200]
    writer.close()
    await writer.wait_closed()


class TestSlow:
    @pytest.fixture
    def limits(self):
        return Limits(calls_at_once=1, body_seconds=5)

    async def test_bodies_still_on_their_way_take_no_place_of_those_who_work(self, handrail):
        slow = [await asyncio.open_connection("127.0.0.1", handrail.port) for _ in range(20)]
        for _, writer in slow:
            writer.write(head(*PLAIN, f"Content-Length: {len(BODY)}") + BODY[:3])
        assert [(await handrail.call("GET", "/v1/tickets")).status for _ in range(30)] == [200] * 30
        for _, writer in slow:
            writer.close()
            await writer.wait_closed()


class TestCrowd:
    @pytest.fixture
    def limits(self):
        return Limits(calls_at_once=1, bodies_at_once=1, polls_per_bot=1, body_seconds=5)

    async def test_more_calls_than_can_be_worked_on_are_told_when_to_come_back(self, handrail, tmp_path):
        with closing(sqlite3.connect(tmp_path / "handrail.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            calls = [asyncio.create_task(handrail.call("POST", "/v1/tickets", json.loads(BODY))) for _ in range(2)]
            answered, waiting = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            sound(answered.pop().result(), 503, "overloaded")
            other.execute("ROLLBACK")
            assert (await waiting.pop()).status == 201
        assert (await handrail.call("GET", "/v1/tickets")).status == 200

    async def test_more_bodies_than_can_be_held_are_told_when_to_come_back(self, handrail):
        reader, writer = await asyncio.open_connection("127.0.0.1", handrail.port)
        writer.write(head(*PLAIN, f"Content-Length: {len(BODY)}"))
        await writer.drain()
        for _ in range(200):
            answer = await handrail.call("GET", "/v1/tickets")
            if answer.status != 200:
                break
        assert (answer.status, answer.slug) == (503, "overloaded")
        assert 1 <= int(answer.headers["retry-after"]) <= 5
        writer.write(BODY)
        assert status_of(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)) == 201
        writer.close()
        await writer.wait_closed()
        assert (await handrail.call("GET", "/v1/tickets")).status == 200

    async def test_one_bots_waiting_polls_are_bounded(self, handrail):
        first = asyncio.create_task(handrail.call("GET", "/v1/events?wait=25"))
        for _ in range(10_000):
            if handrail.clock.sleeping:
                break
            await asyncio.sleep(0)
        second = await handrail.call("GET", "/v1/events?wait=25")
        assert (second.status, second.slug) == (503, "overloaded")
        handrail.clock.advance(seconds=25)
        assert (await first).status == 200
