"""An escalation never waits for statistics; they are read beside it, one read at a time."""

import asyncio
from datetime import timedelta

from bridge.desk.crowds import Crowds
from tests.desk.house import House


def readings() -> list[asyncio.Task[object]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "crowds"]


async def test_many_who_ask_at_once_start_one_read_and_none_of_them_waits(house: House):
    route = next(house.rules.current.routes())
    crowds = Crowds(house.store, house.rules, house.clock)

    assert [crowds.at_once(route) for _ in range(50)] == [None] * 50
    [reading] = readings()
    await asyncio.wait({reading})

    known = crowds.at_once(route)
    assert known is not None
    assert (known.queue_depth, known.wait.count, readings()) == (0, 0, [])


async def test_old_figures_are_answered_while_newer_ones_are_read(house: House):
    verdict = await house.escalates("web-1")
    route = house.rules.current.route_named(verdict.ticket.route)
    assert route is not None
    crowds = Crowds(house.store, house.rules, house.clock)
    first = await crowds.of(route)
    await house.escalates("web-2")
    house.clock.advance(timedelta(seconds=11).total_seconds())

    assert crowds.at_once(route) == first
    later = await crowds.of(route)

    assert first is not None
    assert later is not None
    assert (first.queue_depth, later.queue_depth) == (1, 2)
    await house.desk.crowds.stop()


async def test_a_stop_ends_the_read(house: House):
    crowds = Crowds(house.store, house.rules, house.clock)
    crowds.at_once(next(house.rules.current.routes()))
    await crowds.stop()
    assert readings() == []
