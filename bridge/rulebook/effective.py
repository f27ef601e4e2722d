"""A route with all that it inherits, each value with the line it stands on: `handrail config explain`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel

from bridge.domain.policy import Guard, Policy
from bridge.rulebook.complaints import Complaints, Path, quoted
from bridge.rulebook.inherit import Chain, Node
from bridge.rulebook.models import File
from bridge.rulebook.models_rules import Claim, Idle, Relay, Reopen, RouteWords, Target, Threads
from bridge.rulebook.source import Plain, Source
from bridge.rulebook.wording import understood

SECTIONS: Mapping[str, type[BaseModel] | None] = {
    "target": Target,
    "team": None,
    "ladder": None,
    "claim": Claim,
    "relay": Relay,
    "idle": Idle,
    "reopen": Reopen,
    "threads": Threads,
    "retain": None,
    "approval": None,
    "watch": None,
    "words": RouteWords,
}
"""What a route can say besides its name and when it matches; None has no keys below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value in force."""

    key: str
    value: str
    place: str | None
    """`file:line`; None for what nobody wrote."""
    route: str | None
    """The route it is inherited from; None when the route says it itself, or nobody does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    name: str
    place: str
    above: tuple[str, ...]
    """The routes a ticket comes past, from the root down."""
    conditions: tuple[Setting, ...]
    settings: tuple[Setting, ...]


def effective(source: Source, name: str, policy: Policy) -> Effective | None:
    """None if no route of the file is called so. `policy` is the route's, for values that nobody wrote."""
    complaints = Complaints(source.file, source.places, source.key_places)
    if not isinstance(source.data, dict):
        return None
    file = understood(source.data, complaints)
    chain = _find(Chain((Node(file.routes, ("routes",)),)), name) if file is not None else None
    if file is None or chain is None:
        return None
    reader = _Reader(source, complaints, chain, _unwritten(policy))
    return Effective(
        name=name,
        place=reader.place(chain.own.path),
        above=tuple(node.model.name for node in chain.nodes[:-1]),
        conditions=tuple(reader.conditions()),
        settings=tuple(reader.settings(file)),
    )


def told(found: Effective) -> list[str]:
    """In lines for a terminal."""
    above = f"   inside {' > '.join(found.above)}" if found.above else "   the root: it takes whatever is left"
    wide = max(len(setting.key) for setting in (*found.settings, *found.conditions))
    value_wide = min(48, max(len(setting.value) for setting in (*found.settings, *found.conditions)))
    lines = [f"{found.name}   ({found.place}){above}"]
    for setting in (*found.conditions, *found.settings):
        where = setting.place or "default"
        origin = f"   from {setting.route}" if setting.route else ""
        lines.append(f"  {setting.key:<{wide}}  {setting.value:<{value_wide}}  {where}{origin}")
    return lines


def _find(chain: Chain, name: str) -> Chain | None:
    if chain.own.model.name == name:
        return chain
    for index, child in enumerate(chain.own.model.routes):
        found = _find(chain.below(child, index), name)
        if found is not None:
            return found
    return None


class _Reader:
    def __init__(self, source: Source, complaints: Complaints, chain: Chain, unwritten: Mapping[str, str]) -> None:
        self._source = source
        self._complaints = complaints
        self._chain = chain
        self._unwritten = unwritten

    def place(self, path: Path) -> str:
        return f"{self._source.file}:{self._complaints.place(path).line}"

    def conditions(self) -> Iterator[Setting]:
        for node in self._chain.nodes:
            inherited = None if node is self._chain.own else node.model.name
            for field in node.model.match:
                path: Path = (*node.path, "match", field)
                yield self._setting(f"match.{field}", path, inherited)
            if node.model.when is not None:
                yield self._setting("when", (*node.path, "when"), inherited)

    def settings(self, file: File) -> Iterator[Setting]:
        for section, model in SECTIONS.items():
            keys = [None] if model is None else list(model.model_fields)
            for key in keys:
                yield self._said(section, key, file)

    def _said(self, section: str, key: str | None, file: File) -> Setting:
        name = section if key is None else f"{section}.{key}"
        found = self._target(key) if section == "target" else self._chain.said(section, key)
        if found is not None:
            node = next(node for node in reversed(self._chain.nodes) if found[1][: len(node.path)] == node.path)
            return self._setting(name, found[1], None if node is self._chain.own else node.model.name)
        if section == "words" and key is not None and key in file.words.model_fields_set:
            return self._setting(name, ("words", key), "words")
        return Setting(key=name, value=self._unwritten.get(name, "none"), place=None, route=None)

    def _target(self, key: str | None) -> tuple[object, Path] | None:
        """A channel belongs to its platform: above the node that names another platform none is inherited."""
        if key != "channel":
            return self._chain.said("target", key)
        platform = self._chain.said("target", "platform")
        channel = self._chain.said("target", "channel")
        if platform is None or channel is None:
            return channel
        depth = {node.path: index for index, node in enumerate(self._chain.nodes)}
        return channel if depth[channel[1][:-2]] >= depth[platform[1][:-2]] or _same(self._chain, platform) else None

    def _setting(self, key: str, path: Path, route: str | None) -> Setting:
        return Setting(key=key, value=shown(self._at(path)), place=self.place(path), route=route)

    def _at(self, path: Path) -> Plain:
        value: Plain = self._source.data
        for part in path:
            if isinstance(value, dict) and isinstance(part, str):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int):
                value = value[part]
        return value


def _same(chain: Chain, platform: tuple[object, Path]) -> bool:
    """Does the nearest platform only repeat what stands above it?"""
    named = [node.model.target.platform for node in chain.nodes if node.model.target and node.model.target.platform]
    return len(set(named)) == 1 and named[0] == platform[0]


def shown(value: Plain) -> str:
    """A value as it is written, on one line."""
    match value:
        case None:
            return "switched off"
        case dict():
            return "{" + ", ".join(f"{key}: {shown(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(shown(item) for item in value) + "]"
        case str():
            return value if value and value.isprintable() else quoted(value)
        case _:
            return quoted(value)


def _unwritten(policy: Policy) -> dict[str, str]:
    relay = policy.relay
    return {
        "team": policy.team,
        "claim.reply_claims": policy.reply_claims.value,
        "relay.mode": relay.mode.value,
        "relay.guard": "[" + ", ".join(guard.value for guard in Guard if guard in relay.guard) + "]",
        "relay.undo": _span(relay.undo),
        "relay.stale_after": _span(relay.stale_after) if relay.stale_after else "never",
        "relay.persona": relay.persona,
        "reopen.within": _span(policy.reopen_within),
        "reopen.to": policy.reopen_to.value,
        "threads.on_delete": policy.on_thread_gone.value,
        "threads.on_archive": policy.on_thread_archived.value,
        "retain": _span(policy.retain),
        "approval": policy.approval or "none",
        "words.user": policy.user_word,
        "words.note": relay.note_word,
        "words.send": relay.send_word,
        **({"idle.only": "waiting_on_user", "idle.after_first_reply": "true"} if policy.idle else {}),
        "target.fallback": "[" + ", ".join(map(str, policy.fallback)) + "]" if policy.fallback else "the console",
    }


def _span(span: timedelta) -> str:
    for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60)):
        if span and not span.total_seconds() % seconds:
            return f"{int(span.total_seconds() // seconds)}{unit}"
    return f"{span.total_seconds():g}s"
