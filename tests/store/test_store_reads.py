"""Lists, search, feed, users, threads: what is read beside the writer."""

import pytest

from bridge.domain.refs import BotName, MemberKey, TicketId
from bridge.domain.ticket import Priority, TicketState
from bridge.domain.views import Section
from bridge.domain.words import WordsKind, WordsState
from bridge.store import Store
from tests.given_time import GivenClock
from tests.samples import (
    ANA,
    SHOP,
    START,
    a_user,
    asks,
    closing,
    member_replies,
    user_says,
)
from tests.store.read_steps import change_ticket, listed, minutes, opened


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
