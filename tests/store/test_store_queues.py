"""Queues, feeds, timers and counts, as they are read."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bridge.domain.change import Arm, Change
from bridge.domain.events import TimerKind
from bridge.domain.refs import BotName, Lane, MessageRef, TicketId
from bridge.domain.ticket import TicketState
from bridge.store import Store
from bridge.store.asks import Ask, ByTicket, TimerAt
from bridge.store.models import TimerRow
from bridge.store.writer import Tx
from tests.given_time import GivenClock
from tests.samples import (
    ANA,
    POLICY,
    SHOP,
    SUPPORT,
    a_message,
    a_user,
    asks,
    closing,
    member_replies,
    opening,
    opens,
    user_says,
)
from tests.store.read_steps import change_ticket, minutes, opened


async def test_a_lanes_queue_holds_who_waits_there(store: Store):
    other = Lane("acme-slack", "C0BILLING")
    second = await opened(store, waiting_since=minutes(2))
    first = await opened(store, waiting_since=minutes(1))
    await opened(store, policy=replace(POLICY, lane=other))
    taken, snoozed = await opened(store), await opened(store)
    await change_ticket(store, taken, state=TicketState.ASSIGNED, assignee=ANA)
    await change_ticket(store, snoozed, snoozed_until=minutes(60))

    assert [row.ticket.id for row in await store.tickets.queue(SUPPORT)] == [first, second]
    assert set(await store.tickets.open_with_lane_platform("acme-slack")) >= {first, second, taken, snoozed}
    assert await store.tickets.open_with_lane_platform("acme-discord") == []


async def test_a_view_shows_the_ticket_its_words_its_log_and_what_was_before(store: Store):
    user = a_user()
    before = await opened(store, user=user, title="Earlier")
    await store.writer.decide(asks(before, lambda now: closing(now.ticket, minutes(1))))
    ticket = await opened(store, user=user)
    await store.writer.decide(asks(ticket, lambda now: user_says(now.ticket, "hello")))

    view = await store.tickets.view(ticket)

    assert (view.user, view.brief.title, [m.text for m in view.messages]) == (user, "Refund not received", ["hello"])
    assert [entry.kind for entry in view.entries] == ["ticket.opened", "message.created"]
    (earlier,) = view.before
    assert (earlier.id, earlier.number, earlier.title, earlier.closed_at) == (before, 1001, "Earlier", minutes(1))
    assert await store.tickets.view(TicketId("tkt_none")) is None


async def test_a_bots_feed_comes_in_the_order_of_its_cursor(store: Store):
    ticket = await opened(store)
    other = await opened(store, bot=BotName("other-bot"))
    for text in ("one", "two"):
        await store.writer.decide(asks(ticket, lambda now, text=text: member_replies(now.ticket, text)))
    await store.writer.decide(asks(ticket, lambda now: user_says(now.ticket, "thanks")))
    await store.writer.decide(asks(ticket, lambda now: closing(now.ticket)))

    rows = await store.feed.after(SHOP, 0, 10)

    assert [row.row.cursor for row in rows] == [1, 2, 3, 4]
    assert [row.row.type for row in rows] == ["ticket.opened", "message.created", "message.created", "ticket.closed"]
    assert [row.message.text for row in rows if row.message] == ["one", "two"]
    assert [message.text for message in rows[-1].transcript] == ["one", "two", "thanks"]
    assert [row.row.ticket.state for row in rows][-2:] == [TicketState.OPEN, TicketState.CLOSED]
    assert rows[0].user.name == "Mara"
    assert [row.row.cursor for row in await store.feed.after(SHOP, 2, 1)] == [3]
    assert (await store.feed.latest(SHOP), await store.feed.latest(BotName("other-bot"))) == (4, 1)
    assert await store.feed.latest(BotName("nobody")) == 0
    assert (await store.feed.after(BotName("other-bot"), 0, 10))[0].row.ticket.id == other


async def test_messages_are_found_by_where_they_were_written(store: Store):
    ticket = await opened(store)
    origin = MessageRef(SUPPORT, "170.1", "170.2")
    await store.writer.decide(asks(ticket, lambda now: member_replies(now.ticket, "hello", origin=origin)))

    found = await store.messages.by_origin(origin)

    assert (found.text, found.origin) == ("hello", origin)
    assert await store.messages.by_origin(MessageRef(Lane("acme-slack", "C0"), "170.1", "170.2")) is None


async def test_ladders_stand_still_while_their_platform_is_away(store: Store, clock: GivenClock):
    arms = tuple(Arm(timer=kind, due=clock.now()) for kind in (TimerKind.WAITING, TimerKind.UNDO))
    change = opening()
    await store.writer.decide(opens(replace(change, timers=arms)))

    due = await store.timers.due(clock.now(), 10, except_platforms=frozenset({"acme-slack"}))

    assert [one.timer for one in due] == [TimerKind.UNDO]
    assert len(await store.timers.due(clock.now(), 10, except_platforms=frozenset({"acme-discord"}))) == 2
    assert len(await store.timers.due(clock.now(), 1)) == 1
    assert await store.timers.next_due() == clock.now()


async def test_reading_does_not_wait_for_a_write(store: Store):
    ticket = await opened(store)
    reading = asyncio.Event()

    async def slow(tx: object) -> None:
        await reading.wait()

    writing = asyncio.create_task(store.writer.work(slow))
    await asyncio.sleep(0.05)
    assert await asyncio.wait_for(store.tickets.get(ticket), 5) is not None
    reading.set()
    await writing


async def test_words_come_back_as_they_were(store: Store):
    ticket = await opened(store)
    text = "Grüße 👋🏽 \u202e אבג \t\r\n\n line \u2028 x'; DROP TABLE messages; -- $1 ?1 %s"
    message = a_message(ticket, text, reply_to="m0", failure="boom", edited_at=minutes(1), revision=3)
    await store.writer.decide(asks(ticket, lambda now: Change(ticket=now.ticket, code="x", messages=(message,))))

    assert await store.messages.get(message.id) == message


async def test_a_timer_of_a_kind_nobody_knows_keeps_no_other_waiting(store, clock):
    change = opening()
    ticket, arm = change.ticket.id, Arm(timer=TimerKind.WAITING, due=clock.now())
    await store.writer.decide(opens(replace(change, timers=(arm,))))

    async def later_version(tx: Tx) -> None:
        row = TimerRow(ticket=ticket, kind="draft_expiry", subject="", due=clock.now() - timedelta(hours=1))
        await row.save(using_db=tx.connection)

    await store.writer.work(later_version)
    [due] = await store.timers.due(clock.now(), 1)
    assert due.timer is TimerKind.WAITING
    assert await store.timers.next_due() == clock.now()
    timer = TimerAt(timer=due.timer, subject=due.subject, due=due.due)
    seen = []
    await store.writer.decide(Ask(find=ByTicket(ticket), decide=lambda now: seen.append(now.timer_stands), timer=timer))
    assert seen == [True]


async def test_running_tickets_are_counted_by_state_and_route_whatever_edition_of_the_file_they_follow(store, clock):
    assert (await store.tickets.running(), await store.tickets.oldest_in_queue()) == ({}, None)
    mine = await opened(store)
    await opened(store, policy=replace(POLICY, rulebook="digest-2"), waiting_since=minutes(-3))
    await opened(store, policy=replace(POLICY, route="night"), waiting_since=minutes(-9), snoozed_until=minutes(60))
    await change_ticket(store, mine, state=TicketState.ASSIGNED, assignee=ANA)
    await change_ticket(store, await opened(store), state=TicketState.CLOSED)
    assert await store.tickets.running() == {
        (TicketState.ASSIGNED, "support"): 1,
        (TicketState.OPEN, "support"): 1,
        (TicketState.OPEN, "night"): 1,
    }
    assert await store.tickets.oldest_in_queue() == minutes(-3)
