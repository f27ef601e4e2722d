"""What follows from conditions, and which cannot hold together. In doubt nothing follows: a lint must not cry wolf."""

from collections.abc import Collection, Iterable, Mapping, Sequence

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
    Value,
    holds,
)
from bridge.domain.routing import Matcher
from bridge.domain.ticket import Kind, Priority

Domains = Mapping[str, Sequence[Value]]
"""Field → every value it can have, where these can be counted."""
MANY = "tags"
"""The one field that has several values at once."""


def domains(bots: Collection[str]) -> Domains:
    return {
        "bot": tuple(bots),
        "kind": tuple(str(kind) for kind in Kind),
        "priority": tuple(str(priority) for priority in Priority),
        "risk": ("low", "medium", "high", None),
        "user.verified": (True, False, None),
    }


def possible(matchers: Iterable[Matcher], domains: Domains) -> str | None:
    """A field whose conditions cannot all hold; None when they may."""
    by_field: dict[str, list[Condition]] = {}
    for matcher in matchers:
        by_field.setdefault(matcher.field, []).extend(_flat(matcher.condition))
    for field, conditions in by_field.items():
        values = domains.get(field)
        if values is not None:
            if not any(all(holds(each, value) for each in conditions) for value in values):
                return field
        elif any(
            conflict(one, other, many=field == MANY)
            for index, one in enumerate(conditions)
            for other in conditions[index:]
        ):
            return field
    return None


def follows(wanted: Matcher, given: Iterable[Matcher], domains: Domains) -> bool:
    """Does the wanted condition hold wherever the given ones do?"""
    same = [matcher.condition for matcher in given if matcher.field == wanted.field]
    values = domains.get(wanted.field)
    if values is not None:
        left = [value for value in values if all(holds(each, value) for each in same)]
        return all(holds(wanted.condition, value) for value in left)
    return any(implies(each, wanted.condition, many=wanted.field == MANY) for each in same)


def implies(one: Condition, other: Condition, *, many: bool = False) -> bool:
    """Does the other hold for every value for which the one does?"""
    match one, other:
        case _ if one == other:
            return True
        case _, Every(conditions):
            return all(implies(one, each, many=many) for each in conditions)
        case Either(conditions), _:
            return all(implies(each, other, many=many) for each in conditions)
        case Every(conditions), _ if any(implies(each, other, many=many) for each in conditions):
            return True
        case _, Either(conditions):
            return any(implies(one, each, many=many) for each in conditions)
        case Not(inner), Not(outer):
            return implies(outer, inner, many=many)
        case _, Not(inner):
            return not many and conflict(one, inner, many=many)
        case _:
            return _plainly(one, other, many=many)


def conflict(one: Condition, other: Condition, *, many: bool = False) -> bool:
    """Is there no value for which both hold? Of several values each may satisfy another condition."""
    for first, second in ((one, other), (other, one)):
        match first, second:
            case Either(conditions), _:
                return all(conflict(each, second, many=many) for each in conditions)
            case Every(conditions), _ if any(conflict(each, second, many=many) for each in conditions):
                return True
            case Not(inner), _ if implies(second, inner, many=many):
                return True
            case Exists(False), _ if positive(second):
                return True
    if many:
        return False
    match one, other:
        case AnyOf(values), _:
            return not any(holds(other, value) for value in values)
        case _, AnyOf(values):
            return not any(holds(one, value) for value in values)
        case (AtLeast(low), AtMost(high)) | (AtMost(high), AtLeast(low)):
            return low > high
        case Prefix(text), Prefix(begin):
            return not text.startswith(begin) and not begin.startswith(text)
        case _:
            return False


def positive(condition: Condition) -> bool:
    """Does it hold only where a value is given?"""
    match condition:
        case Not() | Exists(False):
            return False
        case Either(conditions):
            return all(positive(each) for each in conditions)
        case Every(conditions):
            return any(positive(each) for each in conditions)
        case _:
            return True


def _plainly(one: Condition, other: Condition, *, many: bool) -> bool:
    match one, other:
        case _, Exists(True):
            return positive(one)
        case AnyOf(values), AnyOf() | Prefix() | Regex() | AtLeast() | AtMost():
            return all(holds(other, value) for value in values)
        case AnyOf(values), Contains(text):
            return all(value == text if many else isinstance(value, str) and text in value for value in values)
        case AtLeast(low), AtLeast(least):
            return low >= least
        case AtMost(high), AtMost(most):
            return high <= most
        case Prefix(text), Prefix(begin):
            return text.startswith(begin)
        case (Prefix(text), Contains(part)) | (Contains(text), Contains(part)) if not many:
            return part in text
        case _:
            return False


def _flat(condition: Condition) -> list[Condition]:
    if isinstance(condition, Every):
        return [inner for each in condition.conditions for inner in _flat(each)]
    return [condition]
