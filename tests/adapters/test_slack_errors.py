"""What each refusal and each broken answer of Slack means, with the real SDK in between."""

from datetime import timedelta

import pytest

from adapters.chat.slack import build
from adapters.chat.slack.errors import wait_of
from bridge.domain.deliveries import MarkKind
from bridge.domain.errors import (
    AccessMissing,
    ContentRejected,
    DeliveryError,
    DestinationGone,
    OutcomeUnknown,
    PlatformDown,
    RateLimited,
    Scope,
    TryLater,
    Undeliverable,
)
from tests.adapters.far_side import card, speech
from tests.adapters.slack_shore import slack_shore
from tests.given_time import GivenClock


@pytest.fixture
async def shore(clock: GivenClock):
    async with slack_shore(clock) as shore:
        yield shore


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("is_archived", DestinationGone),
        ("channel_not_found", DestinationGone),
        ("not_in_channel", DestinationGone),
        ("thread_not_found", DestinationGone),
        ("missing_scope", AccessMissing),
        ("restricted_action", AccessMissing),
        ("invalid_blocks", ContentRejected),
        ("msg_too_long", ContentRejected),
        ("msg_blocks_too_long", ContentRejected),
        ("token_revoked", PlatformDown),
        ("account_inactive", PlatformDown),
        ("fatal_error", OutcomeUnknown),
        ("internal_error", OutcomeUnknown),
        ("something_new", Undeliverable),
    ],
)
async def test_a_refusal_has_its_meaning(shore, code, kind):
    thread = await shore.opened_thread()
    shore.far_side.server.answer_next("chat.postMessage", error=code)

    with pytest.raises(kind) as refused:
        await shore.platform.post(thread, speech("hello"), key="k1")
    assert type(refused.value) is kind
    assert code in refused.value.reason


async def test_a_missing_scope_is_named(shore):
    shore.far_side.server.scopes.discard("chat:write.customize")
    thread = await shore.opened_thread()

    with pytest.raises(AccessMissing, match=r"chat:write\.customize"):
        await shore.platform.post(thread, speech("hello"), key="k1")


@pytest.mark.parametrize("code", ["ratelimited", "rate_limited"])
async def test_a_rate_limit_in_a_200_body_is_one_too(shore, code):
    thread = await shore.opened_thread()
    shore.far_side.server.answer_next("chat.postMessage", error=code)

    with pytest.raises(RateLimited) as slow:
        await shore.platform.post(thread, speech("hello"), key="k1")
    assert slow.value.retry_after == timedelta(seconds=30)
    assert slow.value.scope is Scope.LANE


async def test_a_plans_message_limit_is_not_tried_again_soon(shore):
    thread = await shore.opened_thread()
    shore.far_side.server.answer_next("chat.postMessage", error="message_limit_exceeded")

    with pytest.raises(RateLimited) as slow:
        await shore.platform.post(thread, speech("hello"), key="k1")
    assert slow.value.retry_after == timedelta(minutes=15)
    assert slow.value.scope is Scope.PLATFORM


async def test_a_limit_of_card_edits_names_the_budget_they_share(shore):
    thread = await shore.opened_thread()
    shore.far_side.server.answer_next("chat.update", status=429, retry_after=7)

    with pytest.raises(RateLimited) as slow:
        await shore.platform.refresh_card(thread, card())
    assert (slow.value.scope, slow.value.budget) == (Scope.BUDGET, "acme-slack:chat.update")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("0", 1),
        (None, 30),
        ("soon", 30),
        ("-1", 30),
        ("1.5", 30),
        ("1000000000", 900),
        ("²", 30),
        ("9" * 5000, 900),
    ],
)
def test_an_absurd_wait_is_replaced_and_a_long_one_capped(header, seconds):
    assert wait_of(header) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500},
        {"status": 502, "error": "channel_not_found"},
        {"status": 503, "body": "<html>bad gateway</html>"},
        {"status": 200, "body": "<html>hello</html>"},
        {"status": 200, "body": ""},
        {"status": 200, "body": "{"},
        {"status": 200, "body": "[]"},
        {"status": 200, "body": '{"ok": true}'},
        {"cut": True},
        {"carry_out": True, "cut": True},
    ],
)
async def test_an_answer_that_tells_nothing_is_an_unknown_outcome(shore, answer):
    shore.far_side.server.answer_next("chat.postMessage", **answer)

    with pytest.raises(OutcomeUnknown):
        await shore.platform.open_thread(shore.far_side.lane, card(), key="k1")
    assert len(shore.far_side.server.called("chat.postMessage")) == 1, "nobody may repeat it but the outbox"


async def test_a_server_that_hangs_is_given_up_and_the_outcome_unknown(clock):
    async with slack_shore(clock, request_timeout=1) as shore:
        shore.far_side.server.answer_next("chat.postMessage", hang=True)

        with pytest.raises(OutcomeUnknown):
            await shore.opened_thread()


async def test_a_connection_that_was_never_made_may_be_tried_again(clock, unused_tcp_port):
    address = f"http://127.0.0.1:{unused_tcp_port}/api/"
    platform = build("acme-slack", {"bot_token": "xoxb-1", "app_token": "xapp-1", "api_url": address}, clock)
    try:
        with pytest.raises(TryLater):
            await platform.direct("U0ANA", speech("hello"), key="k1")
    finally:
        await platform.close()


async def test_a_look_that_fails_leaves_the_outcome_unknown(shore):
    thread = await shore.opened_thread()
    for answer in (
        {"status": 429, "retry_after": 60},
        {"error": "missing_scope"},
        {"error": "token_revoked"},
        {"status": 502, "body": "<html>"},
    ):
        shore.far_side.server.answer_next("conversations.replies", **answer)
        with pytest.raises(OutcomeUnknown):
            await shore.platform.find(thread, key="k1", since=shore.clock.now())


async def test_metadata_that_somebody_else_wrote_proves_nothing(shore):
    far = shore.far_side
    thread = await shore.opened_thread()
    forged = {"event_type": "handrail_item", "event_payload": {"k": "k1", "v": 1}}
    far.people.writes(far.channel.id, thread.root, far.member, "it was me", metadata=forged)

    assert await shore.platform.find(thread, key="k1", since=shore.clock.now()) is None


async def test_a_post_behind_many_others_is_found_too(shore):
    far = shore.far_side
    far.server.methods.page_cap = 3
    thread = await shore.opened_thread()
    for place in range(8):
        await shore.platform.post(thread, speech(f"line {place}"), key=f"k{place}")

    assert await shore.platform.find(thread, key="k7", since=shore.clock.now()) is not None


async def test_a_post_that_lands_outside_its_thread_is_taken_back(shore):
    far = shore.far_side
    thread = await shore.opened_thread()
    body = '{"ok": true, "ts": "1.000001", "message": {"text": "hello"}}'
    far.server.answer_next("chat.postMessage", body=body)

    with pytest.raises(DestinationGone):
        await shore.platform.post(thread, speech("hello"), key="k1")
    assert [given["ts"] for given in far.server.called("chat.delete")] == ["1.000001"]


async def test_a_mark_without_a_look_takes_the_others_away_blindly(shore):
    thread = await shore.opened_thread()
    far = shore.far_side
    message = await far.member_writes(thread, "hello")
    await shore.platform.mark(message, MarkKind.HELD)
    far.server.answer_next("conversations.replies", status=429, retry_after=60)
    await shore.platform.mark(message, MarkKind.SENT)

    assert await far.marks(message) == {MarkKind.SENT}


async def test_no_error_of_ours_carries_words_or_tokens(shore):
    thread = await shore.opened_thread()
    shore.far_side.server.answer_next("chat.postMessage", error="invalid_blocks")

    with pytest.raises(DeliveryError) as error:
        await shore.platform.post(thread, speech("my card is 4111"), key="k1")
    assert "4111" not in str(error.value)
    assert "xoxb" not in repr(error.value)
