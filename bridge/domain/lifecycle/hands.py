"""The ticket changes hands: what that means for its log, its clocks and its waiting user."""

from dataclasses import replace

from bridge.domain.lifecycle.rules import (
    end_snooze,
    seconds_between,
    start_answering_ladder,
    start_idle_clock,
    start_waiting_ladder,
    stop_answering_ladder,
    stop_idle_clock,
    stop_waiting_ladder,
)
from bridge.domain.lifecycle.stages import say_assigned, say_waiting
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.people import Assignee
from bridge.domain.policy import ReopenTo, Until
from bridge.domain.ticket import TicketState


def give_to(telling: Telling, member: Assignee, cause: str) -> None:
    """Make the member the owner, whoever had it before."""
    before = telling.ticket.assignee
    end_snooze(telling)
    telling.become(
        replace(
            telling.ticket,
            state=TicketState.ASSIGNED,
            assignee=member,
            last_assignee=member,
            claimed_at=telling.now,
            side_talk=None,
        )
    )
    if telling.ticket.last_mention_at is not None:
        telling.become(replace(telling.ticket, last_mention_at=None))
    kind = "ticket.assigned" if before is None else "ticket.reassigned"
    telling.log(kind, tell=True, assignee=member.key, name=member.name,
                alias=telling.ticket.policy.relay.alias(member.name), avatar_url=member.avatar_url,
                via=telling.via, cause=cause, previous=before.name if before else None)  # fmt: skip
    if before is None:
        say_assigned(telling, member)
    stop_waiting_ladder(telling, Until.CLAIMED)
    start_answering_ladder(telling)
    if telling.ticket.waiting_since is None and telling.ticket.idle_since is None:
        start_idle_clock(telling)


def put_back(telling: Telling, cause: str) -> None:
    """The ticket has no owner any more and its ladder begins again."""
    before = telling.ticket.assignee
    end_snooze(telling)
    stop_answering_ladder(telling)
    stop_idle_clock(telling)
    telling.become(replace(telling.ticket, state=TicketState.OPEN, assignee=None, claimed_at=None))
    telling.log("ticket.unassigned", tell=True, cause=cause, previous=before.name if before else None, via=telling.via)
    say_waiting(telling)
    start_waiting_ladder(telling)


def open_again(telling: Telling, cause: str, *, waiting: bool) -> None:
    """Back into the queue; whoever had it last is offered it."""
    ticket = telling.ticket
    last = ticket.last_assignee if ticket.policy.reopen_to is ReopenTo.LAST_ASSIGNEE else None
    telling.become(replace(telling.ticket,
        state=TicketState.OPEN, assignee=None, closed_at=None, outcome=None, opened_at=telling.now, claimed_at=None,
        first_reply_at=None, waiting_since=telling.now if waiting else None))  # fmt: skip
    telling.log(
        "ticket.reopened",
        tell=True,
        cause=cause,
        offered_to=last.key if last else None,
        offered_name=last.name if last else None,
        via=telling.via,
        away_seconds=seconds_between(ticket.closed_at, telling.now),
    )
    start_waiting_ladder(telling)
