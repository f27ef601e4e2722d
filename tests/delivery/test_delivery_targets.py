"""A channel that is lost is asked once a minute and gone around meanwhile; it is used again without a restart."""

from dataclasses import replace

from bridge.delivery.outcomes import Outcome
from bridge.delivery.targets import Targets
from bridge.domain.alarms import Trouble
from bridge.domain.deliveries import Ending, Taken
from bridge.domain.refs import Lane
from bridge.store import Store
from tests.delivery.conftest import House
from tests.given_time import GivenClock
from tests.samples import SUPPORT, a_policy, a_root, opening, opens

LOST = Outcome(ending=Ending.DEAD, reason="is_archived", place_lost=True)
WELL = Outcome(ending=Ending.DONE)


async def a_taken_root(store: Store, clock: GivenClock) -> Taken:
    await store.writer.decide(opens(opening()))
    [taken] = await store.outbox.take(SUPPORT, clock.now(), 1)
    return taken


async def test_one_root_a_minute_asks_and_the_others_go_around(sqlite_store: Store, clock: GivenClock):
    targets = Targets(sqlite_store, clock)
    roots = [await a_taken_root(sqlite_store, clock) for _ in range(3)]
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
    roots = [await a_taken_root(sqlite_store, clock) for _ in range(3)]
    await targets.heard(roots[0], LOST)
    since = clock.now()
    clock.advance(minutes=2)
    await targets.heard(roots[1], LOST)

    [alarm] = await sqlite_store.alarms.open_ones()
    assert (alarm.what, alarm.since, alarm.facts["lane"]) == (Trouble.TARGET_GONE, since, str(SUPPORT))

    clock.advance(minutes=2)
    await targets.heard(roots[2], WELL)

    assert await sqlite_store.alarms.open_ones() == []
    assert targets.around(await a_taken_root(sqlite_store, clock)) is None


async def test_an_outcome_that_is_looked_up_is_never_guessed_from_the_channel(sqlite_store: Store, clock: GivenClock):
    targets = Targets(sqlite_store, clock)
    first, second = [await a_taken_root(sqlite_store, clock) for _ in range(2)]
    await targets.heard(first, LOST)
    await sqlite_store.outbox.finish(second, Ending.UNKNOWN, now=clock.now(), not_before=clock.now())
    [again] = await sqlite_store.outbox.take(SUPPORT, clock.now(), 1)

    assert again.unknown
    assert targets.around(again) is None


async def test_a_platform_that_is_not_in_the_file_any_more_loses_its_tickets_to_their_next_place(house: House):
    gone = Lane("old-slack", "C0OLD")
    change = opening(policy=a_policy(lane=gone))
    change = replace(change, told=(), deliveries=(a_root(change.ticket.id, gone),))
    await house.store.writer.decide(opens(change))
    await house.settle()

    found = await house.store.tickets.get(change.ticket.id)
    assert found is not None
    assert found.policy.lane is None
    assert [alarm.facts["lane"] for alarm in await house.store.alarms.open_ones()] == [str(gone)]


async def test_a_platform_of_the_file_that_is_only_being_built_is_waited_for(house: House):
    here = Lane("acme-slack", "C0SUPPORT")
    change = opening(policy=a_policy(lane=here))
    change = replace(change, told=(), deliveries=(a_root(change.ticket.id, here),))
    await house.store.writer.decide(opens(change))
    await house.settle()

    found = await house.store.tickets.get(change.ticket.id)
    assert found is not None
    assert found.policy.lane == here
    assert [view.what for view in await house.undelivered()] == ["OpenThread"]


async def test_a_platform_that_was_away_when_it_was_taken_out_of_the_file_is_not_waited_for(house: House):
    gone = Lane("old-slack", "C0OLD")
    change = opening(policy=a_policy(lane=gone))
    change = replace(change, told=(), deliveries=(a_root(change.ticket.id, gone),))
    await house.store.writer.decide(opens(change))
    await house.stop()
    await house.store.lanes.pause(gone.platform, "token_revoked")
    await house.store.outages.begin(gone.platform, house.clock.now())
    facts = {"platform": gone.platform, "reason": "token_revoked"}
    await house.store.alarms.begin(f"platform {gone.platform}", Trouble.PLATFORM_DOWN, facts, house.clock.now())

    await house.start()
    await house.settle()

    found = await house.store.tickets.get(change.ticket.id)
    assert found is not None
    assert found.policy.lane is None
    assert await house.store.outages.open() == {}
    assert [alarm.what for alarm in await house.store.alarms.open_ones()] == [Trouble.TARGET_GONE]
