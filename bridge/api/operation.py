"""One call of the interface, described once: routes, OpenAPI and the docs page are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bridge.api.answers import Answer
from bridge.api.call import Handler, Method
from bridge.api.models import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A part of the address, or a header. `schema` is its JSON Schema."""

    name: str
    place: Literal["path", "query", "header"]
    about: str
    schema: Mapping[str, object]
    example: str | tuple[str, ...] | Mapping[str, str]
    deep: bool = False
    """An object spelled as `name[key]=value`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`refusals` are problem codes beside those every call can have."""

    method: Method
    path: str
    name: str
    summary: str
    about: str
    handler: Handler
    takes: type[Request] | None = None
    gives: Mapping[int, type[Answer] | None] = field(default_factory=dict)
    """Answer per status; None has no body."""
    parameters: tuple[Parameter, ...] = ()
    refusals: tuple[str, ...] = ()
    markdown: bool = False
    """The answer also comes as text/markdown."""
    brings_file: bool = False
    """It takes a form with a file, and nothing else."""
    waits: bool = False
    """A long poll: not counted among the calls in flight."""
