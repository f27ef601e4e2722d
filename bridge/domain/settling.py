"""What an operator may do about a delivery, by how it stands: decided on the locked row, with all that follows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from bridge.domain.change import Change, Entry, Rewrite
from bridge.domain.deliveries import (
    Delivery,
    DeliveryState,
    Digest,
    Ending,
    OpenThread,
    PostHistory,
    PostLine,
    PostWords,
    Remind,
    Strand,
    TellAlarm,
    TellBot,
    Urgency,
)
from bridge.domain.errors import NotAllowed
from bridge.domain.events.operators import Settle
from bridge.domain.fanout import after
from bridge.domain.people import system
from bridge.domain.refs import DeliveryId, Lane
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.words import Message, WordsKind, WordsState

DROPPED = "an operator dropped it"
DELIVERY = system("delivery")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A delivery as its row stands."""

    delivery: Delivery
    state: DeliveryState
    waits_for_time: bool
    """Its next attempt has a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What becomes of the row: READY is sent anew, DONE was found, WITHDRAWN never leaves."""

    state: DeliveryState
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The answer to the operator."""

    delivery: DeliveryId
    settle: Settle
    lane: Lane
    number: int | None
    """Of its ticket."""


POSTABLE = (OpenThread, PostWords, PostHistory, PostLine, Remind, Digest, TellAlarm)
"""What leaves a post of its own, which a link can name."""


def settle(
    how: Settle, standing: Standing, ticket: Ticket | None, message: Message | None, now: datetime
) -> Settlement:
    """Judge the decision. `message` is the one the delivery is about.

    Raises:
        NotAllowed: with a code of `notices.operators`.
    """
    _must_be_at_rest(standing)
    match how:
        case Settle.RETRY:
            return _retry(standing, ticket, message, now)
        case Settle.DROP:
            return _drop(standing, ticket, message, now)
        case Settle.ADOPT:
            _must_be_in_doubt(standing)
            change = after(standing.delivery, Ending.DONE, ticket, message, now)
            return Settlement(state=DeliveryState.DONE, change=change)
        case Settle.POST_AGAIN:
            _must_be_in_doubt(standing)
            return Settlement(state=DeliveryState.READY)
        case _:
            assert_never(how)


def must_be_adoptable(standing: Standing) -> None:
    """Only what leaves a post of its own can be pointed at.

    Raises: NotAllowed.
    """
    _must_be_at_rest(standing)
    _must_be_in_doubt(standing)
    if not isinstance(standing.delivery.content, POSTABLE):
        raise NotAllowed("nothing_to_adopt", what=type(standing.delivery.content).__name__)


def _must_be_at_rest(standing: Standing) -> None:
    over: Mapping[DeliveryState, str] = {
        DeliveryState.SENDING: "being_sent",
        DeliveryState.DONE: "delivered_already",
        DeliveryState.WITHDRAWN: "withdrawn_already",
    }
    code = over.get(standing.state)
    if code is not None:
        raise NotAllowed(code)


def _must_be_in_doubt(standing: Standing) -> None:
    if standing.state is not DeliveryState.UNKNOWN:
        raise NotAllowed("not_in_doubt", state=standing.state.value)


def _retry(standing: Standing, ticket: Ticket | None, message: Message | None, now: datetime) -> Settlement:
    match standing.state:
        case DeliveryState.UNKNOWN:
            raise NotAllowed("in_doubt", lane=str(standing.delivery.lane))
        case DeliveryState.DEAD:
            return Settlement(state=DeliveryState.READY, change=_revived(standing.delivery, ticket, message, now))
        case DeliveryState.HELD:
            raise NotAllowed("asks_its_writer", number=ticket.number if ticket else None)
        case _ if standing.waits_for_time:
            return Settlement(state=DeliveryState.READY)
        case _:
            raise NotAllowed("waits_its_turn")


def _revived(delivery: Delivery, ticket: Ticket | None, message: Message | None, now: datetime) -> Change | None:
    """What its death had brought about is taken back, as far as that still makes sense."""
    if ticket is None:
        return None
    match delivery.content:
        case OpenThread():
            return _home_again(delivery, ticket, now)
        case TellBot() if message is not None and message.kind is WordsKind.REPLY:
            return _on_its_way_again(ticket, message, now)
        case _:
            return None


def _home_again(delivery: Delivery, ticket: Ticket, now: datetime) -> Change:
    """The ticket had moved on when its channel could not be used; it comes back unless it lives somewhere by now."""
    if ticket.state is TicketState.CLOSED:
        raise NotAllowed("root_of_closed", number=ticket.number)
    if ticket.thread is not None or (ticket.policy.lane not in (None, delivery.lane)):
        raise NotAllowed("lives_elsewhere", number=ticket.number)
    change = _noted(ticket, "thread.retried", now, {"lane": str(delivery.lane)})
    moved = replace(change.ticket, policy=replace(ticket.policy, lane=delivery.lane))
    history = Delivery(
        lane=delivery.lane, content=PostHistory(until=now), strand=Strand.WORDS, urgency=Urgency.WORDS,
        ticket=ticket.id,
    )  # fmt: skip
    return replace(change, ticket=moved, deliveries=(history,))


def _on_its_way_again(ticket: Ticket, message: Message, now: datetime) -> Change:
    if message.state is not WordsState.FAILED:
        # Its writer has pressed "Keep trying" or withdrawn it: the user must not read it twice.
        raise NotAllowed("decided_by_its_writer", number=ticket.number)
    change = _noted(replace(ticket, failed=max(0, ticket.failed - 1)), "message.retried", now, {}, message)
    return replace(change, rewrites=(Rewrite(message=message.id, state=WordsState.SENDING),))


def _drop(standing: Standing, ticket: Ticket | None, message: Message | None, now: datetime) -> Settlement:
    if standing.state is DeliveryState.DEAD:
        return Settlement(state=DeliveryState.WITHDRAWN)  # what follows from its death has happened already
    change = after(standing.delivery, Ending.DEAD, ticket, message, now)
    if change is not None:
        blamed = (replace(one, failure=DROPPED) if one.failure else one for one in change.rewrites)
        change = replace(change, rewrites=tuple(blamed))
    return Settlement(state=DeliveryState.WITHDRAWN, change=change)


def _noted(
    ticket: Ticket, kind: str, now: datetime, facts: Mapping[str, str], message: Message | None = None
) -> Change:
    entry = Entry(
        seq=ticket.seq + 1, kind=kind, actor=DELIVERY, at=now, facts=facts, message=message.id if message else None
    )
    return Change(ticket=replace(ticket, seq=ticket.seq + 1), code=kind, entries=(entry,))
