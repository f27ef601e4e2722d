"""Inheritance in the tree of routes: what a child does not say it has from the nearest node above that says it.

Key by key inside a section; lists and ladders replace. An empty value (`ladder:`) switches off what would be inherited.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bridge.rulebook.complaints import Path
from bridge.rulebook.models_rules import Route

Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Node:
    """A route as written, and where."""

    model: Route
    path: Path


@dataclass(frozen=True, slots=True)
class Chain:
    """The nodes from the root to a route."""

    nodes: tuple[Node, ...]

    @property
    def own(self) -> Node:
        return self.nodes[-1]

    @property
    def is_root(self) -> bool:
        return len(self.nodes) == 1

    def below(self, child: Route, index: int) -> "Chain":
        return Chain((*self.nodes, Node(child, (*self.own.path, "routes", index))))

    def said(self, section: str, key: str | None = None) -> tuple[object, Path] | None:
        """The nearest value, which may be an empty one, and its path; None if no node says it."""
        for node in reversed(self.nodes):
            if section not in node.model.model_fields_set:
                continue
            found = getattr(node.model, section)
            if key is None or found is None:
                return found, (*node.path, section)
            if key in found.model_fields_set:
                return getattr(found, key), (*node.path, section, key)
        return None

    def value(self, kind: type[Value], section: str, key: str | None, default: Value) -> Value:
        found = self.said(section, key)
        return found[0] if found is not None and isinstance(found[0], kind) else default

    def choice(self, kind: type[Choice], section: str, key: str, default: Choice) -> Choice:
        return kind(str(self.value(str, section, key, default)))

    def listed(self, section: str, key: str | None) -> tuple[list[object], Path] | None:
        found = self.said(section, key)
        return (found[0], found[1]) if found is not None and isinstance(found[0], list) else None
