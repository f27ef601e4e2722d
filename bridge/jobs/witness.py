"""Counts what was decided here, once each: a log line is committed by one process only."""

from collections.abc import Mapping
from datetime import datetime

from bridge.domain.measures import Span, Timed
from bridge.metrics import Metrics
from bridge.store import Store

RELAYED: Mapping[str, str] = {
    "message.sent": "sent",
    "message.failed": "failed",
    "message.not_shown": "not_shown",
}
ENDS_A_WAIT = frozenset({"ticket.assigned", "message.created"})


class Witness:
    """Turns committed lines into figures. What a store in trouble cannot say is not counted later."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics
        self._waits = {Span.CLAIM: metrics.claim_seconds, Span.FIRST_RESPONSE: metrics.first_response_seconds}

    async def __call__(self, now: datetime) -> None:  # noqa: ARG002 - a sweep is given the time, this one has no use for it
        self._metrics.writer_lag.set(self._store.writer.lag)
        news = self._store.writer.decided.take(ENDS_A_WAIT)
        for shore, number in news.repeated.items():
            self._metrics.events_repeated.labels(shore).inc(number)
        for kind, ending in RELAYED.items():
            self._metrics.relayed.labels(ending).inc(news.kinds[kind])
        for fact in await self._store.measures.ended_by(news.lines) if news.lines else ():
            if isinstance(fact, Timed) and fact.what in self._waits:
                self._waits[fact.what].labels(fact.route).observe(fact.wall.total_seconds())
