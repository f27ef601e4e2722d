"""What a platform calls the things a config file names by id. For `handrail config check --live`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class What(StrEnum):
    CHANNEL = "channel"
    GROUP = "group"
    """A user group, or a role."""
    MEMBER = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """How people there call it."""

    name: str
    note: str = ""
    """What else is worth knowing: `12 members`, `private`."""
    trouble: str | None = None
    """Why it cannot be used as it is, with the remedy."""


class Names(Protocol):
    """One workspace or guild that can be asked. Nothing stays connected."""

    async def name_of(self, what: What, id_: str) -> Named:
        """Raises: a `DeliveryError` whose reason says why there is no answer."""
        ...

    async def close(self) -> None: ...
