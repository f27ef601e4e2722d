"""Every error class of the middle.

HandrailError
├── NotAllowed              the table has no arrow, or the actor may not; one sentence for that person
├── AlreadySeen             this event's key was committed before with another body
├── NoSuchTicket            nothing by that name that this caller may see
├── RulebookError           every complaint about the config file
├── StoreTrouble            the database cannot take a write now
│   └── StoreUnsure         it went away during a commit: ask again by the same key
└── DeliveryError
    ├── TryLater            known not to have happened
    │   └── RateLimited     with the scope that has to wait
    ├── OutcomeUnknown      it may have happened: look before repeating
    ├── PlatformDown        revoked token, outage: every lane of it pauses after one call
    └── Undeliverable       repeating cannot help
        ├── DestinationGone
        ├── AccessMissing
        └── ContentRejected
"""

from datetime import timedelta
from enum import StrEnum


class HandrailError(Exception):
    """Root of all errors Handrail raises on purpose."""


class NotAllowed(HandrailError):
    """The act is refused.

    `code` is stable (see `domain.notices`), `facts` fill its sentence; words of users never stand in them.
    """

    def __init__(self, code: str, **facts: str | float | bool | None) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class AlreadySeen(HandrailError):
    """The key was committed before, but for another request body: an idempotency conflict."""


class NoSuchTicket(HandrailError):
    """No ticket, message or conversation by that name within the caller's reach."""


class RulebookError(HandrailError):
    """The config file is refused. `complaints` are finished lines `file:line:column: path: what is wrong`."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


class StoreTrouble(HandrailError):
    """The database is full, locked or away; nothing was written."""


class StoreUnsure(StoreTrouble):
    """The database went away during a commit: whether it was made cannot be told now. A key tells it later."""


class DeliveryError(HandrailError):
    """A delivery did not end well. `reason` is for operators: never text of users, never secrets."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TryLater(DeliveryError):
    """Known not to have happened. `retry_after` None means the usual back-off."""

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Scope(StrEnum):
    """What has to wait after a rate limit."""

    LANE = "lane"
    BUDGET = "budget"
    PLATFORM = "platform"


class RateLimited(TryLater):
    """The destination asked us to slow down."""

    def __init__(self, reason: str, retry_after: timedelta, scope: Scope, budget: str | None = None) -> None:
        super().__init__(reason, retry_after)
        self.scope = scope
        self.budget = budget


class OutcomeUnknown(DeliveryError):
    """It may have happened: time-out, reset, 5xx. Never repeated before a look."""


class PlatformDown(DeliveryError):
    """The whole platform is out of reach: revoked token, refused sign-in."""


class Undeliverable(DeliveryError):
    """Repeating cannot help; a human must look."""


class DestinationGone(Undeliverable):
    """Archived channel, deleted thread, removed bot."""


class AccessMissing(Undeliverable):
    """A scope or permission is missing; the reason names it."""


class ContentRejected(Undeliverable):
    """Too long, bad blocks: the platform will never take these words in this form."""
