"""The figures of a time: over all of it, and step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bridge.domain.measures.names import Count, Span
from bridge.domain.measures.tally import HOUR, Spread, Tallies, Tally, counted, spread, steps

DAY = timedelta(days=1)


class Window(StrEnum):
    """How far back is looked."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def length(self) -> timedelta:
        return {Window.DAY: DAY, Window.WEEK: 7 * DAY, Window.MONTH: 28 * DAY}[self]

    @property
    def step(self) -> timedelta:
        return {Window.DAY: HOUR, Window.WEEK: 6 * HOUR, Window.MONTH: DAY}[self]

    def since(self, now: datetime) -> datetime:
        """The beginning of the first step; the last one is the one that holds `now`. Steps begin as UTC's days do."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + ((now - midnight) // self.step + 1) * self.step - self.length


@dataclass(frozen=True, slots=True)
class Rate:
    part: int
    of: int
    each: bool = False
    """So many for each, which may be more than one; else a share."""

    @property
    def value(self) -> float | None:
        return max(0, self.part) / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One step of a series."""

    at: datetime
    claim: Spread
    first_response: Spread
    opened: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    window: Window
    spans: Mapping[Span, Spread]
    rates: Mapping[str, Rate]
    counts: Mapping[Count, int]
    series: Sequence[Moment]


def report(tallies: Tallies, window: Window, now: datetime, *, worked: bool = False) -> Report:
    """All figures of the window that ends now; `worked` counts opening hours only."""
    since = window.since(now)
    all_of_it = [tally for (at, _), tally in tallies.items() if at >= since]
    counts = counted(all_of_it)
    return Report(
        window=window,
        spans={what: spread(all_of_it, what, since=since, worked=worked) for what in Span},
        rates={
            "reopened": Rate(counts[Count.REOPENED], counts[Count.CLOSED]),
            "abandoned": Rate(counts[Count.ABANDONED], counts[Count.OPENED]),
            "contained": Rate(counts[Count.RESOLVED] - counts[Count.UNRESOLVED], counts[Count.OPENED]),
            "reminders": Rate(counts[Count.REMINDED], counts[Count.OPENED], each=True),
            "claimed_reminded": Rate(counts[Count.CLAIMED_REMINDED], counts[Count.CLAIMED]),
            "failed": Rate(counts[Count.FAILED], counts[Count.REPLIED]),
        },
        counts=counts,
        series=_series(tallies, window, since, worked=worked),
    )


def _series(tallies: Tallies, window: Window, since: datetime, *, worked: bool) -> list[Moment]:
    held: dict[datetime, list[Tally]] = {}
    for (at, _), tally in tallies.items():
        held.setdefault(since + (at - since) // window.step * window.step, []).append(tally)
    return [
        Moment(
            at=at,
            claim=spread(here, Span.CLAIM, since=since, worked=worked),
            first_response=spread(here, Span.FIRST_RESPONSE, since=since, worked=worked),
            opened=(counts := counted(here))[Count.OPENED],
            closed=counts[Count.CLOSED],
        )
        for at in steps(since, since + window.length, window.step)
        for here in [held.get(at, [])]
    ]
