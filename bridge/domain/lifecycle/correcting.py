"""A member changes or deletes what they wrote."""

from dataclasses import replace

from bridge.domain.actions import EditWritten, Unsend
from bridge.domain.change import Change, Fate
from bridge.domain.events import TimerKind
from bridge.domain.lifecycle.rules import must_be_of_team
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.lifecycle.waiting_words import call_back, not_told, tell_correction
from bridge.domain.speech import leading
from bridge.domain.ticket import Ticket
from bridge.domain.words import Message, WordsKind, WordsState

OUT = frozenset({WordsState.SENDING, WordsState.SENT, WordsState.DELIVERED, WordsState.SEEN})


def edit_written(telling: Telling, action: EditWritten) -> Change | None:
    """A member changed their message: silently while it is still here, as a correction when the bot can take one."""
    stored = action.stored
    if stored.author_key != telling.actor.key:
        raise telling.refuse("not_your_words", name=stored.author_name)
    relay = telling.ticket.policy.relay
    note, text = leading(action.text, relay.note_word)
    if not note and stored.kind is WordsKind.REPLY:
        _, text = leading(action.text, relay.send_word)
    if text == stored.text and not (note and stored.kind is WordsKind.REPLY and stored.state is not WordsState.INSIDE):
        return None
    if stored.state in {WordsState.UNSENT, WordsState.DELETED}:
        return None
    if not note and stored.kind is WordsKind.REPLY and stored.state is not WordsState.INSIDE:
        must_be_of_team(telling)  # what reaches the user is judged by today's team, words of former members too
    if not _may_change(telling.ticket, stored, note=note):
        raise telling.refuse("edit_impossible", bot=telling.ticket.bot, message=stored.id)
    telling.rewrite(stored.id, text=text, revision=stored.revision + 1)
    if note:
        _keep_inside(telling, stored)
    if note and stored.handed:
        tell_correction(telling, "message.deleted", stored)
    elif stored.state in OUT or stored.handed:
        tell_correction(telling, "message.updated", stored)
    else:
        telling.log("message.rewritten", message=stored.id, in_thread=stored.origin is not None)
    return telling.done("edited")


def _may_change(ticket: Ticket, stored: Message, *, note: bool) -> bool:
    """What the bot has, or may have, changes only where it can change with it."""
    if stored.state in OUT:
        return ticket.capabilities.edit and not note
    return not stored.handed or (ticket.capabilities.delete if note else ticket.capabilities.edit)


def unsend(telling: Telling, action: Unsend) -> Change | None:
    """A member deleted their message: without a trace in the undo window, else as a deletion the bot is told."""
    stored = action.stored
    if stored.author_key != telling.actor.key:
        raise telling.refuse("not_your_words", name=stored.author_name)
    match stored.state:
        case WordsState.UNSENT | WordsState.DELETED:
            return None
        case WordsState.PENDING:
            _out_of_the_window(telling, stored)
            telling.rewrite(stored.id, state=WordsState.UNSENT)
            telling.log("message.unsent", message=stored.id)
            return telling.done("unsent")
        case WordsState.STALE if stored.handed:
            call_back(telling, stored)
            return telling.done("deleted")
        case WordsState.STALE:
            not_told(telling, stored.id)
            telling.rewrite(stored.id, state=WordsState.UNSENT)
            telling.log("message.unsent", message=stored.id, in_thread=stored.origin is not None)
            return telling.done("unsent")
        case state if state in OUT:
            if not telling.ticket.capabilities.delete:
                raise telling.refuse("delete_impossible", bot=telling.ticket.bot, message=stored.id)
            telling.rewrite(stored.id, state=WordsState.DELETED)
            tell_correction(telling, "message.deleted", stored)
            return telling.done("deleted")
        case _:
            _no_longer_held(telling, stored)
            telling.rewrite(stored.id, state=WordsState.DELETED)
            telling.log("note.deleted", message=stored.id, in_thread=stored.origin is not None)
            return telling.done("deleted")


def _keep_inside(telling: Telling, stored: Message) -> None:
    """Edited into a note before it left: whatever it was about to become, it stays here."""
    if stored.kind is WordsKind.NOTE:
        return
    if stored.state is WordsState.FAILED:
        telling.become(replace(telling.ticket, failed=max(0, telling.ticket.failed - 1)))
    if stored.state is WordsState.HELD:
        telling.log("message.kept_inside", message=stored.id, in_thread=stored.origin is not None)
    if stored.state is WordsState.STALE:
        not_told(telling, stored.id, Fate.KNOWN if stored.handed else Fate.NEVER)
        telling.log("message.kept_inside", message=stored.id, in_thread=stored.origin is not None)
    _out_of_the_window(telling, stored)
    _no_longer_held(telling, stored)
    telling.rewrite(stored.id, state=WordsState.INSIDE)


def _out_of_the_window(telling: Telling, stored: Message) -> None:
    telling.become(replace(telling.ticket, pending=tuple(p for p in telling.ticket.pending if p.message != stored.id)))
    telling.disarm(TimerKind.UNDO, stored.id)


def _no_longer_held(telling: Telling, stored: Message) -> None:
    telling.become(replace(telling.ticket, held=tuple(h for h in telling.ticket.held if h.message != stored.id)))
    telling.disarm(TimerKind.HELD, stored.id)
