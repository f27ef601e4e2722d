"""`match:` and `when:`: from the file's models to conditions, with every field, value and pattern checked."""

from collections.abc import Collection, Mapping
from typing import TypeAlias

from bridge.domain.conditions import (
    AnyOf,
    AtLeast,
    AtMost,
    Condition,
    Contains,
    Either,
    Every,
    Exists,
    Not,
    Prefix,
    Regex,
)
from bridge.domain.routing import PLAIN_FIELDS, Matcher, When, language_tag
from bridge.domain.ticket import Kind, Priority
from bridge.domain.words import Scalar
from bridge.rulebook import models_rules as written
from bridge.rulebook.build_times import Clocks
from bridge.rulebook.complaints import Complaints, Path, check_known, did_you_mean, quoted
from bridge.rulebook.patterns import searcher

USER_FIELDS: Mapping[str, str] = {
    "external_id": "string",
    "name": "string",
    "locale": "string",
    "timezone": "string",
    "email": "string",
    "verified": "boolean",
}
RISKS = ("low", "medium", "high")

Declared: TypeAlias = Mapping[str, Mapping[str, str]]
"""Bot → its declared attributes → their types."""

_CHOICES: Mapping[str, tuple[str, ...]] = {"kind": tuple(Kind), "priority": tuple(Priority), "risk": RISKS}
_TYPE_WORDS = {"string": "text", "number": "a number", "boolean": "true or false"}


class Matches:
    """Builds the conditions of one route after the other."""

    def __init__(self, declared: Declared, clocks: Clocks, complaints: Complaints) -> None:
        self._declared = declared
        self._clocks = clocks
        self._complaints = complaints

    def matchers(self, path: Path, match: Mapping[str, object], bots: Collection[str]) -> tuple[Matcher, ...]:
        """`bots` are those whose tickets can come this far; one of them must declare what is asked about."""
        built: list[Matcher] = []
        for field, asked in match.items():
            here = (*path, "match", field)
            kinds = self._types(here, field, bots)
            if kinds is None:
                continue
            condition = _Builder(field, kinds, self._bots_or_choices(field), self._complaints).condition(here, asked)
            if condition is not None:
                built.append(Matcher(field, condition))
        return tuple(built)

    def when(self, path: Path, model: written.When | None) -> When | None:
        if model is None:
            return None
        here = (*path, "when")
        if (model.in_ is None) == (model.not_in is None):
            if not self._complaints.touches(here):
                self._complaints.add(here, "write exactly one of in: CALENDAR and not_in: CALENDAR")
            return None
        key = "in" if model.in_ is not None else "not_in"
        calendar = self._clocks.calendar(model.in_ or model.not_in or "", (*here, key))
        return When(calendar, inside=model.in_ is not None) if calendar else None

    def _bots_or_choices(self, field: str) -> tuple[str, ...] | None:
        return tuple(self._declared) if field == "bot" else _CHOICES.get(field)

    def _types(self, path: Path, field: str, bots: Collection[str]) -> set[str] | None:
        """What types the field's values may have; None if there is no such field."""
        group, _, key = field.partition(".")
        if group == "user" and key in USER_FIELDS:
            return {USER_FIELDS[key]}
        if group == "attributes" and key:
            types = {self._declared[bot][key] for bot in bots if key in self._declared.get(bot, {})}
            if not types:
                known = {name for bot in bots for name in self._declared.get(bot, {})}
                hint = did_you_mean(key, known) or "; add it under the bot's attributes"
                self._complaints.add_key(path, f"no bot declares the attribute {quoted(key)}{hint}")
                return None
            return types
        if field in PLAIN_FIELDS:
            return {"number"} if field == "confidence" else {"string"}
        fields = [*PLAIN_FIELDS, *(f"user.{name}" for name in USER_FIELDS)]
        fields += [f"attributes.{name}" for declared in self._declared.values() for name in declared]
        self._complaints.add_key(path, f"unknown field{did_you_mean(field, fields)}")
        return None


class _Builder:
    """Builds the condition of one field."""

    def __init__(self, field: str, types: set[str], choices: tuple[str, ...] | None, complaints: Complaints) -> None:
        self._field = field
        self._types = types
        self._choices = choices
        self._complaints = complaints

    def condition(self, path: Path, asked: object) -> Condition | None:
        if isinstance(asked, written.Rule):
            return self._rule(path, asked)
        if not isinstance(asked, list):
            return AnyOf((self._value(path, asked),))
        if not asked:
            self._complaints.add(path, "an empty list never matches")
        return AnyOf(tuple(self._value((*path, index), value) for index, value in enumerate(asked)))

    def _rule(self, path: Path, rule: written.Rule) -> Condition | None:
        parts: list[Condition | None] = []
        if rule.not_ is not None:
            inner = self.condition((*path, "not"), rule.not_)
            parts.append(Not(inner) if inner else None)
        parts += self._on_text(path, rule)
        parts += self._on_numbers(path, rule)
        if rule.exists is not None:
            parts.append(Exists(rule.exists))
        if rule.any_ is not None:
            inner_any = [self.condition((*path, "any", index), each) for index, each in enumerate(rule.any_)]
            parts.append(Either(tuple(each for each in inner_any if each is not None)))
        if rule.all_ is not None:
            inner_all = [self.condition((*path, "all", index), each) for index, each in enumerate(rule.all_)]
            parts.append(Every(tuple(each for each in inner_all if each is not None)))
        built = tuple(part for part in parts if part is not None)
        if not parts and not self._complaints.touches(path):
            self._complaints.add(path, "an empty condition says nothing")
        return built[0] if len(built) == 1 else Every(built) if built else None

    def _on_text(self, path: Path, rule: written.Rule) -> list[Condition | None]:
        language = self._field == "language"
        parts: list[Condition | None] = []
        for key, text in (("prefix", rule.prefix), ("contains", rule.contains)):
            if text is not None and self._must_be(path, key, "string"):
                spelled = language_tag(text) if language else text
                parts.append(Prefix(spelled) if key == "prefix" else Contains(spelled))
        if rule.regex is not None and self._must_be(path, "regex", "string"):
            try:
                parts.append(Regex(rule.regex, searcher(rule.regex, any_case=language)))
            except ValueError as error:
                self._complaints.add((*path, "regex"), str(error))
        return parts or [None] * bool(rule.prefix or rule.contains or rule.regex is not None)

    def _on_numbers(self, path: Path, rule: written.Rule) -> list[Condition | None]:
        parts: list[Condition | None] = []
        if rule.gte is not None and self._must_be(path, "gte", "number"):
            parts.append(AtLeast(rule.gte))
        if rule.lte is not None and self._must_be(path, "lte", "number"):
            parts.append(AtMost(rule.lte))
        if rule.gte is not None and rule.lte is not None and rule.gte > rule.lte:
            self._complaints.add(path, "gte is above lte: this never matches")
        return parts or [None] * (rule.gte is not None or rule.lte is not None)

    def _must_be(self, path: Path, key: str, kind: str) -> bool:
        if kind in self._types:
            return True
        self._complaints.add((*path, key), f"{key} is for {_TYPE_WORDS[kind]}; {self._is()}")
        return False

    def _value(self, path: Path, value: object) -> Scalar:
        found = "boolean" if isinstance(value, bool) else "number" if isinstance(value, (int, float)) else "string"
        if found not in self._types:
            quotes = "; put it in quotes" if "string" in self._types else ""
            self._complaints.add(path, f"{self._is()}, not {quoted(value)}{quotes}")
        elif self._choices is not None and isinstance(value, str):
            check_known(self._complaints, path, value, (self._field, self._choices))
        if isinstance(value, str) and self._field == "language":
            return language_tag(value)
        return value if isinstance(value, (str, int, float)) else None

    def _is(self) -> str:
        return f"{self._field} is {' or '.join(_TYPE_WORDS[kind] for kind in sorted(self._types))}"
