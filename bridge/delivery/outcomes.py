"""What an attempt's end means for its delivery, and what else has to wait. Pure: one table of error classes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from bridge.delivery.backoff import CALLBACKS, CHATS, FIRST_LOOK, after_unknown, sane
from bridge.domain.deliveries import (
    Alert,
    CloseThread,
    Content,
    EditWords,
    Ending,
    Mark,
    Posted,
    RefreshCard,
    RetractWords,
    Taken,
    TellBot,
)
from bridge.domain.errors import (
    AccessMissing,
    DeliveryError,
    DestinationGone,
    OutcomeUnknown,
    PlatformDown,
    RateLimited,
    Scope,
    TryLater,
    Undeliverable,
)

SURPRISES = 5
"""Attempts after which an error nobody foresaw is given up: a bug must not turn for ever."""


@dataclass(frozen=True, slots=True)
class LaneWaits:
    """The whole lane, until then; None: until somebody sees to it."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class BudgetWaits:
    name: str
    wait: timedelta


@dataclass(frozen=True, slots=True)
class PlatformWaits:
    """Every lane of the platform, until then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class PlatformAway:
    """Every lane of the platform, until it is well again."""


Hold: TypeAlias = LaneWaits | BudgetWaits | PlatformWaits | PlatformAway


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a delivery stands after an attempt."""

    ending: Ending
    posted: Posted | None = None
    reason: str | None = None
    not_before: datetime | None = None
    hold: Hold | None = None
    in_doubt: bool = False
    """It may have happened, and is done again: twice is as good as once."""
    place_lost: bool = False
    """Nothing of the kind will ever be taken there: it is archived, deleted, or we are not let in."""


def repeatable(content: Content) -> bool:
    """Doing it twice is as good as once, so an unknown outcome needs no look.

    An alert rings twice rather than never; a bot deduplicates by the key.
    """
    return isinstance(content, EditWords | RetractWords | RefreshCard | CloseThread | Mark | Alert | TellBot)


def outcome_of(error: Exception, taken: Taken, now: datetime, jitter: float) -> Outcome:
    """What follows from the error an attempt ended with."""
    match error:
        case RateLimited():
            wait = sane(error.retry_after)
            return Outcome(
                ending=Ending.RETRY, reason=error.reason, not_before=now + wait, hold=_hold(error, now, wait)
            )
        case TryLater():
            return _later(taken, now, jitter, error.reason, error.retry_after)
        case PlatformDown():
            return Outcome(ending=Ending.RETRY, reason=error.reason, not_before=now, hold=PlatformAway())
        case DestinationGone() if isinstance(taken.delivery.content, TellBot):
            # 410: nothing more is sent there until somebody resumes the lane; then this answer goes first.
            return Outcome(ending=Ending.RETRY, reason=error.reason, not_before=now, hold=LaneWaits(None))
        case DestinationGone() | AccessMissing():
            return Outcome(ending=Ending.DEAD, reason=error.reason, place_lost=True)
        case Undeliverable():
            return Outcome(ending=Ending.DEAD, reason=error.reason)
        case OutcomeUnknown() | DeliveryError():
            return _unknown(taken, now, jitter, error.reason)
        case _ if taken.attempt >= SURPRISES:
            return Outcome(ending=Ending.DEAD, reason=f"unforeseen: {type(error).__name__}")
        case _:
            return _unknown(taken, now, jitter, f"unforeseen: {type(error).__name__}")


def unreadable(error: Exception, now: datetime, looks: int) -> Outcome:
    """The look itself failed: the outcome stays unknown, and what the error asks for waits."""
    reason = error.reason if isinstance(error, DeliveryError) else f"unforeseen: {type(error).__name__}"
    wait, hold = after_unknown(looks), None
    match error:
        case DestinationGone():
            return Outcome(ending=Ending.DEAD, reason=reason, place_lost=True)
        case RateLimited():
            wait = sane(error.retry_after)
            hold = _hold(error, now, wait)
        case PlatformDown():
            hold = PlatformAway()
        case _:
            pass
    return Outcome(ending=Ending.UNKNOWN, reason=reason, not_before=now + wait, hold=hold)


def _later(taken: Taken, now: datetime, jitter: float, reason: str, asked: timedelta | None = None) -> Outcome:
    schedule = CALLBACKS if isinstance(taken.delivery.content, TellBot) else CHATS
    due = schedule.next_try(taken.attempt, taken.first_at or now, now, jitter)
    if due is None:
        return Outcome(ending=Ending.DEAD, reason=f"given up: {reason}")
    if asked is not None:
        due = max(due, now + sane(asked))
    return Outcome(ending=Ending.RETRY, reason=reason, not_before=due)


def _unknown(taken: Taken, now: datetime, jitter: float, reason: str) -> Outcome:
    if repeatable(taken.delivery.content):
        return replace(_later(taken, now, jitter, reason), in_doubt=True)
    return Outcome(ending=Ending.UNKNOWN, reason=reason, not_before=now + FIRST_LOOK)


def _hold(error: RateLimited, now: datetime, wait: timedelta) -> Hold:
    match error.scope:
        case Scope.PLATFORM:
            return PlatformWaits(now + wait)
        case Scope.BUDGET if error.budget is not None:
            return BudgetWaits(error.budget, wait)
        case Scope.BUDGET | Scope.LANE:
            return LaneWaits(now + wait)
