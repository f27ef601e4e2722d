"""The same thing again and again, and two things at once: one effect each."""

import asyncio

import pytest

from bridge.domain.deliveries import Ending, TellBot
from bridge.domain.events import EventKey, Verb
from bridge.domain.refs import bot_lane
from bridge.domain.ticket import TicketState
from tests.desk.house import ANA, SHOP, House


@pytest.fixture
async def ticket(house: House):
    return (await house.escalates()).ticket.id


async def told(house: House) -> list[str]:
    return [filled.row.type for filled in await house.store.feed.after(SHOP, 0, 100)]


async def test_a_button_pressed_ten_times_by_one_person_has_one_effect(house: House, ticket):
    """F54. Ten clicks, each with a key of its own: an impatient finger, not a platform that repeats itself."""
    await asyncio.gather(*(house.presses(ANA, Verb.CLAIM, ticket) for _ in range(10)))

    view = await house.store.tickets.view(ticket)
    assert [entry.kind for entry in view.entries].count("ticket.assigned") == 1
    assert (await told(house)).count("ticket.assigned") == 1
    await asyncio.gather(*(house.presses(ANA, Verb.CLOSE, ticket) for _ in range(10)))
    assert (await told(house)).count("ticket.closed") == 1


async def test_a_reply_on_its_way_is_told_before_the_close_that_came_meanwhile(house: House, ticket):
    """F55."""
    thread = await house.opened_thread(ticket)
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.writes(ANA, "it is on its way", thread)
    await house.presses(ANA, Verb.CLOSE, ticket)
    assert (await house.store.tickets.get(ticket)).state is TicketState.CLOSED

    lane, order = bot_lane(SHOP), []
    house.clock.advance(seconds=10)
    while taken := await house.store.outbox.take(lane, house.clock.now(), 8):
        for one in taken:
            assert isinstance(one.delivery.content, TellBot)
            order.append((await house.store.feed.get(one.delivery.content.told)).row.type)
            await house.store.outbox.finish(one, Ending.DONE, now=house.clock.now())
    assert order.index("message.created") < order.index("ticket.closed")
    assert order.count("message.created") == 1


async def test_one_request_replayed_a_thousand_times_has_one_answer_and_leaves_no_row(house: House, ticket):
    """F56."""
    key = EventKey("bot:shop-bot", "replayed")
    first = await house.user_says(ticket, "hello?", key=key, external_id="m2")
    before = await rows(house)

    answers = await asyncio.gather(*(house.user_says(ticket, "hello?", key=key, external_id="m2") for _ in range(1000)))

    assert {answer.ticket for answer in answers} == {first.ticket}
    assert {answer.message for answer in answers} == {first.message}
    assert all(answer.replayed for answer in answers)
    assert await rows(house) == before


async def rows(house: House) -> dict[str, int]:
    """How many rows each table has."""
    counted = {}

    async def count(tx) -> None:
        names = await tx.connection.execute_query_dict("SELECT name FROM sqlite_master WHERE type = 'table'")
        for name in sorted(row["name"] for row in names):
            (found,) = await tx.connection.execute_query_dict(f'SELECT COUNT(*) AS n FROM "{name}"')
            counted[name] = found["n"]

    await house.store.writer.work(count)
    return counted
