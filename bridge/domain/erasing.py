"""Words that go for good: a user is erased, or a closed ticket was kept long enough. The log stays, with its counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from bridge.domain.change import Change
from bridge.domain.deliveries import CloseThread, Content, Delivery, PostLine, RetractWords, Strand, Urgency
from bridge.domain.events import TimerKind
from bridge.domain.fanout import spread
from bridge.domain.lifecycle.owning import end
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.lifecycle.waiting_words import not_told
from bridge.domain.people import Actor, system
from bridge.domain.refs import BotName, Lane, MessageId, UserId
from bridge.domain.ticket import Emptied, Outcome, Ticket, TicketState, WhyEmptied
from bridge.domain.words import Brief, User

RETENTION: Final = system("retention")
ERASED: Final = "user.erased"
"""What the bot hears, and the line in each ticket's log."""
REMOVED: Final = "words.removed"

_TITLES: Final = {WhyEmptied.ERASED: "(erased)", WhyEmptied.KEPT_LONG_ENOUGH: "(words removed)"}

OUT_OF_REACH: Final = (
    "What members wrote themselves in Slack or Discord: the platform keeps it until they delete it there.",
    "Our posts that a platform does not let us delete any more; Operations lists those as failed.",
    "What the bot keeps for itself: it is told user.erased.",
    "Backups of the database and of the folder of files, and logs of platforms.",
)
"""Told before and after, so that nobody takes an erasure for more than it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is, or was, of a user."""

    tickets: int = 0
    open: int = 0
    messages: int = 0
    files: int = 0
    posts: int = 0
    """Posts of ours in threads that show their words."""

    def as_facts(self) -> Mapping[str, int]:
        return {
            "tickets": self.tickets, "open": self.open, "messages": self.messages, "files": self.files,
            "posts": self.posts,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFound:
    """A user as operators look for one: ids and counts, no words but the name they may have asked for."""

    id: UserId
    bot: BotName
    external_id: str
    name: str | None
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """That somebody was erased, and how much. It names them by our id and by a digest of the bot's id."""

    id: str
    bot: BotName
    user: UserId
    at: datetime
    counts: Counts
    again: bool = False
    """They had been erased before: nothing was done now."""


def person_digest(bot: str, external_id: str) -> str:
    """Under this a receipt is found by whoever knows the id."""
    return sha256(f"{bot}\0{external_id}".encode()).hexdigest()


def nobody(user: User) -> User:
    """What is left of a user: our id. What their bot calls them is free for somebody new."""
    return User(id=user.id, bot=user.bot, external_id=f"erased:{user.id}")


def faded(user: User) -> User:
    """A user of whom no words are kept: who they are to their bot stays, so that they are the same if they return."""
    return User(id=user.id, bot=user.bot, external_id=user.external_id)


def erase(
    ticket: Ticket, posts: Iterable[tuple[MessageId, Lane]], user: User, by: Actor, now: datetime, *,
    via: str, announce: Mapping[str, str | int] | None, bot_hears: bool,
) -> Change:  # fmt: skip
    """A ticket of a user who is erased: closed if it was open, its thread told in one line, our posts taken away.

    `announce` is what the bot is told with it; None where another ticket of theirs tells.
    """
    # Texts of ours that would be said to the user now are said to nobody.
    telling = Telling(replace(ticket, notices="bot", held=(), pending=()), by, now, via)
    for stale in ticket.stale:
        not_told(telling, stale.message)
    telling.become(replace(telling.ticket, failed=0, late=False, language=None, channel=None))
    telling.keep(brief=_no_words(ticket, WhyEmptied.ERASED, now), user=user)
    telling.log(ERASED, tell=announce is not None, more=announce)
    if ticket.state is not TicketState.CLOSED:
        end(telling, Outcome.CANCELLED, "the user was erased")
    for kind in TimerKind:
        telling.disarm(kind)
    telling.become(replace(telling.ticket, emptied=Emptied(why=WhyEmptied.ERASED, at=now), notices=ticket.notices))
    change = spread(ticket, telling.done("erased"), bot_hears=bot_hears)
    return replace(change, deliveries=_in_order(ticket, posts, change.deliveries))


def _in_order(
    ticket: Ticket, posts: Iterable[tuple[MessageId, Lane]], follows: tuple[Delivery, ...]
) -> tuple[Delivery, ...]:
    """The line first, since it wakes a thread that rests; then the posts go; then the rest, and the thread sleeps."""
    lane, was_closed = ticket.policy.lane, ticket.state is TicketState.CLOSED
    shown = lane is not None and (ticket.thread is not None or not was_closed)
    told: list[Delivery] = []
    if lane is not None and shown:
        told.append(_said(ticket, lane, PostLine("erased")))
    told += [_said(ticket, where, RetractWords(message)) for message, where in posts]
    told += [each for each in follows if shown or each.lane != lane]
    if lane is not None and shown and was_closed:
        told.append(_said(ticket, lane, CloseThread()))
    return tuple(told)


def _said(ticket: Ticket, lane: Lane, content: Content) -> Delivery:
    return Delivery(lane=lane, content=content, strand=Strand.WORDS, urgency=Urgency.WORDS, ticket=ticket.id)


def outlive(ticket: Ticket, now: datetime) -> Change | None:
    """A closed ticket that was kept as long as its route says; None when it is not its time, or all is done."""
    if not may_be_emptied(ticket, now):
        return None
    telling = Telling(replace(ticket, held=(), pending=(), stale=()), RETENTION, now, "auto")
    telling.become(replace(telling.ticket, emptied=Emptied(why=WhyEmptied.KEPT_LONG_ENOUGH, at=now)))
    telling.keep(brief=_no_words(ticket, WhyEmptied.KEPT_LONG_ENOUGH, now))
    telling.log(REMOVED, after_days=_days(ticket, now))
    for kind in TimerKind:
        telling.disarm(kind)
    return telling.done("emptied")


def may_be_emptied(ticket: Ticket, now: datetime) -> bool:
    if ticket.emptied is not None or ticket.closed_at is None or ticket.state is not TicketState.CLOSED:
        return False
    return now - ticket.closed_at >= ticket.policy.retain


def _days(ticket: Ticket, now: datetime) -> int:
    return (now - ticket.closed_at).days if ticket.closed_at is not None else 0


def _no_words(ticket: Ticket, why: WhyEmptied, now: datetime) -> Brief:
    """Wherever the ticket is shown, this stands in the place of its words."""
    day = f"{now.day} {now:%B %Y}"
    if why is WhyEmptied.ERASED:
        said = f"Its words were erased on {day}, because its user was to be forgotten."
    else:
        days = _days(ticket, now)
        said = f"Its words were removed on {day}, {days} day{'' if days == 1 else 's'} after it was closed."
    return Brief(ticket=ticket.id, title=_TITLES[why], summary=said)
