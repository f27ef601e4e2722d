"""Every id of a platform that the file names, and where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.domain.refs import CONSOLE
from bridge.rulebook.book import RuleBook
from bridge.rulebook.complaints import Path
from bridge.rulebook.lints.doubt import spots
from bridge.rulebook.source import Plain, Source

CHANNEL, GROUP, MEMBER = "channel", "group", "member"


@dataclass(frozen=True, slots=True)
class Id:
    """`what` is channel, group or member."""

    path: Path
    platform: str
    what: str
    id: str


def ids(book: RuleBook, source: Source) -> Iterator[Id]:
    """In the order of the file; what several platforms of a kind could know is asked of each."""
    yield from _channels(book, source.data, ())
    for name, team in book.teams.items():
        for kind, key, group in (
            ("slack", "slack_group", team.slack_group),
            ("discord", "discord_role", team.discord_role),
        ):
            if group is not None:
                yield from (Id(("teams", name, key), each, GROUP, group) for each in _of_kind(book, kind))
    for name, accounts in book.members.items():
        for where, person in accounts.items():
            platforms = [where] if where in book.platforms else _of_kind(book, where)
            yield from (Id(("members", name, where), each, MEMBER, person) for each in platforms)


def _channels(book: RuleBook, data: Plain, path: Path) -> Iterator[Id]:
    """Channels stand beside their platform; a route's target may inherit it, so its lane is asked instead."""
    if path == ("routes",):
        yield from _targets(book)
    if path == ("tests",):
        return
    if isinstance(data, dict):
        platform, channel = data.get("platform"), data.get("channel")
        named = isinstance(platform, str) and isinstance(channel, str) and path[-1:] != ("target",)
        if named and platform != CONSOLE:
            yield Id((*path, "channel"), str(platform), CHANNEL, str(channel))
        for key, value in data.items():
            yield from _channels(book, value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _channels(book, value, (*path, index))


def _targets(book: RuleBook) -> Iterator[Id]:
    for spot in spots(book):
        lane = spot.route.policy.lane
        if lane is not None and (not spot.above or lane != spot.above[-1].policy.lane):
            yield Id((*spot.path, "target", "channel"), lane.platform, CHANNEL, lane.place)


def _of_kind(book: RuleBook, kind: str) -> list[str]:
    return [name for name, entry in book.platforms.items() if entry.kind == kind]
