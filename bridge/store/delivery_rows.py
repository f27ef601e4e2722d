"""Deliveries and parked events ↔ rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.domain.deliveries import Content, Delivery, DeliveryState, Strand, TellBot, Urgency
from bridge.domain.events import PersonWrote
from bridge.domain.refs import DeliveryId, Lane, MessageId, TicketId
from bridge.domain.views import DeliveryView
from bridge.store.bulk import Values
from bridge.store.codec import codec_for
from bridge.store.delivery_models import DeliveryRow
from bridge.store.models import ParkedRow

_CONTENT = codec_for(Content)
_PERSON_WROTE = codec_for(PersonWrote)


@dataclass(frozen=True, slots=True)
class Ordered:
    """A delivery as it will be inserted, with the message it is about."""

    delivery: Delivery
    message: MessageId | None

    @property
    def tells_a_bot(self) -> bool:
        return isinstance(self.delivery.content, TellBot)


def content_body(content: Content) -> Any:
    return _CONTENT.encode(content)


def delivery_row(delivery: Delivery, state: DeliveryState, message: MessageId | None, at: datetime) -> Values:
    return {
        "id": delivery.id,
        "ticket": delivery.ticket,
        "platform": delivery.lane.platform,
        "place": delivery.lane.place,
        "strand": delivery.strand.value,
        "urgency": int(delivery.urgency),
        "state": state.value,
        "live": 1,
        "unknown": 0,
        "part": 0,
        "what": type(delivery.content).__name__,
        "message": message,
        "content": content_body(delivery.content),
        "coalesce": delivery.coalesce,
        "coalesce_key": coalesce_key(delivery),
        "attempts": 0,
        "not_before": delivery.not_before,
        "expires_at": delivery.expires_at,
        "created_at": at,
    }


def coalesce_key(delivery: Delivery) -> str | None:
    if delivery.coalesce is None:
        return None
    return f"{delivery.ticket or '-'} {delivery.lane} {delivery.coalesce}"


def to_delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        lane=Lane(row.platform, row.place),
        content=_CONTENT.decode(row.content),
        strand=Strand(row.strand),
        urgency=Urgency(row.urgency),
        id=DeliveryId(row.id),
        ticket=TicketId(row.ticket) if row.ticket else None,
        not_before=row.not_before,
        expires_at=row.expires_at,
        coalesce=row.coalesce,
    )


def parked_row(event: PersonWrote, lane: Lane, at: datetime) -> Values:
    return {
        "scope": event.key.scope,
        "key": event.key.key,
        "platform": lane.platform,
        "place": lane.place,
        "event": _PERSON_WROTE.encode(event),
        "parked_at": at,
    }


def to_parked(row: ParkedRow) -> PersonWrote:
    found: PersonWrote = _PERSON_WROTE.decode(row.event)
    return found


def to_view(row: DeliveryRow, number: int | None = None) -> DeliveryView:
    """The row as operators see it; `number` is its ticket's."""
    return DeliveryView(
        id=DeliveryId(row.id),
        ticket=TicketId(row.ticket) if row.ticket else None,
        lane=Lane(row.platform, row.place),
        what=row.what,
        state=row.state,
        attempts=row.attempts,
        reason=row.reason,
        created_at=row.created_at,
        number=number,
        attempted_at=row.attempted_at,
        not_before=row.not_before,
    )
