"""How long a row that fails is left alone, so that it neither stops the others nor is tried in a busy loop."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bridge.domain.events import EventKey

log = structlog.get_logger(__name__)

PAUSES = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))
QUARANTINE = timedelta(hours=1)
"""Between the tries of a row that has failed five times; a person should have looked by then."""


@dataclass(frozen=True, slots=True)
class _Tries:
    count: int
    again_at: datetime


class Patience:
    """Remembers the tries of rows that are still there. In memory: a restart begins anew."""

    def __init__(self) -> None:
        self._tries: dict[EventKey, _Tries] = {}

    def __len__(self) -> int:
        return len(self._tries)

    def allows(self, key: EventKey, now: datetime) -> bool:
        tries = self._tries.get(key)
        return tries is None or now >= tries.again_at

    def tried(self, key: EventKey, now: datetime, error: Exception | None) -> None:
        """Count a try. One without an error counts too: if its row comes up again, it had no effect."""
        before = self._tries.get(key)
        count = before.count + 1 if before else 1
        pause = PAUSES[count - 1] if count <= len(PAUSES) else QUARANTINE
        self._tries[key] = _Tries(count, now + pause)
        if pause is QUARANTINE:
            log.error("clock_event_quarantined", scope=key.scope, key=key.key, tries=count, exc_info=error)
        elif error is not None:
            log.warning("clock_event_failed", scope=key.scope, key=key.key, tries=count, exc_info=error)

    def keep_only(self, keys: Iterable[EventKey]) -> None:
        """Forget the tries of rows that are gone."""
        standing = set(keys)
        self._tries = {key: tries for key, tries in self._tries.items() if key in standing}
