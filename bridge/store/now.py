"""The one thing the store asks of a clock."""

from datetime import datetime
from typing import Protocol


class Now(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...
