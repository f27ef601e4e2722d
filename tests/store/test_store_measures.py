"""What the store makes of the log: windows, routes, hours that are kept. Both databases."""

from collections import Counter
from dataclasses import replace
from datetime import time, timedelta

from bridge.domain.measures import Count, Span, Spread, spread
from bridge.domain.measures.tally import counted
from bridge.domain.policy import Calendar
from bridge.domain.policy import Span as Hours
from tests.samples import POLICY, START
from tests.store.measure_steps import a_life, line, logged

DAY = timedelta(days=1)
MONDAYS = Calendar(name="office", timezone="UTC", weekly={0: (Hours(time(9), time(17)),)})
"""`START` is a Monday, 10:00 UTC."""


def minutes(*spread_of: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=number) for number in spread_of)


async def test_waits_are_from_opened_to_first_claimed(store, clock):
    for claimed in (1, 2, 3, 4, 5, 6, 7, 8, 9, 40):
        await logged(store, a_life(claimed, 50))
    await logged(store, [line("ticket.opened", 0, route="support")])
    clock.advance(hours=1)

    found = await store.measures.waits(clock.now() - DAY, clock.now())
    assert found == Spread(*minutes(5, 9, 40), count=10)


async def test_without_a_claim_there_is_no_figure(store, clock):
    assert await store.measures.waits(clock.now() - DAY, clock.now()) == Spread(None, None, None, 0)


async def test_only_the_routes_asked_for_count(store, clock):
    await logged(store, a_life(1, route="french"))
    await logged(store, a_life(5, route="support"))
    clock.advance(hours=1)

    found = await store.measures.waits(clock.now() - DAY, clock.now(), {"french"})
    assert (found.count, found.p50) == (1, timedelta(minutes=1))
    assert (await store.measures.waits(clock.now() - DAY, clock.now(), set())).count == 0


async def test_a_claim_counts_in_the_time_in_which_it_was_made(store, clock):
    await logged(store, a_life(claimed=2 * 24 * 60), ago=3 * DAY)  # opened 3 days ago, claimed 1 day ago
    assert (await store.measures.waits(START - 4 * DAY, START - 2 * DAY)).count == 0
    assert (await store.measures.waits(START - 2 * DAY, START)).p50 == 2 * DAY


async def test_a_ticket_that_came_back_and_ended_again_is_still_seen_in_its_first_week(store, clock):
    life = [*a_life(10, 20), line("ticket.reopened", 5 * 24 * 60), line("ticket.closed", 5 * 24 * 60 + 1)]
    await logged(store, life, ago=6 * DAY)
    assert (await store.measures.waits(START - 7 * DAY, START - 5 * DAY)).count == 1


async def test_kept_hours_say_the_same_as_the_log(store, clock):
    for days in range(1, 6):
        await logged(store, a_life(days, 90 * days), ago=days * DAY)
        await logged(store, a_life(3, route="french"), ago=days * DAY)
    back = [*a_life(10, 20), line("ticket.reopened", 24 * 60, cause="x"), line("ticket.closed", 3000, outcome="spam")]
    await logged(store, back, ago=4 * DAY)
    before = await store.measures.tallies(START - 7 * DAY, START)

    assert await store.measures.seal() > 5 * 24 - 2
    assert await store.measures.tallies(START - 7 * DAY, START) == before
    assert counted(before.values())[Count.CLAIMED] == 11
    total = spread(before.values(), Span.RESOLUTION_TOTAL, since=START - 7 * DAY)
    assert (total.count, total.p99) == (6, timedelta(minutes=3000))


async def test_kept_hours_outlive_their_tickets_and_a_restart(store, clock, store_url, open_store):
    await logged(store, a_life(7, 20), ago=2 * DAY)
    await store.measures.seal()
    again = await open_store(store_url, start=False)
    await again.measures.tallies(START - 3 * DAY, START)
    found = await again.measures.waits(START - 3 * DAY, START)
    assert found.p50 == timedelta(minutes=7)
    assert await store.measures.seal() == 0


async def test_an_hour_is_kept_only_once_late_commits_are_in(store, clock):
    await logged(store, a_life(50))  # opened at 10:00, claimed at 10:50
    clock.advance(minutes=70)  # 11:10
    await store.measures.seal()
    await logged(store, a_life(59))  # committed late
    clock.advance(minutes=10)
    await store.measures.seal()
    clock.advance(minutes=1)
    assert (await store.measures.waits(START - DAY, clock.now())).count == 2


async def test_figures_of_the_running_hour_follow_within_seconds(store, clock):
    await logged(store, a_life(1))
    clock.advance(minutes=5)
    assert (await store.measures.waits(START, clock.now())).count == 1
    await logged(store, a_life(2))
    clock.advance(seconds=11)
    assert (await store.measures.waits(START, clock.now())).count == 2


async def test_opening_hours_are_those_of_the_ladder(store, clock):
    nights_off = replace(POLICY, waiting=replace(POLICY.waiting, clock=MONDAYS))
    await logged(store, a_life(claimed=24 * 60), policy=nights_off, ago=DAY)
    clock.advance(minutes=1)
    found = (await store.measures.tallies(START - 2 * DAY, clock.now())).values()
    assert spread(found, Span.CLAIM, since=START - 2 * DAY).p50 == DAY
    assert spread(found, Span.CLAIM, since=START - 2 * DAY, worked=True).p50 == timedelta(hours=1)


async def test_a_site_without_tickets_keeps_nothing(store, clock):
    assert await store.measures.seal() == 0
    assert counted((await store.measures.tallies(START - DAY, START)).values()) == Counter()
