"""What a good file says that is probably not meant. Nothing here is refused."""

from collections.abc import Iterator
from datetime import datetime

from bridge.rulebook.book import RuleBook
from bridge.rulebook.lints import people, reach, roads, sleep
from bridge.rulebook.lints.doubt import Doubt, Lint

LINTS: tuple[Lint, ...] = (
    reach.never_matches,
    sleep.ladder_sleeps,
    people.quorum,
    people.anybody,
    roads.alarms,
    roads.untested,
)


def doubts(book: RuleBook, now: datetime) -> Iterator[Doubt]:
    """Every doubt, with the place in the file it is about."""
    for lint in LINTS:
        yield from lint(book, now)


__all__ = ["LINTS", "Doubt", "doubts"]
