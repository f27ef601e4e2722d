"""Business hours: pure arithmetic on opening hours, with daylight saving taken as a clock on the office wall takes it.

A calendar is open exactly while that clock shows an opening hour: an hour shown twice counts twice, a skipped one not
at all. Opening hours include their start and leave out their end. Datetimes given are aware, those given back are UTC.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bridge.domain.policy import Calendar, Span

HORIZON = timedelta(days=3660)
"""How far ahead is looked; beyond it a calendar counts as never opening again."""

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


def is_open(calendar: Calendar, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(calendar.timezone)).replace(tzinfo=None)
    return any(start <= local < end for start, end in _local_spans(calendar, local.date()))


def next_opening(calendar: Calendar, at: datetime) -> datetime | None:
    """When it is open next: `at` itself while it is open, None if it does not open within the horizon."""
    for start, _ in _openings(calendar, at):
        return max(start, at.astimezone(UTC))
    return None


def closes_at(calendar: Calendar, at: datetime) -> datetime | None:
    """When the opening that holds at `at` ends; None while it is closed, or if it stays open beyond the horizon."""
    until: datetime | None = None
    for start, end in _openings(calendar, at):
        if start > (at if until is None else until):
            return until
        until = end
    return None if until is None or until >= at + HORIZON - _DAY else until


def add(calendar: Calendar | None, start: datetime, span: timedelta) -> datetime | None:
    """The first moment at which the clock has counted `span` since `start`; None: it never will.

    Without a calendar the clock is the wall's. A span of nothing ends at the next opening, not while it is closed:
    what is due "at once" outside office hours is due when the office opens.
    """
    if calendar is None:
        return start.astimezone(UTC) + max(span, _NOTHING)
    left = max(span, _NOTHING)
    for opens, closes in _openings(calendar, start):
        begin = max(opens, start.astimezone(UTC))
        if left <= closes - begin:
            return begin + left
        left -= closes - begin
    return None


def between(calendar: Calendar | None, start: datetime, end: datetime) -> timedelta:
    """How much the clock counts from `start` to `end`; nothing if `end` is not later."""
    if end <= start:
        return _NOTHING
    if calendar is None:
        return end - start
    total = _NOTHING
    for opens, closes in _openings(calendar, start, until=end):
        if opens >= end:
            break
        total += min(closes, end) - max(opens, start)
    return total


def _openings(
    calendar: Calendar, start: datetime, *, until: datetime | None = None
) -> Iterator[tuple[datetime, datetime]]:
    """UTC intervals that end after `start`, in order, never overlapping; touching ones come apart."""
    zone = ZoneInfo(calendar.timezone)
    # A day early and late: near a date's end, another offset may put a span of the neighbouring date into reach.
    day = start.astimezone(zone).date() - _DAY
    last = (until or start + HORIZON).astimezone(zone).date() + _DAY
    while day <= last:
        for opens, closes in _of_day(calendar, day):
            if closes > start:
                yield opens, closes
        day += _DAY


def _of_day(calendar: Calendar, day: date) -> list[tuple[datetime, datetime]]:
    spans = _local_spans(calendar, day)
    if not spans:
        return []
    pieces = [
        (max(start - offset, since), min(end - offset, until))
        for since, until, offset in _offsets(calendar.timezone, day)
        for start, end in spans
    ]
    return [(opens.replace(tzinfo=UTC), closes.replace(tzinfo=UTC)) for opens, closes in pieces if opens < closes]


def _local_spans(calendar: Calendar, day: date) -> list[tuple[datetime, datetime]]:
    """The day's hours as naive local times, in order."""
    spans = calendar.exceptions.get(day)
    if spans is None:
        spans = calendar.weekly.get(day.weekday(), ())
    return [(datetime.combine(day, span.start), _end(day, span)) for span in sorted(spans, key=lambda span: span.start)]


def _end(day: date, span: Span) -> datetime:
    if span.end == time.max:
        return datetime.combine(day + _DAY, time.min)
    return datetime.combine(day, span.end)


@lru_cache(maxsize=8192)
def _offsets(timezone: str, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """Which UTC offset holds when, around one local date: (from, to, offset) in naive UTC, in order."""
    zone = ZoneInfo(timezone)
    since = datetime.combine(day, time.min) - _DAY
    until = since + 3 * _DAY
    before, after = _offset(zone, since), _offset(zone, until)
    if before == after:
        return ((since, until, before),)
    # Offsets change at whole seconds; three days hold at most one change in every zone that is known.
    early, late = since, until
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=int((late - early).total_seconds()) // 2)
        if _offset(zone, middle) == before:
            early = middle
        else:
            late = middle
    return ((since, late, before), (late, until, after))


def _offset(zone: ZoneInfo, utc: datetime) -> timedelta:
    return utc.replace(tzinfo=UTC).astimezone(zone).utcoffset() or _NOTHING
