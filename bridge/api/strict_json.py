"""The one loader of JSON from outside: whatever the bytes, a plain value or `InvalidJson`."""

import json
import math
from typing import Any, NoReturn, TypeAlias

from bridge.api.limits import JSON_DEPTH, OBJECT_KEYS

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

INT_DIGITS = 19
"""Enough for 64 bits; beyond that SQLite overflows and Python refuses some numbers with a bare ValueError."""


class InvalidJson(Exception):
    """Not JSON as we read it. `args[0]` is a sentence without any of the input."""


class UnfitJson(InvalidJson):
    """JSON, but not to be stored: too many keys, or text no database takes. `pointer` says where."""

    def __init__(self, detail: str, pointer: str, code: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.code = code


def load(body: bytes) -> Json:
    """Read one JSON document in UTF-8.

    Refuses what `json.loads` lets through: a byte order mark, UTF-16, duplicate keys, NaN and infinities, numbers
    beyond 64 bits, nesting deeper than 32; and as `UnfitJson` lone surrogates, NUL, and more than 200 keys.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidJson("The body is not UTF-8.") from None
    try:
        value: Json = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_real, parse_constant=_constant
        )
    except RecursionError:
        raise InvalidJson(f"The body is nested deeper than {JSON_DEPTH}.") from None
    except json.JSONDecodeError as error:
        raise InvalidJson(f"The body is not JSON (line {error.lineno}, column {error.colno}).") from None
    if not _is_plain(value, escapes="\\u" in text):
        _judge(value)
    return value


def token(key: object) -> str:
    """One step of a JSON Pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidJson("An object has the same key twice.")
    return found


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > INT_DIGITS or not -(2**63) <= (value := int(digits)) < 2**63:
        raise InvalidJson("A number is beyond 64 bits.")
    return value


def _real(digits: str) -> float:
    if not math.isfinite(value := float(digits)):
        raise InvalidJson("A number is beyond 64 bits.")
    return value


def _constant(_name: str) -> NoReturn:
    raise InvalidJson("NaN and Infinity are no JSON numbers.")


def _is_plain(root: Json, *, escapes: bool) -> bool:
    """Surely nothing to complain of: most bodies. Found without the pointers that only a complaint needs.

    A raw NUL or half a surrogate pair cannot pass the decoders; only an escape can bring one.
    """
    level: list[Json] = [root]
    for _ in range(JSON_DEPTH):
        below: list[Json] = []
        for value in level:
            if isinstance(value, dict):
                if len(value) > OBJECT_KEYS or (escapes and not all(map(_is_storable, value))):
                    return False
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            elif escapes and isinstance(value, str) and not _is_storable(value):
                return False
        if not below:
            return True
        level = below
    return False


def _is_storable(text: str) -> bool:
    try:
        return "\0" not in text and (text.isascii() or bool(text.encode()))
    except UnicodeEncodeError:
        return False


def _judge(root: Json) -> None:
    """Walk without recursion, so that depth is ours to judge and not the interpreter's."""
    waiting: list[tuple[Json, str, int]] = [(root, "", 0)]
    while waiting:
        value, pointer, depth = waiting.pop()
        match value:
            case str():
                _judge_text(value, pointer)
            case dict():
                _judge_depth(depth)
                if len(value) > OBJECT_KEYS:
                    raise UnfitJson(f"An object may have at most {OBJECT_KEYS} keys.", pointer, "too-many-keys")
                for key, inner in value.items():
                    _judge_text(key, pointer)
                    waiting.append((inner, f"{pointer}/{token(key)}", depth + 1))
            case list():
                _judge_depth(depth)
                waiting.extend((inner, f"{pointer}/{index}", depth + 1) for index, inner in enumerate(value))
            case _:
                pass


def _judge_depth(depth: int) -> None:
    if depth >= JSON_DEPTH:
        raise InvalidJson(f"The body is nested deeper than {JSON_DEPTH}.")


def _judge_text(text: str, pointer: str) -> None:
    if "\0" in text:
        raise UnfitJson("Text must not contain NUL.", pointer, "unstorable-text")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UnfitJson("Text must not contain half of a surrogate pair.", pointer, "unstorable-text") from None
