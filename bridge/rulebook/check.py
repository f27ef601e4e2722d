"""What is wrong with a config file, for those who only want to hear that: `handrail config check`."""

from collections.abc import Mapping
from pathlib import Path as FilePath

from bridge.domain.errors import RulebookError
from bridge.rulebook.build_shores import Kinds
from bridge.rulebook.complaints import Complaints, Path
from bridge.rulebook.load import ANY_KIND, load
from bridge.rulebook.source import read


def complaints(path: FilePath, env: Mapping[str, str], kinds: Kinds = ANY_KIND) -> list[str]:
    """Every complaint as a finished line, in the order of the file; empty when it is good."""
    try:
        load(path, env, kinds)
    except RulebookError as error:
        return error.complaints
    return []


NOT_YET: tuple[Path, ...] = (
    ("alarms",),
    ("approvals",),
    ("files",),
    ("teams", "*", "max_open"),
    ("routes", "approval"),
    ("routes", "retain"),
    ("routes", "watch"),
    ("routes", "relay", "stale_after"),
    ("routes", "threads", "on_archive"),
)
"""Keys that are understood and checked, and that nothing acts on in this version."""


def notes(path: FilePath) -> list[str]:
    """What a good file asks for that this version does not do yet, so that nobody finds out the hard way."""
    source, _ = read(path)
    found = Complaints(source.file, source.places, source.key_places)
    for place in source.places:
        if _plain(place) in NOT_YET:
            found.add_key(place, "is understood, but nothing acts on it in this version")
    return found.lines()


def _plain(path: Path) -> Path:
    """The path without positions and without names that people chose; routes inside routes are routes."""
    keys = [key for key in path if isinstance(key, str)]
    while keys[:2] == ["routes", "routes"]:
        keys = keys[1:]
    if keys[:1] == ["teams"] and len(keys) > 1:
        keys[1] = "*"
    return tuple(keys)
