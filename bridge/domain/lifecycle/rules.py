"""What several acts share: who may, and how the clocks of a ticket are set going."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bridge.domain import ladders
from bridge.domain.actions import Write
from bridge.domain.errors import NotAllowed
from bridge.domain.events import TimerKind
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.people import Actor, ActorKind
from bridge.domain.policy import Until
from bridge.domain.ticket import Climb, Ticket, TicketState
from bridge.domain.words import Attachment


def must_be_of_team(telling: Telling) -> None:
    """Refuse members who do not work for the route's team, and those of whom we could not find out."""
    actor = telling.actor
    team = telling.ticket.policy.team
    if actor.kind is ActorKind.MEMBER and not actor.may_work_for(team):
        raise telling.refuse("not_of_team" if actor.known else "membership_unknown", team=team)


def must_show_files(telling: Telling, attachments: Iterable[Attachment]) -> None:
    """Refuse files of ours for a user whose bot has not said that it can show them."""
    if not telling.ticket.capabilities.files and any(each.file_id is not None for each in attachments):
        raise telling.refuse("bot_takes_no_files")


def files_to_show(telling: Telling, action: Write) -> tuple[Attachment, ...]:
    """The files that go with words meant for the user, each with what is wrong with it.

    Where the bot has not said that it can show files, words that stand in a thread already go without them; anywhere
    else they are refused.
    """
    if action.origin is None or not action.text.strip():
        must_show_files(telling, action.attachments)
    if telling.ticket.capabilities.files:
        return action.attachments
    why = f"{telling.ticket.bot} has not said that it can show files"
    return tuple(replace(each, url=None, file_id=None, trouble=each.trouble or why) for each in action.attachments)


def closed_already(telling: Telling) -> NotAllowed:
    """Whoever pressed looked at an old card: say who closed the ticket, and when."""
    last = telling.ticket.last_assignee
    return telling.refuse("card_old_closed", by=last.name if last else None, at=iso(telling.ticket.closed_at))


def has_it(ticket: Ticket, actor: Actor) -> bool:
    return ticket.assignee is not None and ticket.assignee.key == actor.key


def start_waiting_ladder(telling: Telling) -> None:
    """The ticket is in the queue: the waiting ladder counts from now."""
    ladder = telling.ticket.policy.waiting
    if ladder is None:
        return
    climb = Climb(since=telling.now)
    telling.become(replace(telling.ticket, waiting_climb=climb, reminded=0))
    telling.arm(TimerKind.WAITING, ladders.next_due(ladder, climb, telling.ticket.priority))


def stop_waiting_ladder(telling: Telling, *reached: Until) -> None:
    """Something the waiting ladder may end on was reached."""
    ladder = telling.ticket.policy.waiting
    if ladder is not None and telling.ticket.waiting_climb is not None and ladder.until in reached:
        telling.become(replace(telling.ticket, waiting_climb=None))
        telling.disarm(TimerKind.WAITING)


def start_answering_ladder(telling: Telling) -> None:
    """A member has the ticket and its user waits: the hold counts from now."""
    ladder = telling.ticket.policy.answering
    if ladder is None or telling.ticket.waiting_since is None:
        return
    climb = Climb(since=telling.now)
    telling.become(replace(telling.ticket, answering_climb=climb))
    telling.arm(TimerKind.ANSWERING, ladders.next_due(ladder, climb, telling.ticket.priority))


def stop_answering_ladder(telling: Telling) -> None:
    if telling.ticket.answering_climb is not None:
        telling.become(replace(telling.ticket, answering_climb=None))
        telling.disarm(TimerKind.ANSWERING)


def start_idle_clock(telling: Telling) -> None:
    """The team has spoken: from now the user's silence counts."""
    ticket = telling.ticket
    idle = ticket.policy.idle
    if idle is None or ticket.state is not TicketState.ASSIGNED:
        return
    if idle.after_first_reply and ticket.first_reply_at is None:
        return
    telling.become(replace(telling.ticket, idle_since=telling.now, idle_warned_at=None))
    telling.arm(TimerKind.IDLE_WARN, telling.now + idle.warn)
    telling.arm(TimerKind.IDLE_CLOSE, telling.now + idle.close)


def stop_idle_clock(telling: Telling) -> None:
    if telling.ticket.policy.idle is not None:
        telling.become(replace(telling.ticket, idle_since=None, idle_warned_at=None))
        telling.disarm(TimerKind.IDLE_WARN)
        telling.disarm(TimerKind.IDLE_CLOSE)


def end_snooze(telling: Telling) -> None:
    if telling.ticket.snoozed_until is not None:
        telling.become(replace(telling.ticket, snoozed_until=None, snoozed_by=None))
        telling.disarm(TimerKind.SNOOZE)


def stale_at(telling: Telling) -> datetime | None:
    """From when on words that leave now are too old to be told without a click."""
    span = telling.ticket.policy.relay.stale_after
    return None if span is None else telling.now + span


def iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def seconds_between(start: datetime | None, end: datetime) -> int | None:
    return None if start is None else max(0, round((end - start).total_seconds()))
