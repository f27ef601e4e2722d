"""What a user may be told while they wait, in their language and on their clock. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.availability import Availability
from bridge.domain.policy import Stage
from bridge.domain.routing import language_tag
from bridge.domain.saying.words import TONGUES, Tongue

__all__ = ["availability_text", "stage_text", "wait_in_words"]

ROUND_TO = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60)
"""Minutes a wait is rounded up to: a promise that looks exact is read as one."""
ENOUGH = 5
"""Claims from which on a usual wait is one."""


def tongue_of(language: str | None) -> Tongue:
    """`fr-CA` is French; a language we do not speak is answered in English."""
    return TONGUES.get(language_tag(language).partition("-")[0] if language else "en", TONGUES["en"])


def wait_in_words(wait: timedelta | None, language: str | None) -> str:
    """`5 minutes`; without a known wait, a little while."""
    tongue = tongue_of(language)
    if wait is None:
        return tongue.soon
    minutes = -(-int(wait.total_seconds()) // 60)
    if minutes <= 1:
        return tongue.under_a_minute
    rounded = next((each for each in ROUND_TO if minutes <= each), None)
    if rounded is not None and rounded < 60:
        return tongue.minutes.format(n=rounded)
    hours = -(-minutes // 60)
    return tongue.hour if hours == 1 else tongue.hours.format(n=hours)


def usual_wait(availability: Availability) -> timedelta | None:
    """What most people waited lately; None while too few did."""
    return availability.wait.p50 if availability.wait.count >= ENOUGH else None


def availability_text(availability: Availability, now: datetime, language: str | None, timezone: str | None) -> str:
    """Whether somebody is there, and else when. Times are the user's own, else the office's, which is then named."""
    tongue = tongue_of(language)
    if availability.open:
        wait = usual_wait(availability)
        return tongue.here if wait is None else tongue.here_in.format(wait=wait_in_words(wait, language))
    if availability.next_opening is None:
        return tongue.away
    return tongue.away_until.format(when=_when(tongue, availability, now, timezone))


def _when(tongue: Tongue, availability: Availability, now: datetime, timezone: str | None) -> str:
    """The next opening as people say it."""
    zone, named = _zone(timezone), False
    if zone is None:
        zone, named = ZoneInfo(availability.timezone), True
    at, today = (availability.next_opening or now).astimezone(zone), now.astimezone(zone).date()
    time = f"{at:%H:%M}" + (f" ({availability.timezone})" if named else "")
    ahead = (at.date() - today).days
    if ahead <= 1:
        return (tongue.tomorrow if ahead else tongue.today).format(time=time)
    if ahead < 7:
        return tongue.weekday.format(weekday=tongue.weekdays[at.weekday()], time=time)
    return tongue.date.format(day=at.day, month=tongue.months[at.month - 1], time=time)


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError):  # what a bot calls a time zone need not be one
        return None
    except KeyError:
        return None


def stage_text(stage: Stage, language: str | None) -> str:
    """The text of a stage whose route has none of its own, with its placeholders."""
    tongue = tongue_of(language)
    match stage:
        case Stage.OPENED:
            return tongue.here
        case Stage.WAITING:
            return tongue.waiting
        case Stage.ASSIGNED:
            return tongue.assigned
        case Stage.CLOSED:
            return tongue.closed
