"""Forgets in time: the words of tickets closed long ago, and rows that only served their delivery."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.store import Store

log = structlog.get_logger(__name__)

DELIVERED_KEPT: Final = timedelta(days=7)
"""After its ticket was closed: until then an operator may want to see what happened."""
TOLD_KEPT: Final = timedelta(days=30)
"""What a bot has not read of its feed by then is gone, but for replies: those wait."""


class ForgetInTime:
    """Any number of processes may do it at once, and a killed one leaves nothing half done."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, now: datetime) -> None:
        kept = self._store.retention
        emptied = 0
        while due := await kept.due(now):
            done = await kept.empty(due, now)
            emptied += done
            if done == 0:
                break  # another process was first
        if emptied or self._store.erasing.unsettled:
            await self._store.erasing.settle_file()
        delivered = await kept.forget_delivered(now - DELIVERED_KEPT)
        told = await kept.forget_told(now - TOLD_KEPT)
        if emptied or delivered or told:
            log.info("forgotten", tickets=emptied, deliveries=delivered, told=told)
