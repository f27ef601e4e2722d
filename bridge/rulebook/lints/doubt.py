"""A doubt about the file, and where routes stand in the file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bridge.domain.routing import Matcher, Route, When
from bridge.rulebook.book import RuleBook
from bridge.rulebook.complaints import Path


@dataclass(frozen=True, slots=True)
class Doubt:
    path: Path
    sentence: str


Lint: TypeAlias = Callable[[RuleBook, datetime], Iterator[Doubt]]


@dataclass(frozen=True, slots=True)
class Spot:
    """A route, where it stands, and what must hold for a ticket to come this far."""

    route: Route
    path: Path
    earlier: tuple[Route, ...]
    """Siblings that are asked first."""
    above: tuple[Route, ...]
    """From the root down, without itself."""

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        return tuple(matcher for route in (*self.above, self.route) for matcher in route.match)

    @property
    def whens(self) -> tuple[When, ...]:
        return tuple(route.when for route in (*self.above, self.route) if route.when is not None)


def spots(book: RuleBook) -> Iterator[Spot]:
    """Every route but none twice, in the order of the file."""
    yield from _below(Spot(book.root, ("routes",), (), ()))


def _below(spot: Spot) -> Iterator[Spot]:
    yield spot
    children = spot.route.children
    for index, child in enumerate(children):
        path: Path = (*spot.path, "routes", index)
        yield from _below(Spot(child, path, children[:index], (*spot.above, spot.route)))
