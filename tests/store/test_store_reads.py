"""Lists, search, feed, users, threads: what is read beside the writer."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.change import Arm, Change
from bridge.domain.events import TimerKind
from bridge.domain.refs import BotName, Lane, MemberKey, MessageRef, TicketId
from bridge.domain.ticket import Priority, TicketState
from bridge.domain.views import Section
from bridge.domain.words import WordsKind, WordsState
from bridge.store import Store
from bridge.store.asks import Ask, ByTicket, TimerAt
from bridge.store.models import TimerRow
from bridge.store.writer import Tx
from tests.given_time import GivenClock
from tests.samples import (
    ANA,
    POLICY,
    SHOP,
    START,
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


async def opened(store: Store, **said: object) -> TicketId:
    change = opening(**said)
    await store.writer.decide(opens(change))
    return change.ticket.id


async def change_ticket(store: Store, ticket: TicketId, **said: object) -> None:
    await store.writer.decide(asks(ticket, lambda now: Change(ticket=replace(now.ticket, **said), code="changed")))


async def listed(store: Store, section: Section, **said: object) -> list[TicketId]:
    return [row.ticket.id for row in (await store.tickets.inbox(section, **said)).rows]


def minutes(count: int):
    return START + timedelta(minutes=count)


async def test_unassigned_tickets_stand_oldest_waiting_first_and_urgent_ones_are_not_moved(store: Store):
    late = await opened(store, waiting_since=minutes(2), priority=Priority.URGENT)
    early = await opened(store, waiting_since=minutes(1))
    snoozed = await opened(store, waiting_since=minutes(0))
    await change_ticket(store, snoozed, snoozed_until=minutes(60))

    assert await listed(store, Section.UNASSIGNED) == [early, late]
    assert snoozed in await listed(store, Section.OPEN)


async def test_open_tickets_that_wait_on_the_user_stand_last(store: Store):
    on_user = await opened(store, waiting_since=None, opened_at=minutes(0))
    on_team = await opened(store, waiting_since=minutes(5))

    assert await listed(store, Section.OPEN) == [on_team, on_user]


async def test_mine_are_those_i_have(store: Store):
    mine = await opened(store)
    await opened(store)
    await change_ticket(store, mine, state=TicketState.ASSIGNED, assignee=ANA)

    assert await listed(store, Section.MINE, member=MemberKey("ana")) == [mine]
    assert await listed(store, Section.MINE, member=MemberKey("ben")) == []
    assert await listed(store, Section.MINE) == []


async def test_closed_tickets_stand_latest_first(store: Store):
    first, second = await opened(store), await opened(store)
    for ticket, at in ((second, minutes(1)), (first, minutes(2))):
        await store.writer.decide(asks(ticket, lambda now, at=at: closing(now.ticket, at)))

    assert await listed(store, Section.CLOSED) == [first, second]


async def test_an_inbox_counts_its_sections(store: Store):
    await opened(store)
    mine, closed = await opened(store), await opened(store)
    await change_ticket(store, mine, state=TicketState.ASSIGNED, assignee=ANA)
    await store.writer.decide(asks(closed, lambda now: closing(now.ticket)))

    inbox = await store.tickets.inbox(Section.OPEN, member=MemberKey("ana"))

    assert inbox.counts == {Section.UNASSIGNED: 1, Section.MINE: 1, Section.OPEN: 2, Section.CLOSED: 1}


@pytest.mark.parametrize("section", [Section.UNASSIGNED, Section.OPEN, Section.CLOSED])
async def test_pages_follow_each_other_without_gap_or_repetition(store: Store, section: Section):
    for index in range(7):
        ticket = await opened(store, waiting_since=minutes(index // 2), opened_at=minutes(index // 2))
        if section is Section.CLOSED:
            at = minutes(index // 2)
            await store.writer.decide(asks(ticket, lambda now, at=at: closing(now.ticket, at)))
    whole = await listed(store, section)
    assert len(whole) == 7

    pages: list[TicketId] = []
    cursor = None
    while True:
        page = await store.tickets.inbox(section, cursor=cursor, limit=2)
        pages.extend(row.ticket.id for row in page.rows)
        cursor = page.next
        if cursor is None:
            break

    assert pages == whole


@pytest.mark.parametrize("cursor", ["", "x", "W10", "WzEsMl0", "eyJhIjoxfQ", "é", "WyJhIl0"])
async def test_a_cursor_that_is_none_of_ours_begins_at_the_top(store: Store, cursor: str):
    ticket = await opened(store)

    for section in Section:
        await store.tickets.inbox(section, cursor=cursor)
    assert await listed(store, Section.OPEN, cursor=cursor) == [ticket]
    assert [one.id for one in (await store.tickets.list(SHOP, cursor=cursor))[0]] == [ticket]


async def test_a_line_shows_the_last_words_between_user_and_team(store: Store):
    ticket = await opened(store, user=a_user(name="Mara"))
    await store.writer.decide(asks(ticket, lambda now: user_says(now.ticket, "and\n the   refund? " + "x" * 200)))
    (row,) = (await store.tickets.inbox(Section.OPEN)).rows
    assert (row.title, row.user, row.last_by_user) == ("Refund not received", "Mara", True)
    assert row.last_text == ("and the refund? " + "x" * 200)[:140]

    await store.writer.decide(asks(ticket, lambda now: member_replies(now.ticket, "On its way", at=minutes(3))))
    await store.writer.decide(asks(ticket, lambda now: user_says(now.ticket, "a note", kind=WordsKind.NOTE)))
    held = {"kind": WordsKind.REPLY, "state": WordsState.HELD}
    await store.writer.decide(asks(ticket, lambda now: user_says(now.ticket, "held back", **held)))

    (row,) = (await store.tickets.inbox(Section.OPEN)).rows
    assert (row.last_text, row.last_at, row.last_by_user) == ("On its way", minutes(3), False)


async def test_a_ticket_without_words_shows_when_it_was_made(store: Store):
    await opened(store, user=a_user(name=None))

    (row,) = (await store.tickets.inbox(Section.OPEN)).rows

    assert (row.user, row.last_text, row.last_at) == ("Guest", "", START)


async def test_search_reads_titles_names_messages_and_numbers(store: Store):
    titled = await opened(store, title="Broken blender")
    named = await opened(store, user=a_user(name="Åsa Ödegård"))
    spoken = await opened(store)
    await store.writer.decide(asks(spoken, lambda now: user_says(now.ticket, "My Garantie is OVER")))
    await store.writer.decide(asks(titled, lambda now: closing(now.ticket)))

    assert await listed(store, Section.UNASSIGNED, search="BLENDER") == [titled]
    assert await listed(store, Section.OPEN, search="garantie is") == [spoken]
    assert await listed(store, Section.OPEN, search="#1002") == [named]
    assert await listed(store, Section.OPEN, search=" 1003 ") == [spoken]
    assert await listed(store, Section.OPEN, search="nothing like it") == []


async def test_search_folds_letters_of_every_language(store: Store):
    ticket = await opened(store, user=a_user(name="Åsa Ödegård"))

    assert await listed(store, Section.OPEN, search="ödegÅrd") == [ticket]


@pytest.mark.parametrize("words", ["100%", "a_b", "back\\slash", "it's", '"quoted"', "[x]*", "%", "_"])
async def test_search_takes_every_character_literally(store: Store, words: str):
    said = await opened(store)
    other = await opened(store)
    await store.writer.decide(asks(said, lambda now: user_says(now.ticket, f"so {words} then")))
    await store.writer.decide(asks(other, lambda now: user_says(now.ticket, "so 100 axb backslash then")))

    assert await listed(store, Section.OPEN, search=words) == [said]


async def test_search_goes_back_ninety_days(store: Store, clock: GivenClock):
    await opened(store, title="Old blender")
    clock.advance(days=91)

    assert await listed(store, Section.OPEN, search="blender") == []


async def test_search_pages_latest_first(store: Store):
    tickets = [await opened(store, title="Blender") for _ in range(5)]

    first = await store.tickets.inbox(Section.OPEN, search="blender", limit=3)
    second = await store.tickets.inbox(Section.OPEN, search="blender", limit=3, cursor=first.next)

    assert [row.ticket.id for row in [*first.rows, *second.rows]] == tickets[::-1]
    assert second.next is None


async def test_a_bots_list_holds_only_its_own(store: Store):
    mine = [await opened(store, conversation=f"c{index}") for index in range(3)]
    await opened(store, bot=BotName("other-bot"))
    await store.writer.decide(asks(mine[0], lambda now: closing(now.ticket)))

    first, cursor = await store.tickets.list(SHOP, limit=2)
    rest, end = await store.tickets.list(SHOP, limit=2, cursor=cursor)
    assert [ticket.id for ticket in [*first, *rest]] == mine[::-1]
    assert end is None
    closed, _ = await store.tickets.list(SHOP, state=TicketState.CLOSED)
    assert [ticket.id for ticket in closed] == [mine[0]]
    one, _ = await store.tickets.list(SHOP, conversation="c1")
    assert [ticket.id for ticket in one] == [mine[1]]


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
