"""The writer of words in a thread says anew what they are: sent after all, kept inside, taken back."""

from dataclasses import replace

from bridge.domain.actions import DecideHeld, Recast, Retry, Unsend
from bridge.domain.change import Change
from bridge.domain.events import TimerKind, Wish
from bridge.domain.lifecycle.correcting import unsend
from bridge.domain.lifecycle.hands import give_to
from bridge.domain.lifecycle.rules import must_be_of_team, must_show_files
from bridge.domain.lifecycle.speaking import decide_held, leave
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.lifecycle.waiting_words import retry
from bridge.domain.people import as_assignee
from bridge.domain.policy import ReplyClaims
from bridge.domain.ticket import Pending, TicketState
from bridge.domain.words import Author, Message, WordsKind, WordsState

GONE = frozenset({WordsState.UNSENT, WordsState.DELETED})
STUCK = frozenset({WordsState.FAILED, WordsState.STALE})


def recast(telling: Telling, action: Recast) -> Change | None:
    """Only the writer may: nobody sends or unsends another's words."""
    stored = action.stored
    if stored.author is not Author.MEMBER:
        raise telling.refuse("not_a_members")
    if stored.author_key != telling.actor.key:
        raise telling.refuse("not_your_words", name=stored.author_name)
    if stored.state in GONE:
        raise telling.refuse("taken_back_already")
    match action.wish:
        case Wish.SEND:
            return _send(telling, stored)
        case Wish.KEEP:
            return _keep(telling, stored)
        case Wish.UNSEND:
            return _take_back(telling, stored)


def _send(telling: Telling, stored: Message) -> Change:
    if stored.state in STUCK:
        return retry(telling, Retry(stored=stored))
    if stored.state not in {WordsState.HELD, WordsState.INSIDE} or stored.handed:
        return telling.done("on_its_way")
    must_be_of_team(telling)
    if telling.ticket.state is TicketState.CLOSED:
        held = stored.state is WordsState.HELD
        raise telling.refuse("closed_unsent" if held else "closed_to_words", message=stored.id if held else None)
    claims = telling.ticket.policy.reply_claims is ReplyClaims.ALWAYS and telling.ticket.state is TicketState.OPEN
    if stored.state is WordsState.HELD:
        return decide_held(telling, DecideHeld(message=stored.id, send=True, claim=claims))
    must_show_files(telling, stored.attachments)
    if claims:
        give_to(telling, as_assignee(telling.actor), "claimed by replying")
    telling.rewrite(stored.id, kind=WordsKind.REPLY)
    telling.log("message.released", message=stored.id, in_thread=stored.origin is not None)
    for pending in telling.ticket.pending:
        if pending.due <= stored.at + telling.ticket.policy.relay.undo:  # written before it
            telling.disarm(TimerKind.UNDO, pending.message)
            leave(telling, pending)
    writer = as_assignee(telling.actor)
    leave(telling, Pending(message=stored.id, writer=writer, due=telling.now, in_thread=stored.origin is not None))
    return telling.done("sent_held")


def _keep(telling: Telling, stored: Message) -> Change:
    match stored.state:
        case WordsState.HELD:
            return decide_held(telling, DecideHeld(message=stored.id, send=False))
        case WordsState.PENDING:
            waiting = tuple(each for each in telling.ticket.pending if each.message != stored.id)
            telling.become(replace(telling.ticket, pending=waiting))
            telling.disarm(TimerKind.UNDO, stored.id)
            telling.rewrite(stored.id, state=WordsState.INSIDE)
            telling.log("message.kept_inside", message=stored.id, in_thread=stored.origin is not None)
            return telling.done("kept_inside")
        case WordsState.INSIDE:
            return telling.done("kept_inside")
        case state if state in STUCK:
            return retry(telling, Retry(stored=stored, withdraw=True))
        case _:
            raise telling.refuse("left_already")


def _take_back(telling: Telling, stored: Message) -> Change | None:
    match stored.state:
        case WordsState.INSIDE | WordsState.HELD:
            return _keep(telling, stored)
        case WordsState.FAILED:
            return retry(telling, Retry(stored=stored, withdraw=True))
        case WordsState.PENDING:
            return unsend(telling, Unsend(stored=stored))
        case _:
            # The post stays in the thread: its ✅ would say that the user still has it.
            telling.log("message.taken_back", message=stored.id, in_thread=stored.origin is not None)
            change = unsend(telling, Unsend(stored=stored))
            return replace(change, code="called_back") if change is not None and change.code == "deleted" else change
