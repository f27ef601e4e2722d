"""Replies that have not reached the bot: tried again, sent although they are old, given up."""

from dataclasses import replace

from bridge.domain.actions import Retry
from bridge.domain.change import Change, Fate
from bridge.domain.events import TimerKind
from bridge.domain.fanout.replies import LATE_AFTER
from bridge.domain.lifecycle.rules import must_be_of_team, stale_at
from bridge.domain.lifecycle.speaking import leave
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.people import Assignee
from bridge.domain.refs import MemberKey, MessageId
from bridge.domain.ticket import Pending
from bridge.domain.words import Message, WordsState


def retry(telling: Telling, action: Retry) -> Change:
    """Try a reply again, keep trying a late one, send a stale one; or give it up."""
    must_be_of_team(telling)
    stored = action.stored
    match stored.state:
        case WordsState.FAILED | WordsState.SENDING | WordsState.STALE if action.withdraw:
            return _give_up(telling, action)
        case WordsState.FAILED:
            telling.become(replace(telling.ticket, failed=max(0, telling.ticket.failed - 1)))
            writer = Assignee(key=MemberKey(stored.author_key), name=stored.author_name or telling.actor.name)
            leave(telling, Pending(message=stored.id, writer=writer, due=telling.now, in_thread=True))
            return telling.done("retried")
        case WordsState.STALE:
            _send_now(telling, stored.id)
            return telling.done("sent_held")
        case WordsState.SENDING:
            return telling.done("keeps_trying")
        case _:
            raise telling.refuse("not_failed")


def _give_up(telling: Telling, action: Retry) -> Change:
    stored = action.stored
    if stored.handed:
        call_back(telling, stored)
        return telling.done("deleted")
    if stored.state is WordsState.FAILED:
        telling.become(replace(telling.ticket, failed=max(0, telling.ticket.failed - 1)))
    else:
        not_told(telling, stored.id)
    telling.rewrite(stored.id, state=WordsState.UNSENT)
    telling.log("message.unsent", message=stored.id, in_thread=stored.origin is not None)
    return telling.done("withdrawn")


def _send_now(telling: Telling, message: MessageId) -> None:
    """Those written before it go first: their order is the writer's order."""
    stale = telling.ticket.stale
    upto = next((index for index, each in enumerate(stale) if each.message == message), 0)
    for each in stale[: upto + 1]:
        telling.rewrite(each.message, state=WordsState.SENDING)
        telling.callback(each.message, Fate.GOES, stale_at(telling))
        telling.arm(TimerKind.LATE, telling.now + LATE_AFTER, each.message)
        telling.log("message.released", message=each.message, in_thread=each.in_thread)
    telling.become(replace(telling.ticket, stale=stale[upto + 1 :]))


def call_back(telling: Telling, stored: Message) -> None:
    """The bot may have it, and its user too: it is told to delete it, or the words stand."""
    if not telling.ticket.capabilities.delete:
        raise telling.refuse("delete_impossible", bot=telling.ticket.bot, message=stored.id)
    not_told(telling, stored.id, Fate.KNOWN)
    telling.rewrite(stored.id, state=WordsState.DELETED)
    tell_correction(telling, "message.deleted", stored)


def tell_correction(telling: Telling, kind: str, stored: Message) -> None:
    """Under the name the words were told under."""
    telling.log(
        kind,
        tell=True,
        message=stored.id,
        author_name=telling.ticket.policy.relay.alias(stored.author_name or telling.actor.name),
        author_avatar=telling.actor.avatar_url,
        in_thread=stored.origin is not None,
    )


def not_told(telling: Telling, message: MessageId, fate: Fate = Fate.NEVER) -> None:
    """The bot will not be told of it, and what waits behind it goes on."""
    telling.callback(message, fate)
    telling.disarm(TimerKind.LATE, message)
    telling.become(replace(telling.ticket, stale=tuple(s for s in telling.ticket.stale if s.message != message)))


def give_up_stale(telling: Telling) -> None:
    """The ticket ends: what nobody decided to send stays here, and is said not to have been sent.

    What the bot may have is called back, and where that cannot be it stands.
    """
    for each in telling.ticket.stale:
        if not each.handed:
            not_told(telling, each.message)
            telling.rewrite(each.message, state=WordsState.UNSENT)
            telling.log("message.not_sent", message=each.message, name=each.writer.name, in_thread=each.in_thread)
            continue
        not_told(telling, each.message, Fate.KNOWN)
        if telling.ticket.capabilities.delete:
            telling.rewrite(each.message, state=WordsState.DELETED)
            alias = telling.ticket.policy.relay.alias(each.writer.name)
            telling.log("message.deleted", tell=True, message=each.message, author_name=alias, in_thread=each.in_thread)
            telling.log("message.called_back", message=each.message, name=each.writer.name, in_thread=each.in_thread)
        else:
            telling.rewrite(each.message, state=WordsState.SENT)
            telling.log("message.sent", message=each.message, in_thread=each.in_thread)
