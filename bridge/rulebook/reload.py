"""The rules in force, and how they are exchanged without stopping."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.domain.errors import RulebookError
from bridge.rulebook.book import RuleBook
from bridge.rulebook.build_shores import Kinds
from bridge.rulebook.load import ANY_KIND, load


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rules come from."""

    path: Path
    env: Mapping[str, str]
    kinds: Kinds = ANY_KIND


class Rules:
    """Holds the rulebook of the moment. Whoever decides reads `current` once and keeps to it."""

    def __init__(self, book: RuleBook, source: Source | None = None) -> None:
        self._current = book
        self._source = source
        self._started_with = book

    @property
    def current(self) -> RuleBook:
        return self._current

    def replace(self, book: RuleBook) -> None:
        self._current = book

    def reload(self) -> list[str]:
        """Read the file again. With complaints, which are given back, the old rules stay in force."""
        if self._source is None:
            return []
        try:
            book = load(self._source.path, self._source.env, self._source.kinds)
        except RulebookError as error:
            return error.complaints
        self.replace(book)
        return []

    def needs_restart(self) -> tuple[str, ...]:
        """What the file says by now, but only a restart brings into force."""
        old, new = self._started_with, self._current
        pairs = {
            "server": (old.server, new.server),
            "store": (old.store_url, new.store_url),
            "files": (old.files_url, new.files_url),
            **{
                f"platforms.{name}": (old.platforms.get(name), new.platforms.get(name))
                for name in sorted({*old.platforms, *new.platforms})
            },
        }
        return tuple(name for name, (before, after) in pairs.items() if before != after)
