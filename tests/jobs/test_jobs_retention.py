"""Words go when their time has come, on both databases; counts, ids and what is still needed stay."""

import asyncio

import pytest

from bridge.domain.deliveries import Ending
from bridge.domain.events import Intent, UserFacts, Verb
from bridge.domain.measures import KINDS
from bridge.domain.refs import BotName, bot_lane
from bridge.domain.ticket import TicketState, WhyEmptied
from bridge.domain.words import Attachment
from bridge.jobs.retention import ForgetInTime
from bridge.rulebook.load import load
from bridge.store.delivery_models import DeliveryRow
from bridge.store.models import FeedEntryRow
from bridge.store.spool import Spool
from tests.desk.house import ANA, ENV, FILE, SHOP, House, book_for

POLLS = BotName("other-bot")


@pytest.fixture
def house(store, clock, tmp_path) -> House:
    return House(store, book_for(tmp_path), clock)


async def closed(house: House, conversation: str = "web-1", **more):
    ticket = (await house.escalates(conversation, **more)).ticket.id
    await house.opened_thread(ticket, conversation)
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.presses(ANA, Verb.CLOSE, ticket)
    return ticket


async def days_pass(house: House, days: float) -> None:
    house.clock.advance(seconds=days * 86400)
    await ForgetInTime(house.store)(house.clock.now())


async def test_words_go_after_ninety_days_and_the_ticket_says_when(house):
    ticket = await closed(house)
    measured = [entry for entry in (await house.store.tickets.view(ticket)).entries if entry.kind in KINDS]
    await days_pass(house, 89.9)
    assert (await house.store.tickets.view(ticket)).brief.title == "refund?"

    await days_pass(house, 0.2)

    view = await house.store.tickets.view(ticket)
    day = house.clock.now()
    said = f"Its words were removed on {day.day} {day:%B %Y}, 90 days after it was closed."
    assert (view.brief.title, view.brief.summary) == ("(words removed)", said)
    assert view.ticket.emptied.why is WhyEmptied.KEPT_LONG_ENOUGH
    assert {message.text for message in view.messages} == {""}
    assert (view.user.name, view.user.external_id) == (None, "u_17")
    assert [entry for entry in view.entries if entry.kind in KINDS] == measured
    assert (await house.presses(ANA, Verb.REOPEN, ticket)).refused


async def test_each_route_keeps_for_its_own_time(store, clock, tmp_path):
    path = tmp_path / "short.yaml"
    path.write_text(FILE.replace("name: pro,", "name: pro, retain: 7d,"), encoding="utf-8")
    house = House(store, load(path, ENV), clock)
    long = await closed(house)
    short = await closed(house, "web-2", attributes={"plan": "pro"}, user=UserFacts(external_id="u_18", name="Tom"))

    await days_pass(house, 8)

    assert (await store.tickets.get(long)).emptied is None
    assert (await store.tickets.get(short)).emptied is not None
    assert (await store.tickets.view(short)).user.name is None


async def test_a_name_is_kept_as_long_as_one_ticket_of_theirs_is(house):
    old = await closed(house)
    await days_pass(house, 80)
    new = await closed(house, "web-2")

    await days_pass(house, 11)

    assert (await house.store.tickets.get(old)).emptied is not None
    assert (await house.store.tickets.view(new)).user.name == "Mara"
    await days_pass(house, 80)
    assert (await house.store.tickets.view(new)).user.name is None


async def test_an_open_ticket_loses_nothing_however_old_it_is(house):
    ticket = (await house.escalates()).ticket.id
    await days_pass(house, 400)
    assert (await house.store.tickets.view(ticket)).brief.title == "refund?"


async def test_many_tickets_go_in_small_batches_and_two_processes_at_once_do_it_once(house):
    tickets = [await closed(house, f"web-{n}") for n in range(7)]
    house.clock.advance(seconds=91 * 86400)
    now = house.clock.now()

    assert len(await house.store.retention.due(now, 3)) == 3
    counts = await asyncio.gather(*(house.store.retention.empty(tickets[:3], now) for _ in range(2)))
    assert sorted(counts) == [0, 3]
    await ForgetInTime(house.store)(now)

    views = [await house.store.tickets.view(ticket) for ticket in tickets]
    assert [[entry.kind for entry in view.entries].count("words.removed") for view in views] == [1] * 7
    assert await house.store.retention.due(now) == []


async def test_the_bytes_of_its_files_go_with_its_words(house):
    ticket = await closed(house)
    async with Spool() as spool:
        await spool.write(b"a receipt")
        kept, _ = await house.store.files.keep(spool, await spool.judged("r.txt"), uploader=SHOP, bot=SHOP)
    await house.user_says(ticket, "here", opens=False, attachments=(Attachment(name="r.txt", file_id=kept.id),))
    assert len(await house.store.files.of_ticket(ticket)) == 1

    await days_pass(house, 91)

    assert await house.store.files.of_ticket(ticket) == []
    assert await house.store.files.pieces(kept) is None


async def test_a_conversation_that_returns_later_is_a_new_ticket_that_names_the_old_one(house):
    ticket = await closed(house)
    await days_pass(house, 91)

    again = await house.escalates()

    assert (again.code, again.ticket.previous) == ("opened", ticket)
    view = await house.store.tickets.view(again.ticket.id)
    assert view.user.name == "Mara"
    assert [before.title for before in view.before] == ["(words removed)"]


async def test_deliveries_are_forgotten_a_week_after_the_close_but_not_those_that_wait(house):
    ticket = await closed(house)
    still = (await house.escalates("web-2")).ticket.id
    await house.opened_thread(still, "web-2")
    lane = bot_lane(SHOP)
    fence = await house.store.lanes.lease(lane, "test", 30)
    (first, *_) = await house.store.outbox.take(lane, house.clock.now(), 50, fence)
    await house.store.outbox.finish(first, Ending.DONE, now=house.clock.now())
    before = await rows(house, ticket)
    await days_pass(house, 6)
    assert await rows(house, ticket) == before

    await days_pass(house, 2)

    left = await rows(house, ticket)
    assert left
    assert {state for state, _ in left} & {"done", "withdrawn"} == set()
    assert ("done", "OpenThread") in await rows(house, still)


async def rows(house: House, ticket) -> list[tuple[str, str]]:
    async def job(tx):
        found = DeliveryRow.filter(ticket=ticket).order_by("ord").using_db(tx.connection)
        return [(str(state), str(what)) for state, what in await found.values_list("state", "what")]

    return await house.store.writer.work(job)


async def test_the_feed_keeps_thirty_days_and_what_has_not_arrived_and_says_where_it_begins(house):
    polled = await house.escalates(bot=POLLS)
    await house.presses(ANA, Verb.CLAIM, polled.ticket.id)
    await house.writes_in_console(ANA, "I am looking", polled.ticket.id, Intent.REPLY)
    house.clock.advance(seconds=6)
    await house.fire_timers()
    kinds = [filled.row.type for filled in await house.store.feed.after(POLLS, 0, 100)]
    assert kinds == ["ticket.opened", "ticket.assigned", "message.created"]

    await days_pass(house, 31)

    left = [(filled.row.type, filled.row.cursor) for filled in await house.store.feed.after(POLLS, 0, 100)]
    assert left == [("message.created", 3)]
    assert await house.store.feed.forgotten(POLLS) == 2
    assert (await house.store.tickets.get(polled.ticket.id)).state is not TicketState.CLOSED


async def test_what_a_bot_still_has_to_be_told_is_not_forgotten(house):
    await closed(house)
    await days_pass(house, 40)

    async def job(tx):
        return await FeedEntryRow.filter(bot=SHOP).using_db(tx.connection).count()

    assert await house.store.writer.work(job) == 3
