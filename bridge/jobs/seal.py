"""Hours that are over are counted once and kept, so that a look back over weeks reads hours, not tickets."""

from datetime import datetime

import structlog

from bridge.store import Store

log = structlog.get_logger(__name__)


class SealHours:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, now: datetime) -> None:  # noqa: ARG002 - the store knows which hours are over
        hours = await self._store.measures.seal()
        if hours:
            log.debug("hours_measured", hours=hours)
