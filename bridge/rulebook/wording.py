"""What pydantic found wrong, in sentences for an admin and with the place in the file.

A part that is refused is taken out and the rest is looked at again, so that one mistake never hides another.
"""

import copy
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bridge.rulebook.complaints import Complaints, Path, did_you_mean, nearest, quoted
from bridge.rulebook.models import File
from bridge.rulebook.source import Plain

_MOST_ROUNDS = 100
_STAND_IN: Mapping[str, Callable[[], Plain]] = {
    "version": lambda: 1,
    "routes": lambda: {"name": "fallback", "target": {"platform": "console"}},
}
_EXAMPLES = {
    "channel": "C0123",
    "name": "french",
    "after": "3m",
    "kind": "slack",
    "url": "https://bot.example/handrail",
}
_MAY_BE_EMPTY = {"ladder", "approval", "idle", "hold", "stale_after"}
"""Keys whose empty value has a meaning: a child route does without what it would inherit."""

Schema: TypeAlias = Mapping[str, Any]


def understood(data: Mapping[str, Plain], complaints: Complaints) -> File | None:
    """The file as far as it makes sense; every part that does not is in the complaints."""
    left = copy.deepcopy(dict(data))
    _take_out_empty(left, (), complaints)
    for _ in range(_MOST_ROUNDS):
        try:
            return File.model_validate(left)
        except ValidationError as error:
            details = error.errors(include_url=False)
        meant = _meant(details, left)
        for path, missing in [_complain(detail, left, meant, complaints) for detail in details]:
            _take_out(left, path, missing)
    return None


def sentences(error: ValidationError) -> list[tuple[Path, str]]:
    """Pydantic's findings as (path, sentence), for models of others. No value is repeated: it may be a secret."""
    found: list[tuple[Path, str]] = []
    for detail in error.errors(include_url=False, include_input=False):
        path: Path = tuple(detail["loc"])
        match detail["type"]:
            case "missing":
                found.append((path[:-1], f"{path[-1]} is missing"))
            case "extra_forbidden":
                found.append((path, "unknown key"))
            case _:
                found.append((path, detail["msg"].removeprefix("Value error, ").replace("Input should", "must")))
    return found


def _take_out_empty(data: dict[str, Plain], path: Path, complaints: Complaints) -> None:
    for key, value in list(data.items()):
        here = (*path, key)
        if value is None and (_anything_goes(here) or key in _MAY_BE_EMPTY):
            continue
        if value is None:
            del data[key]
            # A section whose lines are all commented out is simply not there.
            if len(here) > 1 and not complaints.touches(here):
                complaints.add(here, "has no value")
        elif isinstance(value, dict):
            _take_out_empty(value, here, complaints)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    _take_out_empty(item, (*here, index), complaints)


def _anything_goes(path: Path) -> bool:
    """A platform's own options, a condition (which has a better sentence for it) and the facts of a test."""
    return (path[0] == "platforms" and len(path) > 2) or "match" in path or "given" in path


def _meant(details: list[ErrorDetails], data: Plain) -> set[Path]:
    """The keys that unknown ones probably are: `nmae` is one mistake, not an unknown key and a missing one."""
    unknown = [_located(detail["loc"], data)[0] for detail in details if detail["type"] == "extra_forbidden"]
    return {(*path[:-1], nearest(str(path[-1]), _known_keys(path[:-1])) or "") for path in unknown}


def _complain(detail: ErrorDetails, data: Plain, meant: set[Path], complaints: Complaints) -> tuple[Path, str | None]:
    """Say what is wrong; give back where, and the key that is missing there."""
    path, missing = _located(detail["loc"], data)
    kind = detail["type"]
    if missing is not None:
        example = f" (expected e.g. {_EXAMPLES[missing]})" if missing in _EXAMPLES else ""
        if (*path, missing) not in meant and not complaints.touches((*path, missing)):
            complaints.add(path, f"{missing} is missing{example}")
    elif kind == "extra_forbidden":
        known = _known_keys(path[:-1])
        complaints.add_key(path, f"unknown key{did_you_mean(str(path[-1]), known)}")
    elif "[key]" in detail["loc"]:
        complaints.add_key(path, _sentence(detail))
    else:
        complaints.add(path, _sentence(detail))
    return path, missing


def _located(loc: tuple[int | str, ...], data: Plain) -> tuple[Path, str | None]:
    """The path in the data: pydantic's marks for the branch of a union fall out."""
    path: Path = ()
    for position, part in enumerate(loc):
        below = _at(data, (part,))
        if below is not None or (isinstance(data, dict) and part in data):
            data = below
        elif isinstance(data, dict) and position == len(loc) - 1 and isinstance(part, str) and part[:1] not in "«[":
            return path, part
        else:
            continue
        path = (*path, part)
    return path, None


def _take_out(data: dict[str, Plain], path: Path, missing: str | None) -> None:
    """Remove what was refused. An item of a list takes its list along: positions must stay those of the file."""
    owner = _at(data, path)
    if missing is not None and isinstance(owner, dict):
        if missing in _STAND_IN and not path:
            owner[missing] = _STAND_IN[missing]()
            return
        if missing == "name":
            owner["name"] = f"unnamed-{len(path)}-{'-'.join(str(part) for part in path if isinstance(part, int))}"
            return
    while path and not isinstance(path[-1], str):
        path = path[:-1]
    if path and isinstance(holder := _at(data, path[:-1]), dict):
        holder.pop(str(path[-1]), None)


def _at(data: Plain, path: Path) -> Plain:
    for part in path:
        if isinstance(data, dict) and isinstance(part, str):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def _sentence(detail: ErrorDetails) -> str:
    value, ctx = detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "said":
            return str(ctx["said"])
        case "literal_error":
            choices = re.findall(r"'([^']*)'", str(ctx["expected"]))
            if not choices:
                return f"must be {ctx['expected']}, not {quoted(value)}"
            near = did_you_mean(value, choices) if isinstance(value, str) else ""
            return f"{_found(value)} is not one of {', '.join(choices)}{near}"
        case "string_type" if isinstance(value, (int, float)):
            return f'expected text; put it in quotes: "{quoted(value)}"'
        case "string_type":
            return f"expected text, found {_found(value)}"
        case "int_type" | "int_from_float":
            return f"expected a whole number, found {_found(value)}"
        case "bool_type":
            return f"expected true or false, found {_found(value)}"
        case "list_type":
            return f"expected a list, found {_found(value)}"
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"expected a mapping (key: value), found {_found(value)}"
        case "too_short" | "string_too_short":
            return "must not be empty"
        case "string_too_long":
            return f"is longer than {ctx['max_length']} characters"
        case "greater_than_equal":
            return f"must be at least {ctx['ge']}"
        case "less_than_equal":
            return f"must be at most {ctx['le']}"
        case "string_pattern_mismatch":
            return f"{quoted(value)} must be one word of at most 20 letters"
        case _:
            return detail["msg"].replace("Input should be", "must be")


def _found(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else quoted(value)


@lru_cache(maxsize=1)
def _schema() -> Schema:
    return File.model_json_schema()


def _known_keys(path: Path) -> set[str]:
    """The keys that may stand in the mapping at this path."""
    nodes = _branches(_schema())
    for part in path:
        below: list[Schema] = []
        for node in nodes:
            if isinstance(part, int):
                below += _branches(node.get("items", {}))
            elif part in node.get("properties", {}):
                below += _branches(node["properties"][part])
            elif isinstance(node.get("additionalProperties"), dict):
                below += _branches(node["additionalProperties"])
        nodes = below
    return {key for node in nodes for key in node.get("properties", {})}


def _branches(node: Schema) -> list[Schema]:
    if "$ref" in node:
        return _branches(_schema()["$defs"][node["$ref"].rpartition("/")[2]])
    choices = [*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())]
    return [node, *(found for choice in choices for found in _branches(choice))]
