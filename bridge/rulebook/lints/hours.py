"""When hours hold within the next year, as stretches of time."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bridge.domain import calendars
from bridge.domain.policy import Calendar
from bridge.domain.routing import When

AHEAD = timedelta(days=370)
"""How far is looked: every holiday of a year, and the change of clocks."""

Stretch = tuple[datetime, datetime]


def opens(when: When, now: datetime) -> bool:
    """Is there a moment at which it holds?"""
    return bool(stretches(when, now))


def together(whens: Sequence[When], now: datetime) -> bool:
    """Is there a moment at which all of them hold?"""
    left: list[Stretch] = [(now, now + AHEAD)]
    for when in whens:
        left = meet(left, stretches(when, now))
    return bool(left)


def stretches(when: When, now: datetime) -> list[Stretch]:
    return list(_open(when.calendar, now)) if when.inside else list(_closed(when.calendar, now))


def meet(one: Sequence[Stretch], other: Sequence[Stretch]) -> list[Stretch]:
    """The stretches that belong to both; each is in order and free of overlaps."""
    found: list[Stretch] = []
    first = second = 0
    while first < len(one) and second < len(other):
        begin = max(one[first][0], other[second][0])
        end = min(one[first][1], other[second][1])
        if begin < end:
            found.append((begin, end))
        if one[first][1] <= other[second][1]:
            first += 1
        else:
            second += 1
    return found


def _open(calendar: Calendar, now: datetime) -> Iterator[Stretch]:
    at, last = now, now + AHEAD
    while True:
        begin = calendars.next_opening(calendar, at)
        if begin is None or begin >= last:
            return
        end = calendars.closes_at(calendar, begin)
        if end is None:
            yield begin, last
            return
        yield begin, min(end, last)
        at = end


def _closed(calendar: Calendar, now: datetime) -> Iterator[Stretch]:
    at, last = now, now + AHEAD
    for begin, end in _open(calendar, now):
        if at < begin:
            yield at, begin
        at = end
    if at < last:
        yield at, last
