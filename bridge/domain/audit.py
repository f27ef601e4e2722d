"""Who did what to the site. What members do to a ticket stands in the ticket's own log; the rest stands here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bridge.domain.words import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One act. It holds ids, digests and counts: never words of people, never a secret."""

    at: datetime
    actor: str
    """A member's key, `operator:NAME` for the command line, `bot:NAME`, or `system:WHAT`."""
    via: str
    """Where it was done: `console`, `command`, `api`, `daemon`."""
    action: str
    """Dotted, the noun first: `session.began`, `delivery.retried`, `lane.paused`, `config.reloaded`."""
    object: str
    """What it was done to: a delivery's id, a lane, a member's name, a file's digest."""
    facts: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Latest first."""

    rows: tuple[Audited, ...]
    next: str | None = None
    """Cursor of the next page."""
