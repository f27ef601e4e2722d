"""What Discord's refusals mean to us: one table, and the few that carry no code."""

import math
from collections.abc import Mapping
from datetime import timedelta

import aiohttp
import discord

from bridge.domain.errors import (
    AccessMissing,
    ContentRejected,
    DeliveryError,
    DestinationGone,
    OutcomeUnknown,
    PlatformDown,
    RateLimited,
    Scope,
    TryLater,
    Undeliverable,
)

TOO_LATE, ALREADY_ANSWERED = 10062, 40060

DEFAULT_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)


class ThreadArchived(TryLater):
    """Nothing but a plain message is taken by an archived thread: wake it first."""


class ThreadExists(Undeliverable):
    """The message has its thread already: whoever wanted one is served."""


class MessageGone(DestinationGone):
    """The message is gone; its channel may well stand."""


# Codes: Discord's documentation, topics/opcodes-and-status-codes. The sentence names the remedy for operators.
MEANING: Mapping[int, tuple[type[DeliveryError], str]] = {
    # gone
    10003: (DestinationGone, "unknown channel or thread"),
    10004: (DestinationGone, "unknown server"),
    10008: (MessageGone, "unknown message"),
    10013: (DestinationGone, "unknown user"),
    10015: (DestinationGone, "unknown webhook"),
    50027: (DestinationGone, "the interaction's token has run out"),
    # rights
    50001: (AccessMissing, "the bot cannot see the channel: View Channel is missing"),
    50007: (AccessMissing, "this person takes no direct messages from the bot"),
    50013: (AccessMissing, "a permission is missing in this channel"),
    160005: (AccessMissing, "the thread is locked: Manage Threads is missing"),
    # limits
    20016: (TryLater, "slow mode"),
    20028: (TryLater, "the channel's write limit"),
    40062: (TryLater, "a shared resource is limited"),
    30046: (TryLater, "too many edits of messages older than an hour"),
    30010: (Undeliverable, "the message has 20 different reactions already"),
    # content
    40005: (ContentRejected, "too large"),
    50006: (ContentRejected, "empty message"),
    50035: (ContentRejected, "invalid form body"),
    # threads
    40067: (Undeliverable, "this forum wants a tag on each post"),
    50024: (Undeliverable, "this kind of channel cannot do that: a text channel is needed"),
    50083: (ThreadArchived, "the thread is archived"),
    160004: (ThreadExists, "the message has a thread already"),
    160006: (TryLater, "the server has too many active threads: archive some"),
}


class Slowed(Exception):
    """A 429 as it came, before discord.py would sleep on it: the outbox keeps the pace here."""

    def __init__(self, wait: object, *, everywhere: bool) -> None:
        super().__init__("429")
        self.wait = sane_wait(wait)
        self.everywhere = everywhere


class Broken(Exception):
    """A 5xx as it came, before discord.py would repeat the call five times."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def sane_wait(seconds: object) -> timedelta:
    """Half a minute where the wait makes no sense, never over a quarter of an hour."""
    try:
        wait = float(seconds)  # type: ignore[arg-type]  # whatever stood in the answer; what is no number raises
    except (TypeError, ValueError):
        return DEFAULT_WAIT
    if not math.isfinite(wait) or wait < 0:
        return DEFAULT_WAIT
    # Taken literally a wait of nothing is a busy loop.
    return min(timedelta(seconds=max(wait, 0.25)), LONGEST_WAIT)


def translate(error: BaseException) -> DeliveryError:
    """The middle's error for anything a call to Discord can raise."""
    match error:
        case DeliveryError():
            return error
        case Slowed(wait=wait, everywhere=everywhere):
            return RateLimited("Discord asks to slow down", wait, Scope.PLATFORM if everywhere else Scope.LANE)
        case discord.RateLimited(retry_after=seconds):
            return RateLimited("Discord asks to slow down", sane_wait(seconds), Scope.LANE)
        case Broken(status=status):
            return OutcomeUnknown(f"Discord answered {status}")
        case discord.LoginFailure():
            return PlatformDown("Discord refuses the token")
        case discord.HTTPException():
            return _of_answer(error)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            # Nothing was sent: refused, no such name, no TLS, or no connection in time.
            return TryLater(f"Discord cannot be reached: {type(error).__name__}")
        case _:
            return OutcomeUnknown(f"no usable answer: {type(error).__name__}")


def _of_answer(error: discord.HTTPException) -> DeliveryError:
    if error.status == 401 and error.code not in MEANING:
        return PlatformDown("Discord refuses the token")
    if error.code in MEANING:
        kind, reason = MEANING[error.code]
        return kind(f"{reason} ({error.code})")
    reason = f"Discord answered {error.status}, code {error.code}"
    if error.status == 403:
        return AccessMissing(reason)
    if error.status == 404:
        return DestinationGone(reason)
    if error.status == 429:
        return RateLimited(reason, DEFAULT_WAIT, Scope.PLATFORM)
    return OutcomeUnknown(reason) if error.status >= 500 else ContentRejected(reason)
