"""Files that hold secrets or people's words, and whether others on this machine may read them."""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NAMED = re.compile(r"""\bfile:\s*["']?([^"'\s,}#]+)""")
OTHERS = stat.S_IRWXG | stat.S_IRWXO
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class TooOpen:
    """`what` it is, its mode, and the command that closes it."""

    what: str
    path: Path
    mode: int

    @property
    def fix(self) -> str:
        return (
            f"chmod {'700' if self.path.is_dir() else 'go-w' if self.what == 'the config file' else '600'} {self.path}"
        )


def too_open(config: Path, database: Path | None) -> list[TooOpen]:
    """What others may read, or in the config file's case write. Files that are not there are no trouble here."""
    found = [*_of("the config file", config, OTHERS_WRITE)]
    for named in _secret_files(config):
        found += _of("a file of secrets", named, OTHERS)
    if database is not None:
        folder, file = (
            [*_of("the database's folder", database.parent, OTHERS)],
            [*_of("the database", database, OTHERS)],
        )
        # Either one that is closed keeps others out of the words.
        found += [*file, *folder] if file and folder else []
    return found


def _of(what: str, path: Path, forbidden: int) -> Iterator[TooOpen]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return
    if mode & forbidden:
        yield TooOpen(what=what, path=path, mode=mode)


def _secret_files(config: Path) -> Iterator[Path]:
    """What `{file: …}` points at, relative to the config file."""
    try:
        text = config.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return
    for line in text.splitlines():
        for name in _NAMED.findall(line.partition(" #")[0]):
            yield (config.parent / name).expanduser()
