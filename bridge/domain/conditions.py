"""What a route may ask of one field, and how that reads in a sentence.

A field with several values (`tags`) satisfies a condition when one of its values does. A field that was not given
satisfies none but `exists: false`, and `not` of any other.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeGuard, assert_never

from bridge.domain.words import Scalar

Value: TypeAlias = Scalar | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Equal to one of these; a plain scalar in the config is one value."""

    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    text: str


@dataclass(frozen=True, slots=True)
class Regex:
    """`found` searches a text in linear time; the rulebook brings it, as the standard library has no such thing."""

    pattern: str
    found: Callable[[str], bool] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AtLeast:
    number: int | float


@dataclass(frozen=True, slots=True)
class AtMost:
    number: int | float


@dataclass(frozen=True, slots=True)
class Exists:
    wanted: bool


@dataclass(frozen=True, slots=True)
class Contains:
    """Part of a text, or one of several values."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Either:
    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Every:
    conditions: "tuple[Condition, ...]"


Condition: TypeAlias = AnyOf | Prefix | Regex | AtLeast | AtMost | Exists | Contains | Not | Either | Every


def holds(condition: Condition, value: Value) -> bool:
    match condition:
        case Not(inner):
            return not holds(inner, value)
        case Either(conditions):
            return any(holds(each, value) for each in conditions)
        case Every(conditions):
            return all(holds(each, value) for each in conditions)
        case Exists(wanted):
            return (value is not None and value != ()) is wanted
        case Contains(text):
            return text in value if isinstance(value, (str, tuple)) else False
        case _:
            single = value if isinstance(value, tuple) else (value,)
            return any(_fits(condition, each) for each in single)


def _fits(condition: AnyOf | Prefix | Regex | AtLeast | AtMost, value: Scalar) -> bool:
    match condition:
        case AnyOf(values):
            return any(_same(value, each) for each in values)
        case Prefix(text):
            return isinstance(value, str) and value.startswith(text)
        case Regex(found=found):
            return isinstance(value, str) and found(value)
        case AtLeast(number):
            return _is_number(value) and value >= number
        case AtMost(number):
            return _is_number(value) and value <= number
        case _:
            assert_never(condition)


def _same(value: Scalar, wanted: Scalar) -> bool:
    # True == 1 in Python; a flag and a count are not the same to whoever wrote the rule.
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted


def _is_number(value: Scalar) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def predicate(condition: Condition, *, many: bool, positive: bool = True) -> str:
    """The condition as the end of a sentence: `starts with fr`; not positive: `does not start with fr`."""
    match condition:
        case Not(inner):
            return predicate(inner, many=many, positive=not positive)
        case Either(conditions) | Every(conditions):
            word = " or " if isinstance(condition, Either) == positive else " and "
            return word.join(predicate(each, many=many, positive=positive) for each in conditions)
        case AnyOf(values):
            named = " or ".join(_shown(value) for value in values)
            return _verb("include" if many else "is", named, many=many, positive=positive)
        case Prefix(text):
            return _verb("start with", _shown(text), many=many, positive=positive)
        case Regex(pattern):
            return _verb("match", pattern, many=many, positive=positive)
        case AtLeast(number):
            return _verb("is", f"at least {number}", many=many, positive=positive)
        case AtMost(number):
            return _verb("is", f"at most {number}", many=many, positive=positive)
        case Exists(wanted):
            return _verb("is", "given", many=many, positive=wanted == positive)
        case Contains(text):
            return _verb("include" if many else "contain", _shown(text), many=many, positive=positive)
        case _:
            assert_never(condition)


def _verb(verb: str, rest: str, *, many: bool, positive: bool) -> str:
    if verb == "is":
        be = "are" if many else "is"
        return f"{be} {rest}" if positive else f"{be} not {rest}"
    if not positive:
        return f"do{'' if many else 'es'} not {verb} {rest}"
    first, *others = verb.split(" ")
    ending = "" if many else "es" if first.endswith("ch") else "s"
    return " ".join([first + ending, *others, rest])


def _shown(value: Scalar) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return '""' if value in {"", None} else str(value)
