"""Which route takes a ticket, and why in a sentence people can read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bridge.domain import calendars
from bridge.domain.conditions import Condition, Value, holds, predicate
from bridge.domain.policy import Calendar, Policy
from bridge.domain.words import Scalar

PLAIN_FIELDS = (
    "bot",
    "kind",
    "channel",
    "priority",
    "language",
    "reason.code",
    "risk",
    "confidence",
    "tool.name",
    "tags",
    "title",
)
"""What a rule may ask about, besides `user.…` and `attributes.…`."""

_PERSONAL = ("title", "user.")
_NAMES = {"reason.code": "reason", "tool.name": "tool"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts:
    """What routing may know of a ticket or of a draft."""

    bot: str
    kind: str = "conversation"
    channel: str | None = None
    priority: str = "normal"
    language: str | None = None
    reason_code: str | None = None
    risk: str | None = None
    confidence: float | None = None
    tool_name: str | None = None
    tags: tuple[str, ...] = ()
    title: str | None = None
    user: Mapping[str, Scalar] = field(default_factory=dict)
    attributes: Mapping[str, Scalar] = field(default_factory=dict)

    def value(self, name: str) -> Value:
        """The fact by its name in the config; None when it was not given."""
        group, _, key = name.partition(".")
        match group:
            case "user":
                return self.user.get(key)
            case "attributes":
                return self.attributes.get(key)
            case "language":
                return self._language()
            case "tags":
                return self.tags
            case _:
                found: Scalar = getattr(self, name.replace(".", "_"))
                return found

    def _language(self) -> str | None:
        """As `fr` or `fr-FR`, however it was spelled: language tags know no case, and locales come with underscores."""
        spoken = self.language or self.user.get("locale")
        return language_tag(spoken) if isinstance(spoken, str) and spoken else None


def language_tag(text: str) -> str:
    return text.strip().replace("_", "-").lower()


@dataclass(frozen=True, slots=True)
class Matcher:
    """One line of `match:`."""

    field: str
    condition: Condition

    def fits(self, facts: RouteFacts) -> bool:
        return holds(self.condition, facts.value(self.field))

    def says(self) -> str:
        return f"{self._subject()} {predicate(self.condition, many=self.field == 'tags')}"

    def why_not(self, facts: RouteFacts) -> str:
        """What does not hold, with the value it has; personal words are left out."""
        refused = f"{self._subject()} {predicate(self.condition, many=self.field == 'tags', positive=False)}"
        value = facts.value(self.field)
        if value is None or value == ():
            return f"{refused} (not given)"
        if self.field.startswith(_PERSONAL):
            return refused
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        return f"{refused} (it is {shown[:64]})"

    def _subject(self) -> str:
        return _NAMES.get(self.field, self.field.removeprefix("attributes."))


@dataclass(frozen=True, slots=True)
class When:
    """Inside or outside the hours of a calendar."""

    calendar: Calendar
    inside: bool

    def fits(self, now: datetime) -> bool:
        return calendars.is_open(self.calendar, now) is self.inside

    def says(self) -> str:
        return f"{'during' if self.inside else 'outside'} {self.calendar.name} hours"

    def why_not(self) -> str:
        return f"it is {'outside' if self.inside else 'during'} {self.calendar.name} hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A node of the tree; `policy` is complete, with all that it inherited."""

    name: str
    policy: Policy
    match: tuple[Matcher, ...] = ()
    when: When | None = None
    children: "tuple[Route, ...]" = ()

    def refusal(self, facts: RouteFacts, now: datetime) -> str | None:
        """Why this route does not take it, or None if it does."""
        reasons = [matcher.why_not(facts) for matcher in self.match if not matcher.fits(facts)]
        if self.when is not None and not self.when.fits(now):
            reasons.append(self.when.why_not())
        return ", ".join(reasons) or None

    def says(self) -> str:
        parts = [matcher.says() for matcher in self.match]
        if self.when is not None:
            parts.append(self.when.says())
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePick:
    """The route that takes it."""

    route: Route
    reason: str
    """What was true: `language starts with fr`; for the root, that nothing else was."""
    passed: tuple[tuple[str, str], ...] = ()
    """The routes looked at before it, each with why it did not take it."""


def pick_route(root: Route, facts: RouteFacts, now: datetime) -> RoutePick:
    """First child that matches wins, depth first; a node whose children do not match is itself the answer."""
    node, reasons = root, list[str]()
    passed: list[tuple[str, str]] = []
    while True:
        for child in node.children:
            refusal = child.refusal(facts, now)
            if refusal is None:
                reasons.append(child.says() or "it takes whatever gets this far")
                node = child
                break
            passed.append((child.name, refusal))
        else:
            reason = ", ".join(reasons) or ("no other rule matches" if root.children else "it is the only rule")
            return RoutePick(route=node, reason=reason, passed=tuple(passed))
