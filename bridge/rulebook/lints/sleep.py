"""Ladders whose clock stands still exactly when their route matches."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bridge.domain.policy import Ladder
from bridge.domain.routing import When
from bridge.rulebook.book import RuleBook
from bridge.rulebook.complaints import quoted
from bridge.rulebook.lints.doubt import Doubt, Spot, spots
from bridge.rulebook.lints.hours import AHEAD, Stretch, meet, stretches


def ladder_sleeps(book: RuleBook, now: datetime) -> Iterator[Doubt]:
    for spot in spots(book):
        if not spot.whens:
            continue
        matching: list[Stretch] = [(now, now + AHEAD)]
        for when in spot.whens:
            matching = meet(matching, stretches(when, now))
        # Only of tickets nobody has: whoever has one knows it, and an office clock for them is often meant.
        ladder = spot.route.policy.waiting
        if ladder is not None and matching and _sleeps(ladder, matching, now):
            yield Doubt((*spot.path, "ladder"), _sentence(ladder, spot))


def _sleeps(ladder: Ladder, matching: list[Stretch], now: datetime) -> bool:
    if ladder.clock is None or all(step.after == timedelta(0) for step in ladder.steps):
        return False
    return not meet(matching, stretches(When(ladder.clock, inside=True), now))


def _sentence(ladder: Ladder, spot: Spot) -> str:
    clock = ladder.clock.name if ladder.clock is not None else "wall"
    hours = " and ".join(dict.fromkeys(when.says() for when in spot.whens))
    return (
        f"the clock of {quoted(ladder.name)} ({clock}) stands still whenever this route matches ({hours}): "
        "nobody is reminded meanwhile; give it a ladder with clock: wall"
    )
