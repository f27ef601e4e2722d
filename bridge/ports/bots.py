"""What a bot's side must be able to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | Mapping[str, "Json"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One callback as it leaves: `{"type", "timestamp", "data"}`; `timestamp` is when it happened, ISO 8601 in UTC."""

    type: str
    timestamp: str
    data: Mapping[str, Json]


class BotConnection(Protocol):
    """The way out to one bot."""

    skew: timedelta | None
    """How far its clock is before ours, by its last answer; None when it does not say."""

    async def tell(self, envelope: Envelope, *, key: str) -> None:
        """Hand it over once; `key` is the same over every attempt. Raises a `DeliveryError` of the right class."""
        ...

    async def find(self, envelope: Envelope, *, key: str) -> bool | None:
        """Did it arrive? None: cannot be asked, telling again under the same key is safe."""
        ...

    async def close(self) -> None: ...
