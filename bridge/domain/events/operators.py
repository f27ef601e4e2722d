"""What operators do: from the command line, or as admins on the console's page of operations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from bridge.domain.events.key import EventKey
from bridge.domain.refs import BotName, DeliveryId, Lane
from bridge.domain.words import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who acts. `facts` say where from (address, request); they go into the audit."""

    key: str
    """`operator:NAME` on the command line, `console:NAME` on the page."""
    via: str
    facts: Mapping[str, Scalar] = field(default_factory=dict)


class Settle(StrEnum):
    """What an operator decides about a delivery."""

    RETRY = "retry"
    """Send it anew, or at once if it waits for its next attempt."""
    DROP = "drop"
    """It shall never leave."""
    ADOPT = "adopt"
    """Its outcome was unknown: it is there, behind this link."""
    POST_AGAIN = "post_again"
    """Its outcome was unknown: it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettled:
    """An operator's decision about one delivery. `link` is the web address of what to adopt."""

    delivery: DeliveryId
    settle: Settle
    by: Operator
    at: datetime
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePaused:
    """Send nothing there until it is resumed. A lane without a place is its whole platform."""

    lane: Lane
    by: Operator
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneResumed:
    """Whatever paused it: send there again."""

    lane: Lane
    by: Operator
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserErasure:
    """Erase a bot's user: asked by an operator, an admin, or the bot itself (`bot:NAME`)."""

    bot: BotName
    external_id: str
    by: Operator
    at: datetime
    key: EventKey | None = None
    fingerprint: str = ""


OperatorEvent: TypeAlias = DeliverySettled | LanePaused | LaneResumed
