"""The net under the outbox's order."""

from datetime import datetime

import structlog

from bridge.metrics import Metrics
from bridge.store import Store

log = structlog.get_logger(__name__)


class PromoteStuck:
    """Lets go deliveries that wait for a predecessor that is no more. There must be none; each is counted and said."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics

    async def __call__(self, now: datetime) -> None:  # noqa: ARG002 — a sweep is given the time, this one has no use for it
        promoted = await self._store.outbox.promote_stuck()
        if promoted:
            self._metrics.promoted.inc(promoted)
            log.error("outbox_promoted_stuck", count=promoted)
