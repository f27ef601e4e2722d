"""Files nobody needs: those that no message names, and bytes that a crash left behind."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.store import Store

log = structlog.get_logger(__name__)

UNNAMED_KEPT: Final = timedelta(hours=24)
ORPHANS_KEPT: Final = timedelta(hours=1)
"""Bytes come before their row: for a moment every file is an orphan."""


class ForgetFiles:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, now: datetime) -> None:
        files = self._store.files
        forgotten = 0
        while unnamed := await files.unnamed(now - UNNAMED_KEPT):
            forgotten += await files.delete(unnamed, only_unnamed=True)
        orphans = await files.sweep_orphans(now - ORPHANS_KEPT)
        if forgotten or orphans:
            log.info("files_forgotten", unnamed=forgotten, orphans=orphans)
