"""Is somebody there? What a bot may know before it asks for a person."""

from dataclasses import dataclass
from datetime import datetime

from bridge.domain import calendars
from bridge.domain.measures import Spread
from bridge.domain.policy import Calendar
from bridge.domain.routing import Route

UNKNOWN = Spread(p50=None, p90=None, p99=None, count=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """A route as it is now, and what it was like lately."""

    queue_depth: int
    """Tickets nobody has, without those that rest."""
    wait: Spread
    """From opened to first claimed, over the last four weeks."""
    people: int | None
    """Members who are there; None where nobody can know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    route: str
    open: bool
    next_opening: datetime | None
    timezone: str
    """The office's."""
    people_on_shift: int | None = None
    queue_depth: int | None = None
    wait: Spread = UNKNOWN


def hours_of(route: Route) -> Calendar | None:
    """A route's office hours: the clock of its waiting ladder, else the hours it is matched in, else always."""
    ladder = route.policy.waiting
    if ladder is not None and ladder.clock is not None:
        return ladder.clock
    return route.when.calendar if route.when is not None and route.when.inside else None


def availability_of(route: Route, crowd: Crowd | None, now: datetime) -> Availability:
    calendar = hours_of(route)
    is_open = calendar is None or calendars.is_open(calendar, now)
    return Availability(
        route=route.name,
        open=is_open,
        next_opening=None if is_open or calendar is None else calendars.next_opening(calendar, now),
        timezone=calendar.timezone if calendar is not None else "UTC",
        people_on_shift=crowd.people if crowd is not None else None,
        queue_depth=crowd.queue_depth if crowd is not None else None,
        wait=crowd.wait if crowd is not None else UNKNOWN,
    )
