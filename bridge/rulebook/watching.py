"""Has the config file changed, or a file of secrets it names? Told once a change has settled."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from bridge.rulebook.complaints import Path as Where
from bridge.rulebook.source import Plain, read

Look: TypeAlias = tuple[int, int, int] | None
"""Time of change, size and inode; None while there is no such file, as when an editor exchanges it."""


class Watch:
    """Looks at files when asked to. A change counts once it was still for one look: a half-written file is none."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._paths = files_of(config)
        self._known = self._before = _looks(self._paths)

    def changed(self) -> bool:
        """True once per settled change."""
        now = _looks(self._paths)
        settled, self._before = now == self._before, now
        if now == self._known or not settled:
            return False
        self._known = now
        return True

    def seen(self) -> dict[Path, Look]:
        """The files as they are now: to be given to `follow` once they were read."""
        return _looks(self._paths)

    def follow(self, seen: Mapping[Path, Look] | None = None) -> None:
        """After a reading: look at the files the config names by now. Those that are as `seen` are no news."""
        paths = files_of(self._config)
        fresh = _looks(paths - self._paths)
        kept = {path: look for path, look in (seen or self._known).items() if path in paths}
        self._paths = paths
        self._known = {**kept, **fresh}
        self._before = _looks(paths)


def files_of(config: Path) -> frozenset[Path]:
    """The file itself, and every `{file: path}` in it."""
    source, _ = read(config)
    return frozenset({config, *(config.parent / name for _, name in references(source.data))})


def references(data: Plain, path: Where = ()) -> Iterator[tuple[Where, str]]:
    """Every `{file: path}` in the file, and where it stands."""
    if isinstance(data, dict):
        name = data.get("file")
        if len(data) == 1 and isinstance(name, str) and "\0" not in name:
            yield path, name
        for key, value in data.items():
            yield from references(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from references(value, (*path, index))


def _looks(paths: Collection[Path]) -> dict[Path, Look]:
    return {path: _look(path) for path in paths}


def _look(path: Path) -> Look:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
