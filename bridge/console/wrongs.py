"""Is anything wrong with the site? Asked by every screen, so it is looked up once for all of them."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bridge.domain.errors import StoreTrouble

KEPT_FOR = 5.0
"""Seconds an answer counts."""


@dataclass(slots=True)
class Wrongs:
    acts: int = 0
    """How many acts were answered on the operators' page: streams then no longer know what a browser shows."""
    _wrong: bool = False
    _looked_at: float = float("-inf")

    async def any(self, look: Callable[[], Awaitable[bool]]) -> bool:
        """What `look` said last; asked anew when that is old."""
        if time.monotonic() - self._looked_at >= KEPT_FOR:
            self._looked_at = time.monotonic()
            try:
                self._wrong = await look()
            except StoreTrouble:
                self._wrong = True
        return self._wrong
