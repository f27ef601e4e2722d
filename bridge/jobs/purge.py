"""What need not be kept any longer."""

from datetime import datetime, timedelta

import structlog

from bridge.store import Store

log = structlog.get_logger(__name__)

EVENT_KEYS_KEPT = timedelta(days=8)
"""A repeated call is answered as the first time for at least 7 days; one more for clocks and late sweeps."""


class Purge:
    """Forgets old event keys, sessions nobody used, invites nobody took and budgets nobody spends."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, now: datetime) -> None:
        keys = await self._store.purge.event_keys(now - EVENT_KEYS_KEPT)
        sessions = await self._store.purge.sessions(now)
        await self._store.budgets.forget()
        if keys or sessions:
            log.info("purged", event_keys=keys, sessions=sessions)
