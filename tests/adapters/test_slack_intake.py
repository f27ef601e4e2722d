"""Commit first, then acknowledge; nothing is heard twice, out of order, or by the wrong person."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.domain.errors import StoreTrouble
from bridge.domain.events import PersonWrote
from bridge.domain.people import Person
from bridge.domain.refs import ThreadRef
from tests.adapters.far_side import Shore
from tests.adapters.slack_shore import CHANNEL, slack_shore
from tests.given_time import GivenClock
from tests.wire.slack.sockets import Envelope


@pytest.fixture
async def shore(clock: GivenClock) -> AsyncIterator[Shore]:
    async with slack_shore(clock) as shore:
        shore.far_side.server.sockets.retry_after = (0.0, 0.02, 0.02)
        yield shore


def of_members(shore: Shore) -> list[Envelope]:
    """The envelopes of what members wrote; our own posts aside."""
    sent = [one for one in shore.far_side.server.sockets.envelopes if one.kind == "events_api"]
    return [one for one in sent if "bot_id" not in one.payload["event"]]


def a_reply(thread: ThreadRef, user: str) -> dict:
    """A reply as an event says it, written past the workspace's own books."""
    return {"type": "message", "channel": CHANNEL, "user": user, "text": "x", "ts": "1.3", "thread_ts": thread.root}


async def who_wrote(shore: Shore, user: str) -> Person:
    thread = await shore.opened_thread()
    await shore.far_side.member_writes(thread, "hello", by=user)
    (event,) = await shore.heard.next()
    assert isinstance(event, PersonWrote)
    return event.person


async def test_a_message_is_acknowledged_only_when_it_is_committed(shore):
    thread = await shore.opened_thread()
    shore.heard.gate = asyncio.Event()

    await shore.far_side.member_writes(thread, "hello")
    await shore.heard.until(lambda: shore.heard.asked == 1)
    (envelope,) = of_members(shore)
    assert not envelope.acked.is_set()

    shore.heard.gate.set()
    await shore.heard.until(envelope.acked.is_set)


@pytest.mark.parametrize("trouble", [StoreTrouble("disk full"), ValueError("a fault of ours")])
async def test_what_was_not_committed_is_not_acknowledged_and_comes_again(shore, trouble):
    shore.far_side.server.sockets.ack_within = 0.3
    thread = await shore.opened_thread()
    shore.heard.trouble = trouble

    await shore.far_side.member_writes(thread, "hello")
    await shore.heard.until(lambda: shore.heard.asked == 1)
    shore.heard.trouble = None

    (event,) = await shore.heard.next()
    assert isinstance(event, PersonWrote)
    first, again, *_ = of_members(shore)
    assert not first.acked.is_set()
    assert again.retry == 1
    assert again.payload["event_id"] == first.payload["event_id"]


async def test_messages_of_a_thread_are_put_back_into_the_order_of_their_time(shore):
    people, thread = shore.far_side.people, await shore.opened_thread()
    written = [people.writes_unheard(CHANNEL, thread.root, "U0ANA", f"line {place}") for place in range(6)]

    for place in (0, 2, 4, 1, 3, 5):
        people.reported(CHANNEL, written[place])

    events = await shore.heard.next(6)
    assert [event.text for event in events] == [f"line {place}" for place in range(6)]


async def test_a_message_that_comes_much_later_does_not_hold_up_the_others(shore):
    people, thread = shore.far_side.people, await shore.opened_thread()
    early = people.writes_unheard(CHANNEL, thread.root, "U0ANA", "early")
    people.writes(CHANNEL, thread.root, "U0ANA", "late")
    (first,) = await shore.heard.next()

    people.reported(CHANNEL, early)

    (second,) = await shore.heard.next()
    assert (first.text, second.text) == ("late", "early")


async def test_a_thread_that_waits_for_its_commit_does_not_hold_up_another(shore):
    one, other = await shore.opened_thread("dlv_1"), await shore.opened_thread("dlv_2")
    shore.heard.gate = gate = asyncio.Event()
    await shore.far_side.member_writes(one, "one")
    await shore.heard.until(lambda: shore.heard.asked == 1)
    shore.heard.gate = None

    await shore.far_side.member_writes(other, "other")

    (event,) = await shore.heard.next()
    assert event.text == "other"
    gate.set()
    await shore.heard.next()


async def test_the_same_message_told_twice_has_one_key(shore):
    people, thread = shore.far_side.people, await shore.opened_thread()
    ts = people.writes(CHANNEL, thread.root, "U0ANA", "hello")
    people.reported(CHANNEL, ts)

    first, second = await shore.heard.next(2)
    assert first.key == second.key


async def test_a_preview_that_slack_adds_is_not_heard(shore):
    people, thread = shore.far_side.people, await shore.opened_thread()
    ts = people.writes(CHANNEL, thread.root, "U0ANA", "see <https://shop.example>")
    people.unfurled(CHANNEL, ts)
    people.writes(CHANNEL, thread.root, "U0ANA", "after")

    first, second = await shore.heard.next(2)
    assert (first.text, second.text) == ("see https://shop.example", "after")


async def test_talk_in_the_channel_and_direct_messages_are_acknowledged_and_nobodys_business(shore):
    far = shore.far_side
    far.server.workspace.direct_channel("U0ANA")
    far.server.subscribe("message.im")
    far.people.writes(CHANNEL, None, "U0ANA", "lunch?")
    root = far.people.writes("DU0ANA", None, "U0ANA", "hi bot")
    far.people.writes("DU0ANA", root, "U0ANA", "are you there?")

    await shore.heard.until(
        lambda: len(of_members(shore)) == 3 and all(one.acked.is_set() for one in of_members(shore))
    )
    assert shore.heard.events == []


@pytest.mark.parametrize(
    "event",
    [
        {"type": "app_mention", "channel": CHANNEL, "user": "U0ANA", "text": "hi", "ts": "1.2", "event_ts": "1.2"},
        {"type": "message", "subtype": "channel_join", "channel": CHANNEL, "user": "U0ANA", "ts": "1.2"},
        {"type": "something_new"},
        {"type": "message"},
        {},
    ],
)
async def test_events_we_do_not_need_are_acknowledged(shore, event):
    shore.far_side.server.sockets.event(event)

    await shore.heard.until(lambda: bool(of_members(shore)) and of_members(shore)[-1].acked.is_set())
    assert shore.heard.asked == 0


async def test_an_event_of_another_installation_is_not_ours(shore):
    thread = await shore.opened_thread()
    message = {
        "type": "message",
        "channel": CHANNEL,
        "user": "U0ANA",
        "text": "x",
        "ts": "1.3",
        "thread_ts": thread.root,
    }
    sockets = shore.far_side.server.sockets
    sockets.event(message, team="T0ELSE", authorized="T0ELSE")

    await shore.heard.until(lambda: bool(of_members(shore)) and of_members(shore)[-1].acked.is_set())
    assert shore.heard.asked == 0


async def test_a_shared_channels_event_may_come_under_the_other_sides_name(shore):
    thread = await shore.opened_thread()
    message = {
        "type": "message",
        "channel": CHANNEL,
        "user": "U0FAR",
        "text": "x",
        "ts": "1.3",
        "thread_ts": thread.root,
    }
    shore.far_side.server.sockets.event(message, team="T0FAR")

    (event,) = await shore.heard.next()
    assert event.person.stranger


# ── who it was ─────────────────────────────────────────────────────────────


async def test_guests_and_strangers_are_told_apart(shore):
    guest, stranger = await who_wrote(shore, "U0GUEST"), await who_wrote(shore, "U0FAR")

    assert (guest.guest, guest.stranger, guest.groups) == (True, False, frozenset())
    assert (stranger.guest, stranger.stranger, stranger.workspace) == (False, True, "T0FAR")


async def test_somebody_who_cannot_be_looked_up_has_unknown_groups(shore):
    shore.far_side.server.answer_next("users.info", error="fatal_error")
    assert (await who_wrote(shore, "U0ANA")).groups is None

    assert (await who_wrote(shore, "U0ANA")).groups == {"S0SUPPORT"}


async def test_somebody_who_cannot_be_looked_up_may_be_a_guest_and_counts_as_one(shore):
    shore.far_side.server.answer_next("users.info", error="fatal_error")
    assert (await who_wrote(shore, "U0GUEST")).guest
    assert (await who_wrote(shore, "U0GUEST")).guest
    assert not (await who_wrote(shore, "U0ANA")).guest


async def test_people_are_asked_for_once(shore):
    await who_wrote(shore, "U0ANA")
    await who_wrote(shore, "U0ANA")
    assert len(shore.far_side.server.called("users.info")) == 1


async def test_a_message_full_of_names_asks_for_the_first_of_them_only(shore):
    server, thread = shore.far_side.server, await shore.opened_thread()
    names = " ".join(f"<@U0NOBODY{place}>" for place in range(100))
    shore.far_side.people.writes(CHANNEL, thread.root, "U0ANA", names)

    (event,) = await shore.heard.next()
    assert event.person.groups == {"S0SUPPORT"}
    assert event.text == " ".join(["@somebody"] * 100)
    assert len(server.called("users.info")) <= 21


async def test_a_change_of_a_group_is_known_at_once(shore):
    server = shore.far_side.server
    server.workspace.groups["S0SUPPORT"]["users"] = ["U0BEN"]
    before = len(server.called("usergroups.list"))

    server.sockets.event({"type": "subteam_members_changed", "subteam_id": "S0SUPPORT"})

    await shore.heard.until(lambda: len(server.called("usergroups.list")) > before)
    assert (await who_wrote(shore, "U0ANA")).groups == frozenset()


async def test_many_changes_of_groups_are_few_readings_and_other_groups_are_none(shore, clock):
    server = shore.far_side.server
    before = len(server.called("usergroups.users.list"))

    def readings() -> int:
        return len(server.called("usergroups.users.list")) - before

    server.sockets.event({"type": "subteam_members_changed", "subteam_id": "S0OTHERS"})
    server.sockets.event({"type": "subteam_updated", "subteam": {"id": "S0OTHERS"}})
    for _ in range(10):
        server.sockets.event({"type": "subteam_updated", "subteam": {"id": "S0SUPPORT"}})
    await shore.heard.until(lambda: readings() == 1)
    server.sockets.event({"type": "subteam_updated", "subteam": {"id": "S0SUPPORT"}})
    await who_wrote(shore, "U0ANA")  # behind them all
    assert readings() == 1

    clock.advance(seconds=3)
    await shore.heard.until(lambda: readings() == 2)


async def test_unreadable_groups_leave_everybodys_unknown_until_they_can_be_read(clock):
    async with slack_shore(clock, before=lambda server: server.scopes.discard("usergroups:read")) as shore:
        assert (await who_wrote(shore, "U0ANA")).groups is None

        server = shore.far_side.server
        server.scopes.add("usergroups:read")
        clock.advance(minutes=1)
        await shore.heard.until(lambda: bool(server.called("usergroups.list")))
        assert (await who_wrote(shore, "U0ANA")).groups == {"S0SUPPORT"}


async def test_a_group_that_does_not_exist_is_empty_and_harms_nobody(clock):
    async with slack_shore(clock, groups=["S0SUPPORT", "S0TYPO"]) as shore:
        assert (await who_wrote(shore, "U0ANA")).groups == {"S0SUPPORT"}
