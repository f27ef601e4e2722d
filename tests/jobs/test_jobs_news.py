"""Bots hear of delays, and of the queue if they asked for it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.jobs.news import TellDelays, TellQueue
from bridge.rulebook.book import Callback
from tests.desk.house import SHOP, House, book_for


@pytest.fixture
def house(sqlite_store, clock, tmp_path):
    return House(sqlite_store, book_for(tmp_path), clock)


async def told(house, kind):
    rows = await house.store.feed.after(SHOP, 0, 100)
    return [filled.row for filled in rows if filled.row.type == kind]


async def test_a_ticket_whose_platform_goes_away_is_told_once_per_outage(house, clock):
    await house.escalates("web-1")
    await house.store.outages.begin("acme-slack", clock.now())
    sweep = TellDelays(house.desk, house.store)
    for _ in range(2):
        await sweep(clock.now())
    await house.escalates("web-2")
    await sweep(clock.now())
    await TellDelays(house.desk, house.store)(clock.now())

    delayed = await told(house, "ticket.delayed")
    assert len({row.ticket.id for row in delayed}) == len(delayed) == 2
    assert delayed[0].facts["since"] == clock.now().isoformat()


async def test_only_a_bot_that_names_it_hears_where_its_tickets_stand(house, clock):
    for number in range(3):
        await house.escalates(f"web-{number}")
        clock.advance(seconds=1)
    await TellQueue(house.desk, house.store, house.rules)(clock.now())
    assert await told(house, "ticket.queue_updated") == []

    book = house.rules.current
    callback = book.bots[SHOP].callback
    assert isinstance(callback, Callback)
    curious = replace(book.bots[SHOP], callback=replace(callback, events=frozenset({"ticket.queue_updated"})))
    chosen = type(house.rules)(replace(book, bots={**book.bots, SHOP: curious}))
    sweep = TellQueue(house.desk, house.store, chosen)
    await sweep(clock.now())
    clock.advance(seconds=timedelta(seconds=15).total_seconds())
    await sweep(clock.now())

    assert [row.facts["position"] for row in await told(house, "ticket.queue_updated")] == [1, 2, 3]
