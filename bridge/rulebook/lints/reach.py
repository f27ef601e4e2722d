"""Routes that no ticket can reach."""

from collections.abc import Iterator
from datetime import datetime

from bridge.domain.routing import Route, When
from bridge.rulebook.book import RuleBook
from bridge.rulebook.lints.doubt import Doubt, Spot, spots
from bridge.rulebook.lints.hours import opens, together
from bridge.rulebook.lints.logic import Domains, domains, follows, possible


def never_matches(book: RuleBook, now: datetime) -> Iterator[Doubt]:
    known = domains(book.bots)
    lost: list[Spot] = []
    for spot in spots(book):
        if any(spot.path[: len(other.path)] == other.path for other in lost):
            continue  # what stands below a route that never matches is no news
        sentence = _why_never(spot, known, now)
        if sentence is not None:
            lost.append(spot)
            yield Doubt((*spot.path, "name"), f"this route can never match: {sentence}")


def _why_never(spot: Spot, known: Domains, now: datetime) -> str | None:
    if not spot.above:
        return None
    field = possible(spot.matchers, known)
    if field is not None:
        return f"the conditions on {field} exclude each other"
    closed = next((when for when in spot.whens if not opens(when, now)), None)
    if closed is not None:
        return f"it is never {'inside' if closed.inside else 'outside'} the hours of {closed.calendar.name}"
    if not together(spot.whens, now):
        return "its hours and those of the routes above it never meet"
    cover = next((other for other in spot.earlier if _covers(other, spot, known)), None)
    return f"{cover.name} stands before it and takes all that it would" if cover is not None else None


def _covers(earlier: Route, spot: Spot, known: Domains) -> bool:
    if earlier.when is not None and not any(_same_hours(earlier.when, when) for when in spot.whens):
        return False
    return all(follows(matcher, spot.matchers, known) for matcher in earlier.match)


def _same_hours(one: When, other: When) -> bool:
    return one.inside == other.inside and one.calendar == other.calendar
