"""At most one edit of a card waits; who needs it sooner hurries the one that waits."""

from datetime import timedelta

import pytest

from bridge.domain.change import Change
from bridge.domain.deliveries import Delivery, Ending, RefreshCard, Strand, Urgency
from bridge.domain.refs import TicketId
from bridge.store import Store
from tests.given_time import GivenClock
from tests.samples import SUPPORT, asks
from tests.store.outbox_steps import opened, post_root, take_one


def card(ticket: TicketId, urgency: Urgency) -> Delivery:
    return Delivery(
        lane=SUPPORT, content=RefreshCard(), strand=Strand.CARD, urgency=urgency, ticket=ticket, coalesce="card"
    )


async def order(store: Store, ticket: TicketId, *urgencies: Urgency) -> None:
    cards = tuple(card(ticket, urgency) for urgency in urgencies)
    await store.writer.decide(asks(ticket, lambda now: Change(ticket=now.ticket, code="ordered", deliveries=cards)))


@pytest.fixture
async def ticket(store: Store, clock: GivenClock) -> TicketId:
    """One whose thread stands."""
    made = await opened(store)
    await post_root(store, clock)
    return made.id


async def test_a_claim_hurries_the_edit_that_a_talk_put_off(store: Store, clock: GivenClock, ticket: TicketId):
    await order(store, ticket, Urgency.TURN)
    await store.outbox.give_back([await take_one(store, clock)], clock.now() + timedelta(seconds=30))
    assert await store.outbox.take(SUPPORT, clock.now(), 9) == []

    await order(store, ticket, Urgency.CARD)

    (taken,) = await store.outbox.take(SUPPORT, clock.now(), 9)
    assert taken.delivery.urgency is Urgency.CARD


async def test_a_talk_does_not_hurry_what_waits_for_its_pace(store: Store, clock: GivenClock, ticket: TicketId):
    await order(store, ticket, Urgency.CARD)
    await store.outbox.give_back([await take_one(store, clock)], clock.now() + timedelta(seconds=2))

    await order(store, ticket, Urgency.TURN)

    assert await store.outbox.take(SUPPORT, clock.now(), 9) == []


async def test_nobody_hurries_what_failed_and_pauses(store: Store, clock: GivenClock, ticket: TicketId):
    await order(store, ticket, Urgency.TURN)
    later = clock.now() + timedelta(seconds=30)
    await store.outbox.finish(
        await take_one(store, clock), Ending.RETRY, now=clock.now(), not_before=later, reason="rate limited"
    )

    await order(store, ticket, Urgency.CARD)

    assert await store.outbox.take(SUPPORT, clock.now(), 9) == []


async def test_of_two_in_one_commit_the_more_urgent_one_stays(store: Store, clock: GivenClock, ticket: TicketId):
    await order(store, ticket, Urgency.TURN, Urgency.CARD)

    (taken,) = await store.outbox.take(SUPPORT, clock.now(), 9)
    assert taken.delivery.urgency is Urgency.CARD
