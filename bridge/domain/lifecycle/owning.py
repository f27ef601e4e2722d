"""Acts that change who has a ticket: claim, assign, release, close, reopen, take back."""

from dataclasses import replace

from bridge.domain.actions import AskHandOver, Assign, Claim, Close, Release, Reopen, TakeBack
from bridge.domain.change import Change
from bridge.domain.events import TimerKind
from bridge.domain.lifecycle.hands import give_to, open_again, put_back
from bridge.domain.lifecycle.rules import (
    closed_already,
    end_snooze,
    has_it,
    must_be_of_team,
    seconds_between,
    stop_answering_ladder,
    stop_idle_clock,
    stop_waiting_ladder,
)
from bridge.domain.lifecycle.speaking import send_pending
from bridge.domain.lifecycle.stages import say_closed
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.lifecycle.waiting_words import give_up_stale
from bridge.domain.people import as_assignee
from bridge.domain.policy import Until
from bridge.domain.refs import MessageId
from bridge.domain.ticket import Outcome, Ticket, TicketState
from bridge.domain.words import Author, Message, WordsKind, WordsState


def claim(telling: Telling, action: Claim) -> Change:
    """Take the ticket. Of two people at once the writer lets one win; the other is told who."""
    must_be_of_team(telling)
    ticket = telling.ticket
    if ticket.state is TicketState.CLOSED:
        raise closed_already(telling)
    if has_it(ticket, telling.actor):
        return telling.done("already_yours")
    if ticket.assignee is not None and not action.take_over:
        raise telling.refuse(
            "lost_race",
            owner=ticket.assignee.name,
            seconds=seconds_between(ticket.claimed_at, telling.now),
        )
    if action.at_most is not None and action.has_open >= action.at_most:
        raise telling.refuse("has_many", count=action.has_open)
    give_to(telling, as_assignee(telling.actor), "taken over" if ticket.assignee else "claimed")
    return telling.done("claimed")


def assign(telling: Telling, action: Assign) -> Change:
    """Give the ticket to a member of its team."""
    must_be_of_team(telling)
    ticket = telling.ticket
    if ticket.policy.team not in action.to_teams:
        raise telling.refuse("assignee_not_of_team", name=action.to.name, team=ticket.policy.team)
    if ticket.assignee is not None and ticket.assignee.key == action.to.key:
        return telling.done("already_theirs", name=action.to.name)
    give_to(telling, action.to, "handed over" if ticket.assignee else "assigned")
    return telling.done("assigned", name=action.to.name)


def release(telling: Telling, action: Release) -> Change:
    """Put the ticket back into the queue."""
    must_be_of_team(telling)
    if telling.ticket.assignee is None:
        raise telling.refuse("nobody_has_it")
    put_back(telling, action.cause)
    return telling.done("released")


def close(telling: Telling, action: Close) -> Change:
    """Hand the conversation back to the bot. Replies still in their undo window leave first."""
    must_be_of_team(telling)
    if telling.ticket.state is TicketState.CLOSED:
        raise closed_already(telling)
    if action.note and action.message:
        leave_note(telling, action.message, action.note)
    end(telling, action.outcome, "closed")
    return telling.done("closed", outcome=action.outcome)


def take_back(telling: Telling, action: TakeBack) -> Change:
    """The bot, or its user, ends the human stretch."""
    if telling.ticket.state is TicketState.CLOSED:
        raise telling.refuse("already_closed")
    if action.note and action.message:
        leave_note(telling, action.message, action.note, author=Author.BOT)
    end(telling, action.outcome, "taken back")
    return telling.done("closed", outcome=action.outcome)


def end(telling: Telling, outcome: Outcome, reason: str) -> None:
    """Close, whatever the state was; also used when the user stayed silent."""
    send_pending(telling)
    give_up_stale(telling)
    ticket = telling.ticket
    end_snooze(telling)
    stop_answering_ladder(telling)
    stop_idle_clock(telling)
    stop_waiting_ladder(telling, *Until)
    for held in ticket.held:
        telling.disarm(TimerKind.HELD, held.message)
        telling.rewrite(held.message, state=WordsState.INSIDE)
        if not held.told:
            telling.log("message.not_sent", message=held.message, name=held.writer.name, in_thread=held.in_thread)
    say_closed(telling, outcome)
    by = telling.actor
    telling.become(replace(telling.ticket,
        state=TicketState.CLOSED, assignee=None, closed_at=telling.now, outcome=outcome, held=(),
        waiting_since=None, side_talk=None, last_mention_at=None, reminded=0))  # fmt: skip
    telling.log(
        "ticket.closed",
        tell=True,
        outcome=outcome,
        reason=reason,
        closed_by=by.name,
        assignee=ticket.assignee.name if ticket.assignee else None,
        claim_seconds=seconds_between(ticket.opened_at, ticket.claimed_at) if ticket.claimed_at else None,
        first_response_seconds=seconds_between(ticket.opened_at, ticket.first_reply_at)
        if ticket.first_reply_at and ticket.opened_at and ticket.first_reply_at >= ticket.opened_at
        else None,
        resolution_seconds=seconds_between(ticket.opened_at, telling.now),
        via=telling.via,
    )


def reopen(telling: Telling, action: Reopen) -> Change:
    """A member opens a closed ticket again."""
    must_be_of_team(telling)
    if telling.ticket.state is not TicketState.CLOSED:
        raise telling.refuse("already_open")
    open_again(telling, "a member reopened it", waiting=_unanswered(telling.ticket))
    if action.claim:
        give_to(telling, as_assignee(telling.actor), "reopened")
    return telling.done("reopened")


def _unanswered(ticket: Ticket) -> bool:
    """Did the user have the last word?"""
    heard, said = ticket.last_user_at, ticket.last_reply_at
    return heard is not None and (said is None or heard > said)


def ask_hand_over(telling: Telling, _action: AskHandOver) -> Change:
    """Ask the one who has it, inside."""
    must_be_of_team(telling)
    owner = telling.ticket.assignee
    if owner is None:
        raise telling.refuse("nobody_has_it")
    if has_it(telling.ticket, telling.actor):
        return telling.done("already_yours")
    telling.log("handover.asked", owner=owner.key, name=owner.name, asked_by=telling.actor.key)
    return telling.done("handover_asked", owner=owner.name)


def leave_note(telling: Telling, message: MessageId, text: str, author: Author = Author.MEMBER) -> None:
    """A last word inside, with the close."""
    actor = telling.actor
    telling.add(
        Message(
            id=message, ticket=telling.ticket.id, kind=WordsKind.NOTE, author=author, author_key=actor.key,
            author_name=actor.name, text=text, at=telling.now, state=WordsState.INSIDE,
        )
    )  # fmt: skip
    telling.log("note.added", message=message)
