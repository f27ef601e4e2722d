"""What a platform tells of our own posts, and what several daemons hear of one workspace."""

import asyncio

import pytest

from bridge.domain.deliveries import DeliveryState, Ending, Posted
from bridge.store import Store
from bridge.store.echoes import Echo
from tests.conftest import OpenStore, Postgres
from tests.given_time import GivenClock
from tests.samples import SUPPORT, opening, opens


async def a_root(store: Store, clock: GivenClock):
    await store.writer.decide(opens(opening()))
    (taken,) = await store.outbox.take(SUPPORT, clock.now(), 1)
    return taken


async def test_a_post_is_adopted_only_while_nobody_knows_of_it(store: Store, clock: GivenClock):
    taken = await a_root(store, clock)
    assert await store.echoes.heard(taken.id, SUPPORT, "17.1") is Echo.KNOWN, "its own answer is on the way"

    await store.outbox.finish(taken, Ending.UNKNOWN, now=clock.now(), not_before=clock.now())
    assert await store.echoes.heard(taken.id, SUPPORT, "17.1") is Echo.ADOPTED
    assert await store.echoes.seen(taken.id) == "17.1"
    assert await store.echoes.heard(taken.id, SUPPORT, "17.1") is Echo.KNOWN


async def test_a_post_about_to_be_made_again_is_in_doubt_once_more(store: Store, clock: GivenClock):
    taken = await a_root(store, clock)
    await store.outbox.finish(taken, Ending.RETRY, now=clock.now(), not_before=clock.now())

    assert await store.echoes.heard(taken.id, SUPPORT, "17.1") is Echo.ADOPTED
    (again,) = await store.outbox.take(SUPPORT, clock.now(), 1)
    assert again.unknown


async def test_a_second_post_is_taken_back_once_and_a_known_one_never(store: Store, clock: GivenClock):
    taken = await a_root(store, clock)
    await store.outbox.finish(taken, Ending.DONE, now=clock.now(), posted=Posted(thread="17.1"))

    assert await store.echoes.heard(taken.id, SUPPORT, "17.1") is Echo.KNOWN
    assert await store.echoes.heard(taken.id, SUPPORT, "17.2") is Echo.DOUBLE
    assert await store.echoes.heard(taken.id, SUPPORT, "17.2") is Echo.KNOWN
    ready = await store.outbox.views([DeliveryState.READY])
    assert [view.what for view in ready].count("RetractWords") == 1


async def test_posts_of_others_mean_nothing(store: Store, clock: GivenClock):
    taken = await a_root(store, clock)
    await store.outbox.finish(taken, Ending.UNKNOWN, now=clock.now())
    assert await store.echoes.heard(taken.id, type(SUPPORT)(SUPPORT.platform, "C0OTHER"), "9.9") is Echo.KNOWN
    assert await store.echoes.seen(taken.id) is None


@pytest.mark.postgres
async def test_two_daemons_that_hear_of_one_second_post_take_it_back_once(
    postgres: Postgres, open_store: OpenStore, clock: GivenClock
):
    """Slack hands an event to any socket; one that is not acknowledged in time comes to the other daemon as well."""
    url = await postgres.create()
    one, other = await open_store(url), await open_store(url)
    taken = await a_root(one, clock)
    await one.outbox.finish(taken, Ending.DONE, now=clock.now(), posted=Posted(thread="17.1"))

    heard = await asyncio.gather(*(each.echoes.heard(taken.id, SUPPORT, "17.2") for each in (one, other, one, other)))
    assert sorted(heard) == [Echo.DOUBLE, Echo.KNOWN, Echo.KNOWN, Echo.KNOWN]
