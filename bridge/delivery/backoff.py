"""When to try again. Pure; `jitter` is a number from 0 to 1 that the caller drew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

DEFAULT_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
ABSURD_WAIT = timedelta(days=1)
SPREAD = 0.1
"""Jitter adds at most this share of the wait: many heads of one dead endpoint must not come back as one wave."""

FIRST_LOOK = timedelta(seconds=5)
"""How old an attempt must be before its outcome can be read: platforms show a post a little after they take it."""
SECOND_LOOK = timedelta(seconds=10)
LOOK_BACK = timedelta(seconds=120)
"""A look begins this much before the attempt: their clock is not ours."""


def _hours(*hours: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(hours=each) for each in hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Tries by age since the first one, then waits between the last ones; then it is given up."""

    quick: Sequence[int]
    """Ages in seconds of the first tries."""
    then: Sequence[tuple[int, timedelta]]
    """Every so many seconds until that age."""
    last: Sequence[timedelta]
    """Waits after that, one try each."""

    def next_try(self, attempt: int, first_at: datetime, now: datetime, jitter: float) -> datetime | None:
        """When to try after attempt number `attempt` failed; None: give it up."""
        wait = self._wait(attempt, now - first_at)
        return None if wait is None else now + wait * (1 + SPREAD * jitter)

    def _wait(self, attempt: int, age: timedelta) -> timedelta | None:
        if attempt < len(self.quick):
            return timedelta(seconds=self.quick[attempt] - self.quick[attempt - 1])
        for every, until in self.then:
            if age < until:
                return timedelta(seconds=every)
        edge = self.then[-1][1]
        for wait in self.last:
            edge += wait
            if age < edge:
                return edge - age
        return None


QUICK = (0, 1, 2, 5, 10, 20, 30)

CALLBACKS = Schedule(
    quick=QUICK,
    then=((30, timedelta(minutes=10)), (60, timedelta(hours=1))),
    last=_hours(2, 5, 10, 14, 20, 24),
)
"""A person is waiting, so quick first. The last waits are those of Standard Webhooks: 76 hours in all."""

CHATS = Schedule(
    quick=QUICK,
    then=((60, timedelta(hours=1)), (300, timedelta(days=7))),
    last=(),
)
"""Roots and thread messages wait for their platform; a week is long enough to notice."""


def after_unknown(looks: int) -> timedelta:
    """How long to wait when a look could not be made: 10, 20, 40 … seconds, at most 5 minutes."""
    return min(timedelta(seconds=10 * 2 ** min(looks, 6)), timedelta(minutes=5))


def sane(asked: timedelta | None) -> timedelta:
    """A wait a shore asked for: nothing or nonsense is 30 s; never more than 15 min."""
    if asked is None or asked <= timedelta(0) or asked > ABSURD_WAIT:
        return DEFAULT_WAIT
    return min(asked, LONGEST_WAIT)
