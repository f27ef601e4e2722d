"""Everything that is wrong with the config file, each with its place, collected before anything is said."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bridge.domain.errors import RulebookError
from bridge.rulebook.token_shapes import looks_secret

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list positions from the top of the file."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Line and column, both from 1."""

    line: int = 1
    column: int = 1


@dataclass(slots=True)
class Complaints:
    """Collects complaints; knows where each path stands in the file."""

    file: str
    places: Mapping[Path, Place] = field(default_factory=dict)
    key_places: Mapping[Path, Place] = field(default_factory=dict)
    _found: dict[tuple[Place, str, str], None] = field(default_factory=dict)
    _paths: list[Path] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, path: Path, message: str) -> None:
        self._paths.append(path)
        self.add_at(self.place(path), shown_path(path), message)

    def add_key(self, path: Path, message: str) -> None:
        """Complain about the key itself rather than its value."""
        self._paths.append(path)
        self.add_at(self.key_places.get(path, self.place(path)), shown_path(path), message)

    def add_at(self, place: Place, path: str, message: str) -> None:
        self._found[(place, path, message)] = None

    def place(self, path: Path) -> Place:
        """Where the value stands, or the nearest thing around it that does."""
        for length in range(len(path), 0, -1):
            if (found := self.places.get(path[:length])) is not None:
                return found
        return self.places.get((), Place())

    def touches(self, path: Path) -> bool:
        """Something on the way to this path, or below it, is refused already: what follows from it is not news."""
        return any(path[: len(other)] == other or other[: len(path)] == path for other in self._paths)

    def lines(self) -> list[str]:
        return [
            f"{self.file}:{place.line}:{place.column}: {path}: {message}"
            for place, path, message in sorted(self._found)
        ]

    def raise_if_any(self) -> None:
        """Raises: RulebookError with every complaint, in the order of the file."""
        if self._found:
            raise RulebookError(self.lines())


def shown_path(path: Path) -> str:
    """`routes.routes[0].target`; the top of the file is `file`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{plain(part)}"
    return text.removeprefix(".") or "file"


def plain(text: str, limit: int = 64) -> str:
    """A piece of the file as it may stand in one line of a terminal: cut, all of it printable, and never a secret."""
    if looks_secret(text):
        return "•••"
    cut = text[:limit] + "…" if len(text) > limit else text
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in cut)


def quoted(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{plain(value)}"'
    return plain(str(value))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean channel?)`, or nothing when no known word comes near."""
    near = nearest(word, known)
    return f" (did you mean {plain(near)}?)" if near else ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    names = {name.lower(): name for name in sorted(set(known))}
    near = difflib.get_close_matches(word[:64].lower(), list(names), n=1, cutoff=0.66)
    return names[near[0]] if near else None


def one_of(known: Iterable[str]) -> str:
    names = list(dict.fromkeys(known))
    return ", ".join(plain(name) for name in names[:12]) if names else "none"


def check_known(complaints: Complaints, path: Path, word: str, what: tuple[str, Iterable[str]]) -> bool:
    """Complain unless the word is one of the names. `what` is how such a thing is called, and the names."""
    kind, names = what
    known = list(names)
    if word in known:
        return True
    complaints.add(
        path, f"no {kind} is called {quoted(word)}{did_you_mean(word, known) or f'; there is {one_of(known)}'}"
    )
    return False
