import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.bots.webhook import build
from adapters.bots.webhook.connection import WebhookConnection
from adapters.bots.webhook.errors import wait_asked
from bridge.domain.errors import ContentRejected, DestinationGone, RateLimited, Scope, TryLater
from bridge.ports.bots import Envelope
from bridge.ports.clock import SystemClock
from tests.wire.bot import SECRET, Mood, WireBot, bot_listening

OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def opened(**data: Any) -> Envelope:
    return Envelope(type="ticket.opened", timestamp="2026-11-23T10:00:00Z", data={"seq": 1, **data})


@pytest.fixture
async def bot() -> AsyncIterator[WireBot]:
    async with bot_listening() as bot:
        yield bot


@pytest.fixture
async def connection(bot: WireBot) -> AsyncIterator[WebhookConnection]:
    connection = build("shop-bot", {"url": bot.url, "secret": SECRET, "private": True}, SystemClock())
    yield connection
    await connection.close()


async def test_a_callback_arrives_signed_and_whole(bot, connection):
    await connection.tell(opened(user={"name": "Mära 🦊"}), key="dlv_1")

    (call,) = bot.calls
    assert call.trusted
    assert call.id == "dlv_1"
    assert call.headers["Content-Type"] == "application/json"
    assert call.body == {
        "type": "ticket.opened",
        "timestamp": "2026-11-23T10:00:00Z",
        "data": {"seq": 1, "user": {"name": "Mära 🦊"}},
    }


async def test_telling_again_keeps_the_id_and_signs_anew(bot, connection):
    bot.answer_next(500)
    with pytest.raises(TryLater):
        await connection.tell(opened(), key="dlv_1")
    await connection.tell(opened(), key="dlv_1")

    assert [call.id for call in bot.calls] == ["dlv_1", "dlv_1"]
    assert all(call.trusted for call in bot.calls)
    assert len(bot.events) == 1


async def test_either_side_of_a_rotation_understands_the_callback(bot):
    connection = build(
        "shop-bot",
        {"url": bot.url, "secret": OTHER_SECRET, "secrets": [OTHER_SECRET, SECRET], "private": True},
        SystemClock(),
    )
    await connection.tell(opened(), key="dlv_1")
    await connection.close()

    assert bot.calls[0].trusted
    assert len(bot.calls[0].signature.split(" ")) == 2


async def test_a_bot_with_another_secret_does_not_trust_us_and_we_try_later(bot):
    connection = build("shop-bot", {"url": bot.url, "secret": OTHER_SECRET, "private": True}, SystemClock())
    with pytest.raises(TryLater, match="401"):
        await connection.tell(opened(), key="dlv_1")
    await connection.close()

    assert bot.events == {}


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 500, 502, 503, 504])
async def test_what_is_not_a_yes_is_told_again(bot, connection, status):
    bot.answer_next(status)

    with pytest.raises(TryLater, match=str(status)) as later:
        await connection.tell(opened(), key="dlv_1")
    assert later.value.retry_after is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_is_not_followed(bot, connection, status):
    bot.answer_next(status, location=bot.url.replace("/hooks", "/elsewhere"))

    with pytest.raises(TryLater, match="redirects are not followed"):
        await connection.tell(opened(), key="dlv_1")
    await asyncio.sleep(0)
    assert bot.strangers == 0


async def test_410_disables_the_endpoint(bot, connection):
    bot.answer_next(410)

    with pytest.raises(DestinationGone):
        await connection.tell(opened(), key="dlv_1")


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_bot_says_how_long_its_whole_lane_waits(bot, connection, status):
    bot.answer_next(status, retry_after="7")

    with pytest.raises(RateLimited) as busy:
        await connection.tell(opened(), key="dlv_1")
    assert busy.value.retry_after == timedelta(seconds=7)
    assert busy.value.scope is Scope.LANE


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (None, 30), ("", 30), ("soon", 30), ("-1", 30), ("0", 30), ("1e3", 30), ("٣", 30), ("nan", 30),
        ("1", 1), (" 12 ", 12), ("900", 900), ("901", 900), ("86400", 900), ("1000000000", 30), ("9" * 5000, 30),
        ("Mon, 23 Nov 2026 10:00:20 GMT", 20), ("Mon, 23 Nov 2026 12:00:00 GMT", 900),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 30), ("Mon, 99 Nov 2026 10:00:20 GMT", 30),
        ("Mon, 23 Nov 99999999999 10:00:20 GMT", 30),
    ],
)  # fmt: skip
def test_retry_after_is_believed_within_reason(asked, seconds):
    assert wait_asked(asked, NOW) == timedelta(seconds=seconds)


async def test_a_bot_that_is_down_is_told_later(bot, connection):
    await bot.down()

    with pytest.raises(TryLater, match="no connection"):
        await connection.tell(opened(), key="dlv_1")


async def test_an_answer_lost_after_the_event_was_taken_is_told_again_under_the_same_id(bot, connection):
    bot.answer_next(mood=Mood.CUT)
    with pytest.raises(TryLater):
        await connection.tell(opened(), key="dlv_1")
    await connection.tell(opened(), key="dlv_1")

    assert len(bot.calls) == 2
    assert list(bot.events) == ["dlv_1"]


async def test_an_answer_that_is_no_http_is_told_again(bot, connection):
    bot.answer_next(mood=Mood.GARBAGE)

    with pytest.raises(TryLater):
        await connection.tell(opened(), key="dlv_1")


async def test_an_endless_answer_is_cut_at_its_cap_and_the_yes_counts(bot, connection):
    bot.answer_next(200, mood=Mood.ENDLESS)

    await connection.tell(opened(), key="dlv_1")
    await bot.down()
    assert bot.sent < 16_000_000  # what socket buffers held; without the cap it would pour on


async def test_an_answer_that_trickles_does_not_hold_the_lane(bot, connection):
    bot.answer_next(200, mood=Mood.TRICKLE)
    began = asyncio.get_running_loop().time()

    await connection.tell(opened(), key="dlv_1")
    assert asyncio.get_running_loop().time() - began < 5


async def test_a_callback_past_20_kb_is_refused_before_it_leaves(bot, connection):
    with pytest.raises(ContentRejected, match="20000"):
        await connection.tell(opened(other="x" * 20_000), key="dlv_1")
    assert bot.calls == []


async def test_only_the_chosen_types_are_called_back(bot):
    options = {"url": bot.url, "secret": SECRET, "private": True, "events": ["message.created"]}
    connection = build("shop-bot", options, SystemClock())
    await connection.tell(opened(), key="dlv_1")
    await connection.tell(Envelope(type="message.created", timestamp="t", data={}), key="dlv_2")
    await connection.close()

    assert bot.types == ["message.created"]


async def test_telling_again_is_always_safe_so_there_is_nothing_to_look_up(connection):
    assert await connection.find(opened(), key="dlv_1") is None


# ── addresses ──────────────────────────────────────────────────────────────


SPELLINGS = [
    "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "localhost.", "LOCALHOST",
    "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_an_inner_host_is_reached(bot, host):
    connection = build("shop-bot", {"url": bot.url.replace("127.0.0.1", host), "secret": SECRET}, SystemClock())
    with pytest.raises(TryLater):
        await connection.tell(opened(), key="dlv_1")
    await connection.close()

    assert bot.calls == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_a_private_callback_reaches_its_inner_host(bot, host):
    url = bot.url.replace("127.0.0.1", host)
    connection = build("shop-bot", {"url": url, "secret": SECRET, "private": True}, SystemClock())
    await connection.tell(opened(), key="dlv_1")
    await connection.close()

    assert len(bot.calls) == 1


@pytest.mark.parametrize("host", ["169.254.169.254", "0.0.0.0", "[fe80::1]", "224.0.0.1"])
async def test_even_a_private_callback_never_reaches_metadata_hosts_and_the_like(bot, host):
    url = bot.url.replace("127.0.0.1", host)
    connection = build("shop-bot", {"url": url, "secret": SECRET, "private": True}, SystemClock())
    with pytest.raises(TryLater, match="inner"):
        await connection.tell(opened(), key="dlv_1")
    await connection.close()


class FlippingNames(AbstractResolver):
    """DNS that answers something else each time, as a rebinding attacker's does."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        address = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None:
        pass


async def test_a_name_that_flips_to_loopback_is_refused_at_the_socket(bot):
    names = FlippingNames("127.0.0.1")
    url = bot.url.replace("127.0.0.1", "bot.example")
    connection = build("shop-bot", {"url": url, "secret": SECRET}, SystemClock(), resolver=names)
    with pytest.raises(TryLater, match="inner"):
        await connection.tell(opened(), key="dlv_1")
    await connection.close()

    assert names.asked == 1
    assert bot.calls == []


async def test_a_proxy_in_the_environment_is_not_asked(bot, connection, monkeypatch):
    monkeypatch.setenv("http_proxy", bot.url.replace("/hooks", ""))
    monkeypatch.setenv("HTTP_PROXY", bot.url.replace("/hooks", ""))
    await connection.tell(opened(), key="dlv_1")

    assert bot.strangers == 0
    assert len(bot.calls) == 1
