"""What a bot hears of a ticket that nobody acted on: a platform is away, the queue moved."""

from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain.change import Change
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.people import system
from bridge.domain.ticket import Ticket, TicketState


def delayed(ticket: Ticket, since: datetime, now: datetime) -> Change | None:
    """The platform its team works on is away; it is waited for."""
    if ticket.state is TicketState.CLOSED:
        return None
    telling = Telling(ticket, system("delivery"), now)
    telling.log("ticket.delayed", tell=True, since=since.isoformat(), reason="the team's platform is down")
    return telling.done("delayed")


def queue_moved(ticket: Ticket, position: int, wait: timedelta | None, now: datetime) -> Change | None:
    """Its place among those nobody has, 1 is next; told only when it is another than last time."""
    if ticket.state is not TicketState.OPEN or ticket.queue_position == position:
        return None
    telling = Telling(replace(ticket, queue_position=position), system("queue"), now)
    seconds = wait.total_seconds() if wait is not None else None
    telling.log("ticket.queue_updated", tell=True, position=position, estimated_wait_seconds=seconds)
    return telling.done("queue_moved")
