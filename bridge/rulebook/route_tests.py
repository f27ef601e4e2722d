"""Runs the file's own `tests:`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.refs import Lane
from bridge.rulebook.book import RouteTest, RuleBook
from bridge.rulebook.explain import Trial, try_route


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one test went; without failures it passed."""

    test: RouteTest
    route: str
    failures: tuple[str, ...]


def run(book: RuleBook, now: datetime) -> tuple[Result, ...]:
    """`now` is taken for tests that name no time."""
    return tuple(_run(book, test, now) for test in book.tests)


def unreached(book: RuleBook, results: tuple[Result, ...]) -> tuple[str, ...]:
    """The routes no test ends in."""
    reached = {result.route for result in results}
    return tuple(route.name for route in book.routes() if route.name not in reached)


def _run(book: RuleBook, test: RouteTest, now: datetime) -> Result:
    found = try_route(book, test.given, test.at or now)
    lane = found.policy.lane
    pairs = (
        ("route", test.route, found.pick.route.name),
        ("platform", test.platform, lane.platform if lane else "console"),
        ("channel", test.channel, lane.place if lane else None),
        ("team", test.team, found.policy.team),
        ("watch", _listed(test.watch), _listed(found.policy.watch)),
        ("approval", test.approval, found.policy.approval),
    )
    failures = [
        f"{what}: expected {wanted}, got {got}" + (f" because {found.pick.reason}" if what == "route" else "")
        for what, wanted, got in pairs
        if wanted is not None and wanted != got
    ]
    return Result(test=test, route=found.pick.route.name, failures=(*failures, *_missing_reminders(test, found)))


def _listed(lanes: Iterable[Lane] | None) -> str | None:
    return None if lanes is None else ", ".join(sorted(map(str, lanes))) or "nowhere"


def _missing_reminders(test: RouteTest, found: Trial) -> list[str]:
    """Expected reminders must come at their time and in their order; others may come between them."""
    left = iter([(step.do, at) for step, at in found.reminders])
    missing = []
    for do, at in test.ladder or ():
        if (do, at) not in left:
            missing.append(f"ladder: no {do} at {at.isoformat()}")
    if test.ladder == () and found.reminders:
        missing.append("ladder: expected no reminder")
    return missing
