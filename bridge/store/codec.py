"""Domain records ↔ JSON, derived from their types. One rule for every record, tested as a round trip."""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_MICROSECOND = timedelta(microseconds=1)
_PLAIN: tuple[object, ...] = (str, int, float, bool, type(None))
_TAG = "is"


@dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """`decode(encode(x)) == x`; what `encode` gives holds only dicts, lists, strings, numbers, booleans and None."""

    encode: Callable[[T], Any]
    decode: Callable[[Any], T]


def _same(value: Any) -> Any:
    return value


def _moment_out(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


_LEAVES: dict[object, Codec[Any]] = {
    datetime: Codec(_moment_out, datetime.fromisoformat),
    timedelta: Codec(lambda span: span // _MICROSECOND, lambda micros: timedelta(microseconds=micros)),
    date: Codec(date.isoformat, date.fromisoformat),
    time: Codec(time.isoformat, time.fromisoformat),
}


@cache
def codec_for(kind: Any) -> Codec[Any]:
    """The codec of a record or of any type that stands in one. A union of records is told apart by its tag `is`."""
    while isinstance(kind, typing.NewType):
        kind = kind.__supertype__
    if kind in _LEAVES:
        return _LEAVES[kind]
    if kind in _PLAIN or kind is Any:
        return Codec(_same, _same)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return Codec(lambda member: member.value, kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _record(kind)
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _union(typing.get_args(kind))
    return _container(origin, typing.get_args(kind))


def _record(kind: type[Any], without: frozenset[str] = frozenset()) -> Codec[Any]:
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind) if field.name not in without]
    coders = [(name, codec_for(hints[name])) for name in names]
    decoders = {name: coder.decode for name, coder in coders}
    plain = [name for name, coder in coders if coder.encode is _same]
    rest = [(name, coder.encode) for name, coder in coders if coder.encode is not _same]

    def encode(value: Any) -> dict[str, Any]:
        out = {name: getattr(value, name) for name in plain}
        for name, turn in rest:
            out[name] = turn(getattr(value, name))
        return out

    def decode(found: Mapping[str, Any]) -> Any:
        # A field that is gone from the record is skipped, a new one takes its default: old rows stay readable.
        return kind(**{name: decoders[name](value) for name, value in found.items() if name in decoders})

    return Codec(encode, decode)


def record_without(kind: type[Any], *names: str) -> Codec[Any]:
    """Like `codec_for`, but `names` are left out, and decoding gives the keyword arguments for the record."""
    encode = _record(kind, frozenset(names)).encode
    hints = typing.get_type_hints(kind)
    decoders = {
        field.name: codec_for(hints[field.name]).decode for field in dataclasses.fields(kind) if field.name not in names
    }

    def decode(found: Mapping[str, Any]) -> dict[str, Any]:
        return {name: decoders[name](value) for name, value in found.items() if name in decoders}

    return Codec(encode, decode)


def _union(members: tuple[Any, ...]) -> Codec[Any]:
    others = tuple(member for member in members if member is not type(None))
    if all(member in _PLAIN for member in others):
        return Codec(_same, _same)
    if len(others) == 1:
        one = codec_for(others[0])
        return Codec(
            lambda value: None if value is None else one.encode(value),
            lambda found: None if found is None else one.decode(found),
        )
    named = {member.__name__: codec_for(member) for member in others}

    def encode(value: Any) -> dict[str, Any] | None:
        if value is None:
            return None
        name = type(value).__name__
        return {_TAG: name, **named[name].encode(value)}

    def decode(found: Mapping[str, Any] | None) -> Any:
        return None if found is None else named[found[_TAG]].decode(found)

    return Codec(encode, decode)


def _container(origin: Any, args: tuple[Any, ...]) -> Codec[Any]:
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return _many(codec_for(args[0]), tuple)
    if origin is tuple:
        parts = [codec_for(arg) for arg in args]
        return Codec(
            lambda value: [part.encode(item) for part, item in zip(parts, value, strict=True)],
            lambda found: tuple(part.decode(item) for part, item in zip(parts, found, strict=True)),
        )
    if origin is frozenset:
        item = codec_for(args[0])
        # Sorted, so that equal records have one text and policies one digest.
        return Codec(lambda value: sorted(map(item.encode, value)), lambda found: frozenset(map(item.decode, found)))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(args[0], codec_for(args[1]))
    raise TypeError(f"no codec for {origin}{args}")


def _many(item: Codec[Any], into: Callable[[Any], Any]) -> Codec[Any]:
    return Codec(lambda value: [item.encode(one) for one in value], lambda found: into(map(item.decode, found)))


def _mapping(key: Any, item: Codec[Any]) -> Codec[Any]:
    names = codec_for(key)
    # JSON has only text as keys: an int comes back through int().
    back: Callable[[str], Any] = int if key is int else names.decode
    return Codec(
        lambda value: {str(names.encode(name)): item.encode(one) for name, one in value.items()},
        lambda found: {back(name): item.decode(one) for name, one in found.items()},
    )
