"""What time does to a ticket: ladders, snooze, idleness, and clocks that stand still."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain import ladders
from bridge.domain.actions import (
    ClimbAnswering,
    ClimbWaiting,
    CloseIdle,
    KeepOpen,
    LoseThread,
    Snooze,
    StandStill,
    Wake,
    WarnIdle,
)
from bridge.domain.change import Change
from bridge.domain.events import TimerKind
from bridge.domain.lifecycle.hands import put_back
from bridge.domain.lifecycle.owning import end
from bridge.domain.lifecycle.rules import (
    end_snooze,
    must_be_of_team,
    start_answering_ladder,
    start_idle_clock,
    start_waiting_ladder,
    stop_answering_ladder,
    stop_idle_clock,
)
from bridge.domain.lifecycle.stages import say_waiting
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.policy import OnThreadGone, Step, StepKind
from bridge.domain.ticket import Displaced, Outcome, TicketState

SNOOZE_AT_MOST = timedelta(days=90)


def snooze(telling: Telling, action: Snooze) -> Change:
    """Rest until a time, or until the user writes."""
    must_be_of_team(telling)
    if not telling.now < action.until <= telling.now + SNOOZE_AT_MOST:
        raise telling.refuse("snooze_out_of_range")
    telling.become(replace(telling.ticket, snoozed_until=action.until, snoozed_by=telling.actor.name))
    telling.arm(TimerKind.SNOOZE, action.until)
    telling.become(replace(telling.ticket, waiting_climb=None))
    telling.disarm(TimerKind.WAITING)
    stop_answering_ladder(telling)
    stop_idle_clock(telling)
    telling.log("ticket.snoozed", tell=True, until=action.until.isoformat(), by=telling.actor.name)
    return telling.done("snoozed", until=action.until.isoformat())


def wake(telling: Telling, action: Wake) -> Change | None:
    if telling.ticket.snoozed_until is None:
        if action.by_clock:
            return None
        raise telling.refuse("not_snoozed")
    if not action.by_clock:
        must_be_of_team(telling)
    end_snooze(telling)
    telling.log("ticket.resumed", tell=True, cause="its time came" if action.by_clock else "woken")
    if telling.ticket.state is TicketState.OPEN:
        start_waiting_ladder(telling)
    elif telling.ticket.waiting_since is None:
        start_idle_clock(telling)
    else:
        start_answering_ladder(telling)
    return telling.done("woken")


def keep_open(telling: Telling, _action: KeepOpen) -> Change:
    must_be_of_team(telling)
    start_idle_clock(telling)
    telling.log("ticket.kept_open")
    return telling.done("kept_open")


def climb_waiting(telling: Telling, _action: ClimbWaiting) -> Change | None:
    """A step of the waiting ladder: at most the latest that is due, however long we were away."""
    ladder, climb = telling.ticket.policy.waiting, telling.ticket.waiting_climb
    if ladder is None or climb is None:
        return None
    due = ladders.due_steps(ladder, climb, telling.ticket.priority, telling.now)
    telling.become(replace(telling.ticket, waiting_climb=due.climb))
    telling.arm(TimerKind.WAITING, ladders.next_due(ladder, due.climb, telling.ticket.priority))
    if due.step is not None:
        _take_step(telling, due.step, late=due.late)
    return telling.done("reminded")


def climb_answering(telling: Telling, _action: ClimbAnswering) -> Change | None:
    """A step of the hold: the one who has the ticket is nudged, then it goes back into the queue."""
    ladder, climb = telling.ticket.policy.answering, telling.ticket.answering_climb
    if ladder is None or climb is None or telling.ticket.state is not TicketState.ASSIGNED:
        return None
    if telling.ticket.pending:
        return _after_the_undo_window(telling, TimerKind.ANSWERING)
    due = ladders.due_steps(ladder, climb, telling.ticket.priority, telling.now)
    telling.become(replace(telling.ticket, answering_climb=due.climb))
    telling.arm(TimerKind.ANSWERING, ladders.next_due(ladder, due.climb, telling.ticket.priority))
    if due.step is not None:
        _take_step(telling, due.step, late=due.late)
    return telling.done("reminded")


def _after_the_undo_window(telling: Telling, timer: TimerKind) -> Change:
    """A reply is on its way out: whether it leaves decides what this timer still means."""
    last = max(pending.due for pending in telling.ticket.pending)
    telling.arm(timer, max(last, telling.now) + timedelta(seconds=1))
    return telling.done("waits")


def _take_step(telling: Telling, step: Step, *, late: bool) -> None:
    if step.do is StepKind.RELEASE:
        if telling.ticket.state is TicketState.ASSIGNED:
            telling.via = "auto"
            put_back(telling, "no answer in time")
        return
    telling.become(replace(telling.ticket, reminded=telling.ticket.reminded + 1))
    if step.do is StepKind.MENTION:
        telling.become(replace(telling.ticket, last_mention_at=telling.now))
    telling.log("reminder.sent", tell=True, step=step.do, who=step.who or "team", late=late)
    if telling.ticket.state is TicketState.OPEN:
        say_waiting(telling)


def warn_idle(telling: Telling, _action: WarnIdle) -> Change | None:
    """Say when the ticket will be closed for the user's silence."""
    idle = telling.ticket.policy.idle
    if idle is None or telling.ticket.idle_since is None or not telling.ticket.waits_on_user:
        return None
    # A warning that comes late puts the end off: there is always the time between the two to keep it open.
    since = max(telling.ticket.idle_since, telling.now - idle.warn)
    telling.become(replace(telling.ticket, idle_since=since, idle_warned_at=telling.now))
    telling.arm(TimerKind.IDLE_CLOSE, since + idle.close)
    telling.log("ticket.idle_warned", closes_at=(since + idle.close).isoformat())
    return telling.done("idle_warned")


def close_idle(telling: Telling, _action: CloseIdle) -> Change | None:
    """The user stayed silent. A ticket nobody claimed never ends this way."""
    if telling.ticket.policy.idle is None or not telling.ticket.waits_on_user:
        return None
    if telling.ticket.pending:
        return _after_the_undo_window(telling, TimerKind.IDLE_CLOSE)
    end(telling, Outcome.EXPIRED, "the user was silent")
    return telling.done("closed", outcome=Outcome.EXPIRED)


def stand_still(telling: Telling, action: StandStill) -> Change | None:
    """The platform was away: ladders and the silence go on where they stood, so nothing falls due at once."""
    ticket = telling.ticket
    moved = False
    if ticket.waiting_climb is not None and ticket.policy.waiting is not None:
        climb = ladders.shift(ticket.policy.waiting, ticket.waiting_climb, action.since, telling.now)
        telling.become(replace(telling.ticket, waiting_climb=climb))
        telling.arm(TimerKind.WAITING, ladders.next_due(ticket.policy.waiting, climb, ticket.priority))
        moved = True
    if ticket.answering_climb is not None and ticket.policy.answering is not None:
        climb = ladders.shift(ticket.policy.answering, ticket.answering_climb, action.since, telling.now)
        telling.become(replace(telling.ticket, answering_climb=climb))
        telling.arm(TimerKind.ANSWERING, ladders.next_due(ticket.policy.answering, climb, ticket.priority))
        moved = True
    if ticket.idle_since is not None and ticket.policy.idle is not None:
        idle, since = ticket.policy.idle, ticket.idle_since + (telling.now - max(action.since, ticket.idle_since))
        telling.become(replace(telling.ticket, idle_since=since))
        if ticket.idle_warned_at is None:
            telling.arm(TimerKind.IDLE_WARN, since + idle.warn)
        telling.arm(TimerKind.IDLE_CLOSE, since + idle.close)
        moved = True
    if not moved:
        return None
    telling.log("clocks.stood_still", since=action.since.isoformat())
    return telling.done("stood_still")


def lose_thread(telling: Telling, action: LoseThread) -> Change | None:
    """A person deleted the thread: open a fresh one, park it, or close, by the route's setting."""
    ticket = telling.ticket
    if ticket.thread != action.thread:
        return None
    gone = ticket.policy.on_thread_gone
    telling.become(replace(telling.ticket, thread=None))
    telling.log("thread.gone", lane=str(action.thread.lane), then=gone)
    if ticket.state is TicketState.CLOSED:
        return telling.done("thread_gone")
    if gone is OnThreadGone.CLOSE:
        end(telling, Outcome.CANCELLED, "its thread was deleted")
    if gone is OnThreadGone.REOPEN:
        # Words that were reported before and bear a later time stand in the new thread's history as well.
        at = max(telling.now, ticket.last_words_at or telling.now)
        telling.become(replace(telling.ticket, displaced=Displaced(lane=action.thread.lane, at=at)))
    if gone is OnThreadGone.PARK:
        telling.become(replace(telling.ticket, policy=replace(ticket.policy, lane=None)))
    return telling.done("thread_gone")
