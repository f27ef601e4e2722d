"""Measured things by the hour, and what they come to."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import TypeAlias

from bridge.domain.measures.names import Count, Counted, Fact, Span, Timed

HOUR = timedelta(hours=1)

Length: TypeAlias = tuple[int, int]
"""Whole seconds on the wall's clock, and in opening hours."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took: half of the cases at most `p50`, nine of ten at most `p90`. None without a case."""

    p50: timedelta | None
    p90: timedelta | None
    p99: timedelta | None
    count: int


@dataclass(slots=True)
class Tally:
    """What one route came to in one hour. Hours that are over never change, so they may be kept."""

    lengths: dict[Span, list[Length]] = field(default_factory=dict)
    undone: dict[Span, list[tuple[int, Length]]] = field(default_factory=dict)
    """Lengths that count no more, with the second (since 1970) in which they ended."""
    counts: Counter[Count] = field(default_factory=Counter)

    def take(self, fact: Fact) -> None:
        match fact:
            case Counted():
                self.counts[fact.what] += 1
            case Timed(undoes=None):
                self.lengths.setdefault(fact.what, []).append(_length(fact))
            case Timed(undoes=datetime() as ended):
                self.undone.setdefault(fact.what, []).append((int(ended.timestamp()), _length(fact)))


Tallies: TypeAlias = Mapping[tuple[datetime, str], Tally]
"""By the beginning of the hour and the route."""
Gathered: TypeAlias = dict[tuple[datetime, str], Tally]


def gather(facts: Iterable[Fact], since: datetime, until: datetime, into: Gathered | None = None) -> Gathered:
    """The facts of this time, by hour and route; added to what was gathered before."""
    found: Gathered = {} if into is None else into
    for fact in facts:
        if since <= fact.at < until:
            found.setdefault((hour_of(fact.at), fact.route), Tally()).take(fact)
    return found


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def spread(tallies: Iterable[Tally], what: Span, *, since: datetime, worked: bool = False) -> Spread:
    """The spread over all of them; what was undone of before `since` was never in it."""
    clock = 1 if worked else 0
    first = int(since.timestamp())
    kept, gone = list[int](), list[int]()
    for tally in tallies:
        kept += [length[clock] for length in tally.lengths.get(what, ())]
        gone += [length[clock] for ended, length in tally.undone.get(what, ()) if ended >= first]
    if gone:
        kept = list((Counter(kept) - Counter(gone)).elements())
    return ranked(sorted(kept))


def ranked(lengths: Sequence[int]) -> Spread:
    """By nearest rank: each figure is a length that occurred. `lengths` are sorted seconds."""
    p50, p90, p99 = (_rank(lengths, percent) for percent in (50, 90, 99))
    return Spread(p50, p90, p99, len(lengths))


def counted(tallies: Iterable[Tally]) -> Counter[Count]:
    total = Counter[Count]()
    for tally in tallies:
        total.update(tally.counts)
    return total


def steps(since: datetime, until: datetime, step: timedelta) -> Iterator[datetime]:
    """The beginnings of the steps that cover this time."""
    at = since
    while at < until:
        yield at
        at += step


def _rank(lengths: Sequence[int], percent: int) -> timedelta | None:
    if not lengths:
        return None
    return timedelta(seconds=lengths[ceil(len(lengths) * percent / 100) - 1])


def _length(timed: Timed) -> Length:
    return round(timed.wall.total_seconds()), round(timed.worked.total_seconds())
