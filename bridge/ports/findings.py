"""What `handrail doctor` says of one thing it looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Mark(StrEnum):
    GOOD = "good"
    DOUBT = "doubt"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    mark: Mark
    what: str
    fix: str | None = None
    """What to do about it, as a sentence or a command."""


@runtime_checkable
class Examined(Protocol):
    """A platform that can tell by itself what is wrong with how it is set up. Optional."""

    async def findings(self, channels: Sequence[str] = ()) -> Sequence[Finding]:
        """A few cheap calls; nothing changes there. `channels` are those the config uses. Never raises."""
        ...
