"""What the user does: writes, edits, deletes; and what the bot changes about the ticket."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain import ladders
from bridge.domain.actions import MENTION_AT_MOST_EVERY, Reroute, TeamTyping, Update, UserRevised, UserSaid
from bridge.domain.change import Change, Told
from bridge.domain.events import TimerKind
from bridge.domain.lifecycle.hands import open_again, put_back
from bridge.domain.lifecycle.rules import (
    end_snooze,
    has_it,
    must_be_of_team,
    start_answering_ladder,
    start_waiting_ladder,
    stop_answering_ladder,
    stop_idle_clock,
)
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.policy import StepKind, same_rules
from bridge.domain.refs import MessageId
from bridge.domain.ticket import TicketState
from bridge.domain.words import WordsState

TYPING_LASTS = timedelta(seconds=10)


def user_said(telling: Telling, action: UserSaid) -> Change:
    """The user's words are shown to the team; after a close they bring the ticket back inside its window."""
    ticket = telling.ticket
    if ticket.state is TicketState.CLOSED:
        closed_at = ticket.closed_at or telling.now
        if telling.now - closed_at > ticket.policy.reopen_within:
            raise telling.refuse("ticket_closed")
        if action.opens:
            open_again(telling, "the user wrote again", waiting=True)
            hear(telling, action.message.id)
            telling.add(action.message)
            return telling.done("reopened")
    hear(telling, action.message.id)
    telling.add(action.message)
    return telling.done("heard")


def hear(telling: Telling, message: MessageId) -> None:
    """The user waits from now, if they did not already; what counts their silence stops."""
    ticket = telling.ticket
    telling.become(replace(telling.ticket, last_user_at=telling.now))
    telling.log("message.received", message=message)
    if ticket.state is TicketState.CLOSED:
        return
    first_unanswered = ticket.waiting_since is None
    if first_unanswered:
        telling.become(replace(telling.ticket, waiting_since=telling.now))
    stop_idle_clock(telling)
    end_snooze(telling)
    woken = ticket.snoozed_until is not None
    if woken:
        telling.log("ticket.resumed", tell=True, cause="the user wrote")
    if ticket.state is TicketState.ASSIGNED:
        answering = ticket.policy.answering
        if woken or (first_unanswered and answering is not None and answering.rearm):
            start_answering_ladder(telling)
    elif woken or (first_unanswered and ticket.waiting_climb is None):
        # Without a climb the ladder ended on a reply that was sent unclaimed: nobody would be called any more.
        start_waiting_ladder(telling)
    else:
        _hear_again_in_queue(telling)


def _hear_again_in_queue(telling: Telling) -> None:
    """The user writes again while nobody has it: after a first mention the team is mentioned again, not too often."""
    ticket = telling.ticket
    ladder = ticket.policy.waiting
    if ladder is None or not ladder.rearm or ticket.last_mention_at is None:
        return
    if telling.now - ticket.last_mention_at >= MENTION_AT_MOST_EVERY:
        telling.become(replace(telling.ticket, last_mention_at=telling.now, reminded=ticket.reminded + 1))
        telling.log(
            "reminder.sent", tell=True, step=StepKind.MENTION, who="team", cause="the user wrote again", late=False
        )


def user_revised(telling: Telling, action: UserRevised) -> Change | None:
    """The user edited or deleted a message of theirs."""
    stored = action.stored
    if stored.state is WordsState.DELETED or action.text == stored.text:
        return None
    if action.text is None:
        telling.rewrite(stored.id, state=WordsState.DELETED)
        telling.log("message.user_deleted", message=stored.id)
        return telling.done("deleted")
    telling.rewrite(stored.id, text=action.text, revision=stored.revision + 1)
    telling.log("message.user_edited", message=stored.id)
    return telling.done("edited")


def update(telling: Telling, action: Update) -> Change:
    """The bot changed title, priority or attributes."""
    changed = ["title"] if action.retitled else []
    if action.attributed:
        changed.append("attributes")
    if action.priority is not None and action.priority is not telling.ticket.priority:
        telling.become(replace(telling.ticket, priority=action.priority))
        changed.append("priority")
        climb, ladder = telling.ticket.waiting_climb, telling.ticket.policy.waiting
        if climb is not None and ladder is not None:
            telling.arm(TimerKind.WAITING, ladders.next_due(ladder, climb, action.priority))
    telling.keep(brief=action.brief)
    telling.log("ticket.updated", tell=True, priority=telling.ticket.priority, changed=", ".join(changed) or "nothing")
    return telling.done("updated") if action.reroute is None else reroute(telling, action.reroute)


def reroute(telling: Telling, action: Reroute) -> Change:
    """Move to another route. Where its lane differs, a new owning thread opens and the old one points to it."""
    must_be_of_team(telling)
    ticket = telling.ticket
    if same_rules(ticket.policy, action.policy):
        return telling.done("already_there", route=action.policy.route)
    if ticket.policy.lane != action.policy.lane:
        _leave_held(telling)
    before = ticket.policy.route
    thread = ticket.thread if ticket.policy.lane == action.policy.lane else None
    telling.become(
        replace(telling.ticket, policy=action.policy, route_reason=action.reason, thread=thread, displaced=None)
    )
    # The same route after the file was edited is no news for the bot.
    elsewhere = before != action.policy.route
    telling.log("ticket.rerouted", tell=elsewhere, route=action.policy.route, previous=before, reason=action.reason)
    if has_it(ticket, telling.actor) and not telling.actor.may_work_for(action.policy.team):
        # They could neither answer nor release it there. Of others nobody knows it at this moment.
        put_back(telling, "moved to another team")
    if telling.ticket.state is TicketState.OPEN and telling.ticket.snoozed_until is None:
        start_waiting_ladder(telling)
        if action.policy.waiting is None:
            telling.become(replace(telling.ticket, waiting_climb=None))
            telling.disarm(TimerKind.WAITING)
    _rearm_hold(telling)
    _rearm_idle(telling)
    return telling.done("moved", route=action.policy.route)


def _leave_held(telling: Telling) -> None:
    """Nobody decides any more in a thread that is left: what was held there stays there, and is said not to be sent."""
    for held in telling.ticket.held:
        if held.in_thread:
            telling.disarm(TimerKind.HELD, held.message)
            telling.rewrite(held.message, state=WordsState.INSIDE)
            if not held.told:
                telling.log("message.not_sent", message=held.message, name=held.writer.name, in_thread=True)
            telling.log("message.kept_inside", message=held.message, in_thread=True)
    left = tuple(held for held in telling.ticket.held if not held.in_thread)
    telling.become(replace(telling.ticket, held=left))


def _rearm_hold(telling: Telling) -> None:
    """The one who has it goes on under the new hold; what has passed of the old one counts."""
    ticket = telling.ticket
    ladder, climb = ticket.policy.answering, ticket.answering_climb
    if climb is None and ticket.state is TicketState.ASSIGNED and ticket.snoozed_until is None:
        start_answering_ladder(telling)
    elif climb is not None and ladder is None:
        stop_answering_ladder(telling)
    elif climb is not None and ladder is not None:
        telling.arm(TimerKind.ANSWERING, ladders.next_due(ladder, climb, ticket.priority))


def _rearm_idle(telling: Telling) -> None:
    """The user's silence so far counts under the new rules."""
    since, idle = telling.ticket.idle_since, telling.ticket.policy.idle
    if since is None:
        return
    if idle is None:
        telling.become(replace(telling.ticket, idle_since=None, idle_warned_at=None))
        telling.disarm(TimerKind.IDLE_WARN)
        telling.disarm(TimerKind.IDLE_CLOSE)
        return
    if telling.ticket.idle_warned_at is None:
        telling.arm(TimerKind.IDLE_WARN, since + idle.warn)
    telling.arm(TimerKind.IDLE_CLOSE, since + idle.close)


def team_typing(telling: Telling, _action: TeamTyping) -> Change | None:
    """A sign of life for the bot; it is no line of the log and changes nothing."""
    if not telling.ticket.capabilities.typing:
        return None
    told = Told(
        type="activity.changed", seq=telling.ticket.seq, at=telling.now, actor=telling.actor,
        facts={"activity": "typing"}, expires_at=telling.now + TYPING_LASTS,
    )  # fmt: skip
    return replace(telling.done("typing"), ticket=telling.before, told=(told,))
