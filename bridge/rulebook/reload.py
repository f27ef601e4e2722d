"""The rules in force, and how they are exchanged without stopping."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bridge.domain.errors import RulebookError
from bridge.rulebook.book import RuleBook, frozen
from bridge.rulebook.build_shores import Kinds
from bridge.rulebook.following import Counts
from bridge.rulebook.load import ANY_KIND, load


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rules come from."""

    path: Path
    env: Mapping[str, str]
    kinds: Kinds = ANY_KIND
    adapt: Callable[[RuleBook], RuleBook] | None = None
    """What this process makes of a book before it comes into force, e.g. the port it really listens on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesState:
    """How the config file stands to the rules in force. Shown to operators; holds no secret."""

    digest: str
    loaded_at: datetime | None
    """When the rules in force were read; None until somebody said so."""
    complaints: tuple[str, ...] = ()
    """Why the file as it is now was refused, each with its line; empty when it is in force."""
    refused_at: datetime | None = None
    needs_restart: tuple[str, ...] = ()
    """What the file says by now, but only a restart brings into force."""
    outdated: int = 0
    """Running tickets that follow a rule the file does not have like that any more."""
    orphaned: int = 0
    """Running tickets whose platform or bot the file does not name any more."""
    missing: tuple[str, ...] = ()
    """Those platforms and bots."""


class Rules:
    """Holds the rulebook of the moment. Whoever decides reads `current` once and keeps to it."""

    def __init__(self, book: RuleBook, source: Source | None = None, *, at: datetime | None = None) -> None:
        self._source = source
        self._started_with = book
        self._current = self._here(book)
        self._state = RulesState(digest=book.digest, loaded_at=at)

    @property
    def current(self) -> RuleBook:
        return self._current

    @property
    def state(self) -> RulesState:
        return self._state

    def replace(self, book: RuleBook, at: datetime | None = None) -> None:
        """Put a rulebook into force. What only a restart can change stays as it was, and is named in the state."""
        waiting = self._restart_wanted(book)
        self._current = self.adapted(book)
        self._state = replace(
            self._state, digest=book.digest, loaded_at=at, needs_restart=waiting, complaints=(), refused_at=None
        )

    def refuse(self, complaints: Sequence[str], at: datetime | None = None) -> None:
        """The file is no good: the old rules stay in force."""
        self._state = replace(self._state, complaints=tuple(complaints), refused_at=at)

    def counted(self, counts: Counts) -> None:
        """Note how many running tickets the rules in force do not speak of as they are."""
        self._state = replace(self._state, outdated=counts.outdated, orphaned=counts.orphaned, missing=counts.missing)

    def read(self) -> RuleBook:
        """The file as it is now, without any effect. Raises: RulebookError with every complaint."""
        if self._source is None:
            return self._current
        return load(self._source.path, self._source.env, self._source.kinds)

    def reload(self, at: datetime | None = None) -> list[str]:
        """Read the file again. With complaints, which are given back, the old rules stay in force."""
        try:
            book = self.read()
        except RulebookError as error:
            self.refuse(error.complaints, at)
            return error.complaints
        self.replace(book, at)
        return []

    def adapted(self, book: RuleBook) -> RuleBook:
        """The book as it would come into force here: what waits for a restart is as it was."""
        return self._here(self._kept(book, self._restart_wanted(book)))

    def _here(self, book: RuleBook) -> RuleBook:
        adapt = self._source.adapt if self._source is not None else None
        return adapt(book) if adapt is not None else book

    def _restart_wanted(self, new: RuleBook) -> tuple[str, ...]:
        old = self._started_with
        pairs: dict[str, tuple[object, object]] = {
            "server": (old.server, new.server),
            "store": (old.store_url, new.store_url),
            "files": (old.files_url, new.files_url),
            "demo": (old.demo, new.demo),
        }
        here = self._current.platforms
        for name in sorted(here.keys() & new.platforms.keys()):
            pairs[f"platforms.{name}"] = (here[name].kind, new.platforms[name].kind)
        return tuple(name for name, (before, after) in pairs.items() if before != after)

    def _kept(self, new: RuleBook, waiting: Sequence[str]) -> RuleBook:
        """The new rules with the old settings of what waits for a restart."""
        old, here = self._started_with, self._current.platforms
        unchanged = {name: entry for name, entry in here.items() if f"platforms.{name}" in waiting}
        return replace(
            new,
            server=old.server,
            store_url=old.store_url,
            files_url=old.files_url,
            demo=old.demo,
            platforms=frozen({**new.platforms, **unchanged}),
        )
