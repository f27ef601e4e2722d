"""Cards to watch: what other channels are shown of a ticket. No part of it waits for them."""

from dataclasses import replace

from bridge.domain.change import Change
from bridge.domain.deliveries import Delivery, OpenWatch, RefreshCard, Strand, Urgency
from bridge.domain.refs import Lane
from bridge.domain.ticket import Ticket, TicketState


def shown_to_watchers(change: Change, *, changed: bool) -> Change:
    """Add the cards: new ones where the route wants some, fresh ones where `changed` says that they look old."""
    ticket = change.ticket
    elsewhere = [lane for lane in ticket.policy.watch if lane != ticket.policy.lane]
    new = [lane for lane in elsewhere if lane not in ticket.watched and ticket.state is not TicketState.CLOSED]
    told = [_card(ticket, lane) for lane in ticket.watched if lane != ticket.policy.lane] if changed else []
    told += [
        Delivery(lane=lane, content=OpenWatch(), strand=Strand.ROOT, urgency=Urgency.ROOT, ticket=ticket.id)
        for lane in new
    ]
    if not told:
        return change
    watched = replace(ticket, watched=(*ticket.watched, *new))
    return replace(change, ticket=watched, deliveries=(*change.deliveries, *told))


def thread_known(ticket: Ticket) -> Change | None:
    """The ticket's thread exists now: the cards to watch can lead there."""
    told = tuple(_card(ticket, lane) for lane in ticket.watched if lane != ticket.policy.lane)
    return Change(ticket=ticket, code="thread_known", deliveries=told) if told else None


def _card(ticket: Ticket, lane: Lane) -> Delivery:
    return Delivery(
        lane=lane, content=RefreshCard(), strand=Strand.CARD, urgency=Urgency.CARD, ticket=ticket.id, coalesce="card"
    )
