"""The rulebook: what the config file says, validated, resolved and frozen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import TypeVar

from bridge.domain.buckets import Rate
from bridge.domain.people import Person
from bridge.domain.policy import Calendar, Ladder, StepKind
from bridge.domain.refs import CONSOLE, BotName, Lane, MemberKey
from bridge.domain.routing import Route, RouteFacts, RoutePick, pick_route
from bridge.rulebook.secret import Secret

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEntry:
    host: str
    port: int
    public_url: str
    """Without a slash at the end."""
    metrics_token: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformEntry:
    """One workspace or guild."""

    name: str
    kind: str
    options: Mapping[str, object] = field(repr=False)
    """The adapter's own keys, `kind` left out; references are replaced by what they pointed at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Where a bot is told what happened."""

    url: str
    secrets: tuple[Secret, ...]
    """Each signs, during a rotation."""
    events: frozenset[str] | None
    """None: all but those that are off by default."""
    private: bool

    def options(self) -> Mapping[str, object]:
        """The section as its adapter reads it, with plain secrets."""
        return {
            "url": self.url,
            "secrets": tuple(secret.reveal() for secret in self.secrets),
            "events": "all" if self.events is None else self.events,
            "private": self.private,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BotEntry:
    """Who may escalate."""

    name: BotName
    kind: str
    keys: tuple[str, ...] = field(repr=False)
    """SHA-256 of its bearer keys, lower-case hex."""
    secrets: tuple[Secret, ...]
    """`whsec_…` secrets of signed requests; each is known to hold enough bytes."""
    callback: Callback | None
    attributes: Mapping[str, str]
    """Declared attribute → string, number or boolean."""
    file_hosts: tuple[str, ...]
    rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamEntry:
    """Who may work on a ticket; the sources add up."""

    name: str
    members: frozenset[str] = frozenset()
    slack_group: str | None = None
    discord_role: str | None = None
    members_of_channel: bool = False
    guests: bool = False
    """Guests of a workspace count as others do."""
    max_open: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalEntry:
    """Who decides about drafts, and how."""

    name: str
    approvers: str
    """`team` is the route's own."""
    allow: frozenset[str]
    quorum: int
    expire_after: timedelta | None
    expire_clock: Calendar | None
    """None counts on the wall."""
    then: str
    on_new_message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSettings:
    enabled: bool
    bot: BotName


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTest:
    """One entry of `tests:`."""

    name: str
    at: datetime | None
    given: Mapping[str, object]
    route: str | None
    platform: str | None
    channel: str | None
    team: str | None
    ladder: tuple[tuple[StepKind, datetime], ...] | None
    """The reminders that must come, in this order; None is not compared."""
    watch: frozenset[Lane] | None = None
    approval: str | None = None
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """Everything a decision may ask of the config. Never changed: a reload makes another one."""

    digest: str
    """Names its content in twelve hex digits; secrets are not part of it."""
    path: str
    timezone: str
    server: ServerEntry
    store_url: str = field(repr=False)
    files_url: str = field(repr=False)
    platforms: Mapping[str, PlatformEntry]
    bots: Mapping[BotName, BotEntry]
    members: Mapping[str, Mapping[str, str]]
    """Name → platform's name or kind, or `console` → the person's id there."""
    teams: Mapping[str, TeamEntry]
    calendars: Mapping[str, Calendar]
    ladders: Mapping[str, Ladder]
    approvals: Mapping[str, ApprovalEntry]
    alarms: tuple[Lane | None, ...]
    """Where alarms go; None is the console."""
    demo: DemoSettings | None
    root: Route
    tests: tuple[RouteTest, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    """Route → the line it begins on."""
    _accounts: Mapping[tuple[str, str], MemberKey] = field(default_factory=dict, repr=False)

    def route(self, facts: RouteFacts, now: datetime) -> RoutePick:
        return pick_route(self.root, facts, now)

    def routes(self) -> Iterator[Route]:
        """Every node of the tree, in the order of the file."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop(0)
            yield node
            waiting = [*node.children, *waiting]

    def route_named(self, name: str) -> Route | None:
        return next((route for route in self.routes() if route.name == name), None)

    def member_key(self, platform: str, person_id: str) -> MemberKey | None:
        """The name under `members:` whose account this is."""
        entry = self.platforms.get(platform)
        found = self._accounts.get((platform, person_id))
        return found or (self._accounts.get((entry.kind, person_id)) if entry else None)

    def member_name(self, key: MemberKey) -> str | None:
        """How the config calls them, if it does."""
        return str(key) if key in self.members else None

    def account(self, key: MemberKey, platform: str) -> str | None:
        """A listed member's id on that platform."""
        accounts = self.members.get(key, {})
        entry = self.platforms.get(platform)
        return accounts.get(platform) or (accounts.get(entry.kind) if entry else None)

    def belongs(self, team: str, person: Person, *, in_ticket_channel: bool) -> bool:
        """Is this person in the team? Strangers only if listed by name, guests also where the team takes them."""
        entry = self.teams.get(team)
        if entry is None:
            return False
        key = self.member_key(person.platform, person.id)
        if key is not None and key in entry.members:
            return True
        if person.stranger or (person.guest and not entry.guests):
            return False
        if {entry.slack_group, entry.discord_role} & (person.groups or frozenset()):
            return True
        return entry.members_of_channel and (in_ticket_channel or person.platform == CONSOLE)

    def groups(self, kind: str) -> frozenset[str]:
        """The user groups or roles teams name on platforms of this kind: whose membership must be known."""
        named = (team.slack_group if kind == "slack" else team.discord_role for team in self.teams.values())
        return frozenset(group for group in named if group is not None)

    def lanes(self) -> frozenset[Lane]:
        """Every channel the routes use."""
        policies = [route.policy for route in self.routes()]
        return frozenset(
            lane for policy in policies for lane in (policy.lane, *policy.watch, *policy.fallback) if lane is not None
        )


def frozen(mapping: Mapping[Key, Value]) -> Mapping[Key, Value]:
    return MappingProxyType(dict(mapping))


def key_hash(key: str) -> str:
    """How a bearer key is kept and compared."""
    return sha256(key.encode()).hexdigest()
