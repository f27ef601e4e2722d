"""How use cases put their question to the writer."""

from bridge.desk.room import Room
from bridge.domain.change import Change, Verdict
from bridge.domain.errors import NoSuchTicket
from bridge.domain.events import FromBot
from bridge.domain.fanout import spread
from bridge.domain.refs import BotName, MessageId, TicketId
from bridge.domain.ticket import Ticket
from bridge.domain.words import User
from bridge.store.asks import Ask, ByTicket, Decide, Situation


def hears(room: Room, bot: BotName) -> bool:
    """Has the bot an address for callbacks? Without one it reads the feed.

    For a bot that the file does not name now, what it should hear waits until it does.
    """
    entry = room.rules.current.bots.get(bot)
    return entry is None or entry.callback is not None


def chosen(room: Room, bot: BotName) -> frozenset[str] | None:
    """The events its file entry names; None: all but the quiet ones."""
    entry = room.rules.current.bots.get(bot)
    return entry.callback.events if entry is not None and entry.callback is not None else None


def spread_over(room: Room, before: Ticket, change: Change | None) -> Change | None:
    """The change with everything that must be told because of it."""
    if change is None:
        return None
    return spread(before, change, bot_hears=hears(room, before.bot), chosen=chosen(room, before.bot))


async def of_bot(
    room: Room,
    event: FromBot,
    ticket: TicketId,
    decide: Decide,
    *,
    externals: tuple[str, ...] = (),
    messages: tuple[MessageId, ...] = (),
    brief: bool = False,
    files: tuple[str, ...] = (),
) -> Verdict | None:
    """A bot's question about one of its own tickets; another bot's does not exist for it."""
    return await room.store.writer.decide(
        Ask(
            find=ByTicket(ticket, event.bot),
            decide=decide,
            key=event.key,
            fingerprint=event.fingerprint,
            externals=externals,
            messages=messages,
            brief=brief,
            files=files,
        )
    )


def ticket_of(seen: Situation) -> Ticket:
    if seen.ticket is None:
        raise NoSuchTicket
    return seen.ticket


def user_of(seen: Situation) -> User:
    if seen.user is None:
        raise NoSuchTicket
    return seen.user


def certain(verdict: Verdict | None) -> Verdict:
    """The verdict of a decision that always changes something."""
    if verdict is None:
        raise NoSuchTicket
    return verdict
