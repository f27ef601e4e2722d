"""What nobody would hear of: one road for alarms, and routes that no test walks."""

from collections.abc import Iterator
from datetime import datetime

from bridge.domain.refs import CONSOLE
from bridge.rulebook.book import RuleBook
from bridge.rulebook.lints.doubt import Doubt, spots
from bridge.rulebook.route_tests import run, unreached


def alarms(book: RuleBook, _now: datetime) -> Iterator[Doubt]:
    """What is broken may be the very road. Where there is only the console, there is no second one."""
    if not book.platforms:
        return
    roads = {lane.platform if lane is not None else CONSOLE for lane in book.alarms}
    if not roads:
        yield Doubt(("alarms",), "nobody is told when a platform, a bot or this file is broken: add alarms: {to: […]}")
    elif len(roads) == 1:
        (road,) = roads
        sentence = f"all alarms go to {road}: when that is what broke, nobody hears of it; add a second road"
        yield Doubt(("alarms", "to"), sentence)


def untested(book: RuleBook, now: datetime) -> Iterator[Doubt]:
    """A single route needs no test: there is nothing to choose."""
    if not book.root.children:
        return
    missing = set(unreached(book, run(book, now))) - {test.route for test in book.tests}
    for spot in spots(book):
        if spot.route.name in missing:
            yield Doubt((*spot.path, "name"), f"no test ends in {spot.route.name}")
