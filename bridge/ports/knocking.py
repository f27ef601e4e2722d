"""Platforms that post to us over HTTP: the daemon's listener hands them what comes to their addresses."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

ROOT = "/platforms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """One request, its body as raw bytes: a signature is over them. Nobody has looked yet who sent it."""

    headers: Mapping[str, str]
    """Names in lower case; what stands twice is joined by a comma."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    text: str = ""
    content_type: str = "text/plain"


Doorman: TypeAlias = Callable[[Knock], Awaitable[Reply]]


@runtime_checkable
class HasDoors(Protocol):
    """A chat platform that brings addresses of its own. Optional: one that only connects outwards has none."""

    @property
    def doors(self) -> Mapping[str, Doorman]:
        """Path below the platform's address → who answers a POST there; empty when it needs none as it is set up.

        A doorman decides who may come in. It returns once what came is committed, within the platform's patience.
        """
        ...


def address(platform: str, path: str) -> str:
    """Where on the listener a door of the platform is."""
    return f"{ROOT}/{platform}/{path}"
