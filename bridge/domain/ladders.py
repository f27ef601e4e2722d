"""Which reminder step of a ticket is due when. A ladder counts on its own clock since its climb began.

Steps are numbered 0, 1, …; the repeats of the last step go on counting after it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.domain import calendars
from bridge.domain.policy import Ladder, Step
from bridge.domain.ticket import Climb

_LATE = timedelta(seconds=60)
_VERY_LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to be done now."""

    step: Step | None
    """The latest step that is due, or none: missed steps before it are left out, so nothing comes in bursts."""
    late: bool
    """It comes more than a minute late after missed steps, or five minutes late by itself; people are told."""
    climb: Climb
    """Where the ticket stands on the ladder afterwards."""


def next_due(ladder: Ladder, climb: Climb, priority: str) -> datetime | None:
    """When the next step for this priority is due; None if none is left, or its clock never runs again."""
    for _, _, due in _ahead(ladder, climb, priority):
        return due
    return None


def due_steps(ladder: Ladder, climb: Climb, priority: str, now: datetime) -> Due:
    latest: tuple[int, Step, datetime] | None = None
    missed = False
    for index, step, due in _ahead(ladder, climb, priority):
        if due > now:
            break
        missed = latest is not None
        latest = (index, step, due)
    if latest is None:
        return Due(step=None, late=False, climb=climb)
    index, step, due = latest
    behind = now - due
    late = behind >= _VERY_LATE or (missed and behind > _LATE)
    return Due(step=step, late=late, climb=replace(climb, step=index + 1))


def plan(ladder: Ladder, climb: Climb, priority: str) -> tuple[tuple[Step, datetime], ...]:
    """Every step to come, with its time."""
    return tuple((step, due) for _, step, due in _ahead(ladder, climb, priority))


def shift(ladder: Ladder, climb: Climb, away_from: datetime, away_until: datetime) -> Climb:
    """Let the ladder's clock stand still between the two moments: what it would have counted is given back."""
    counted = calendars.between(ladder.clock, max(climb.since, away_from), away_until)
    if not counted:
        return climb
    since = calendars.add(ladder.clock, climb.since, counted)
    return climb if since is None else replace(climb, since=since)


def _ahead(ladder: Ladder, climb: Climb, priority: str) -> Iterator[tuple[int, Step, datetime]]:
    """Steps not yet done that fit the priority: index, step, due time. In order of time."""
    for index, step, after in _rungs(ladder):
        if index < climb.step or (step.priorities is not None and priority not in step.priorities):
            continue
        due = calendars.add(ladder.clock, climb.since, after)
        if due is None:
            return
        yield index, step, due


def _rungs(ladder: Ladder) -> Iterator[tuple[int, Step, timedelta]]:
    for index, step in enumerate(ladder.steps):
        yield index, step, step.after
    if not ladder.steps or ladder.repeat_every is None:
        return
    last = ladder.steps[-1]
    for turn in range(ladder.repeat_times):
        yield len(ladder.steps) + turn, last, last.after + (turn + 1) * ladder.repeat_every
