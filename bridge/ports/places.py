"""Platforms that hear when a channel is lost or regained, and can be asked about one."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable


@runtime_checkable
class KnowsPlaces(Protocol):
    """A chat platform that tells of its channels by itself. Optional: of others a failed post tells."""

    @property
    def told(self) -> Mapping[str, str | None]:
        """Channel → why it cannot be used, as a lane's reason; None: it can be used again.

        Only news since it was connected: most channels do not stand here.
        """
        ...

    async def usable(self, place: str, why: str) -> bool | None:
        """One cheap call that posts nothing: is what made the channel unusable over? None: it cannot tell.

        Never raises.
        """
        ...
