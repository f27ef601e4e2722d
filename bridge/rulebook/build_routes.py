"""The tree of routes: from the file's models to the domain's records."""

from collections.abc import Collection, Mapping

from bridge.domain.routing import Route
from bridge.rulebook import models_rules as written
from bridge.rulebook.build_match import Matches
from bridge.rulebook.build_policy import Policies
from bridge.rulebook.complaints import Complaints, Path, quoted
from bridge.rulebook.inherit import Chain, Node


class Routes:
    """Builds the tree from its root."""

    def __init__(self, matches: Matches, policies: Policies, complaints: Complaints) -> None:
        self._matches = matches
        self._policies = policies
        self._complaints = complaints
        self._taken: dict[str, Path] = {}

    @property
    def lines(self) -> dict[str, int]:
        """Each route's name → the line it begins on."""
        return {name: self._complaints.place(path).line for name, path in self._taken.items()}

    def tree(self, model: written.Route, bots: Collection[str]) -> Route:
        path: Path = ("routes",)
        for key in ("match", "when"):
            if getattr(model, key):
                self._complaints.add_key((*path, key), f"the first route takes whatever is left: it has no {key}")
        no_place = model.target is None or model.target.platform is None
        if no_place and not self._complaints.touches((*path, "target")):
            self._complaints.add(path, "target is missing: there must always be a place for a ticket")
        return self._route(Chain((Node(model, path),)), bots)

    def _route(self, chain: Chain, bots: Collection[str]) -> Route:
        model, path = chain.own.model, chain.own.path
        self._check_name(model.name, path)
        reach = _reach(model.match, bots)
        return Route(
            name=model.name,
            policy=self._policies.policy(chain),
            match=self._matches.matchers(path, model.match, reach),
            when=self._matches.when(path, model.when),
            children=tuple(self._route(chain.below(child, index), reach) for index, child in enumerate(model.routes)),
        )

    def _check_name(self, name: str, path: Path) -> None:
        if (taken := self._taken.get(name)) is not None:
            line = self._complaints.place(taken).line
            self._complaints.add((*path, "name"), f"duplicate name {quoted(name)} (the route on line {line} has it)")
        else:
            self._taken[name] = path


def _reach(match: Mapping[str, object], bots: Collection[str]) -> Collection[str]:
    """The bots whose tickets can come past this match, as far as it names them plainly."""
    asked = match.get("bot")
    named = asked if isinstance(asked, list) else [asked]
    if not all(isinstance(name, str) for name in named):
        return bots
    return [bot for bot in bots if bot in named]
