"""What is wrong with a config file, for those who only want to hear that: `handrail config check`."""

import stat
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path as FilePath

from bridge.domain.errors import RulebookError
from bridge.rulebook.build_shores import Kinds
from bridge.rulebook.complaints import Complaints, Path, plain
from bridge.rulebook.lints import doubts
from bridge.rulebook.load import ANY_KIND, load
from bridge.rulebook.source import read
from bridge.rulebook.watching import references


def complaints(path: FilePath, env: Mapping[str, str], kinds: Kinds = ANY_KIND) -> list[str]:
    """Every complaint as a finished line, in the order of the file; empty when it is good."""
    try:
        load(path, env, kinds)
    except RulebookError as error:
        return error.complaints
    return []


_OTHERS = stat.S_IRWXO | stat.S_IWGRP
"""A group may read: that is how secrets are mounted for a service's own user."""

NOT_YET: tuple[Path, ...] = (
    ("approvals",),
    ("routes", "approval"),
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


def warnings(path: FilePath, env: Mapping[str, str], now: datetime, kinds: Kinds = ANY_KIND) -> list[str]:
    """What a good file says that is probably not meant, and secrets others can read. Empty for a refused file."""
    try:
        book = load(path, env, kinds)
    except RulebookError:
        return []
    source, _ = read(path)
    found = Complaints(source.file, source.places, source.key_places)
    for doubt in doubts(book, now):
        found.add_key(doubt.path, doubt.sentence)
    for place, name in references(source.data):
        if _open_to_others(source.folder / name):
            sentence = f"{plain(name, 200)} can be read or changed by other users of this machine: chmod 600"
            found.add((*place, "file"), sentence)
    return found.lines()


def _open_to_others(path: FilePath) -> bool:
    try:
        return path.stat().st_mode & _OTHERS != 0
    except (OSError, ValueError):
        return False
