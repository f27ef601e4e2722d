"""What is wrong with the site as a whole, and when the people who keep it are told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.domain.refs import Lane
from bridge.domain.words import Scalar

SETTLE = timedelta(seconds=30)
"""What is over by itself within this time is told to nobody."""
AT_MOST_EVERY = timedelta(hours=1)
"""Between two tellings of one alarm that comes and goes."""


class Trouble(StrEnum):
    """What an alarm may be about; `domain.notices.alarms` has a sentence for each.

    Not the store: what it does not take it could not have told. `/readyz` answers 503 then, and the log says why.
    """

    PLATFORM_DOWN = "platform_down"
    BOT_UNREACHABLE = "bot_unreachable"
    ENDPOINT_DISABLED = "endpoint_disabled"
    CONFIG_REFUSED = "config_refused"
    TICKETS_ORPHANED = "tickets_orphaned"
    GIVEN_UP = "given_up"
    TARGET_GONE = "target_gone"
    OUTCOME_UNREADABLE = "outcome_unreadable"
    EVENT_QUARANTINED = "event_quarantined"
    LOOP_LAG = "loop_lag"
    DRILL = "drill"


URGENT = frozenset(
    {
        Trouble.ENDPOINT_DISABLED,
        Trouble.TARGET_GONE,
        Trouble.CONFIG_REFUSED,
        Trouble.TICKETS_ORPHANED,
        Trouble.EVENT_QUARANTINED,
        Trouble.DRILL,
    }
)
"""These do not pass by themselves, so they are told at once."""


def about_event(scope: str, key: str) -> str:
    """The key of the alarm about an event that was put aside."""
    return f"event {scope} {key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that is wrong, or was. `facts` hold no words of users and no secrets."""

    key: str
    what: str
    """One of `Trouble`; one of a later version is shown by its name."""
    since: datetime
    facts: Mapping[str, Scalar] = field(default_factory=dict)
    told_at: datetime | None = None
    ended_at: datetime | None = None
    over_at: datetime | None = None
    """When its end was told."""
    roads: tuple[Lane, ...] = ()
    """Where it was told."""

    @property
    def stands(self) -> bool:
        return self.ended_at is None

    def closes(self, lane: Lane) -> bool:
        """It cannot be told there, because that is what it is about."""
        if self.what == Trouble.PLATFORM_DOWN:
            return self.facts.get("platform") == lane.platform
        return self.facts.get("lane") == str(lane)

    @property
    def was_told(self) -> bool:
        """Since it began this time."""
        return self.told_at is not None and self.told_at >= self.since

    def wants_telling(self, now: datetime) -> bool:
        if not self.stands or self.was_told:
            return False
        if self.what not in URGENT and now < self.since + SETTLE:
            return False
        return self.told_at is None or now >= self.told_at + AT_MOST_EVERY

    def wants_its_end_told(self) -> bool:
        return not self.stands and self.was_told and self.over_at is None
