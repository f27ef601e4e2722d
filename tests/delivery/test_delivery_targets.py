"""A channel that is lost is asked once a minute and gone around meanwhile; it is used again without a restart."""

from bridge.delivery.outcomes import Outcome
from bridge.delivery.targets import Targets
from bridge.domain.alarms import Trouble
from bridge.domain.deliveries import Ending, Taken
from bridge.store import Store
from tests.given_time import GivenClock
from tests.samples import SUPPORT, opening, opens

LOST = Outcome(ending=Ending.DEAD, reason="is_archived", place_lost=True)
WELL = Outcome(ending=Ending.DONE)


async def a_root(store: Store, clock: GivenClock) -> Taken:
    await store.writer.decide(opens(opening()))
    [taken] = await store.outbox.take(SUPPORT, clock.now(), 1)
    return taken


async def test_one_root_a_minute_asks_and_the_others_go_around(sqlite_store: Store, clock: GivenClock):
    targets = Targets(sqlite_store, clock)
    roots = [await a_root(sqlite_store, clock) for _ in range(3)]
    assert targets.around(roots[0]) is None
    await targets.heard(roots[0], LOST)

    clock.advance(seconds=59)
    gone = targets.around(roots[1])
    assert gone is not None
    assert (gone.ending, gone.reason, gone.place_lost) == (Ending.DEAD, "is_archived", True)

    clock.advance(seconds=2)
    assert targets.around(roots[1]) is None, "this one asks"
    assert targets.around(roots[2]) is not None, "and this one does not, a moment later"


async def test_it_is_one_alarm_from_the_first_loss_to_the_first_root_that_is_taken(
    sqlite_store: Store, clock: GivenClock
):
    targets = Targets(sqlite_store, clock)
    roots = [await a_root(sqlite_store, clock) for _ in range(3)]
    await targets.heard(roots[0], LOST)
    since = clock.now()
    clock.advance(minutes=2)
    await targets.heard(roots[1], LOST)

    [alarm] = await sqlite_store.alarms.open_ones()
    assert (alarm.what, alarm.since, alarm.facts["lane"]) == (Trouble.TARGET_GONE, since, str(SUPPORT))

    clock.advance(minutes=2)
    await targets.heard(roots[2], WELL)

    assert await sqlite_store.alarms.open_ones() == []
    assert targets.around(await a_root(sqlite_store, clock)) is None


async def test_an_outcome_that_is_looked_up_is_never_guessed_from_the_channel(sqlite_store: Store, clock: GivenClock):
    targets = Targets(sqlite_store, clock)
    first, second = [await a_root(sqlite_store, clock) for _ in range(2)]
    await targets.heard(first, LOST)
    await sqlite_store.outbox.finish(second, Ending.UNKNOWN, now=clock.now(), not_before=clock.now())
    [again] = await sqlite_store.outbox.take(SUPPORT, clock.now(), 1)

    assert again.unknown
    assert targets.around(again) is None
