"""How much waits, and since when."""

from datetime import datetime

from bridge.metrics import Metrics
from bridge.store import Store


async def measure(store: Store, metrics: Metrics, now: datetime) -> None:
    """Bring the outbox's gauges up to date, by platform: lanes would be labels without a bound."""
    waiting: dict[str, int] = {}
    oldest: dict[str, datetime] = {}
    for view in await store.lanes.views():
        platform = view.lane.platform
        waiting[platform] = waiting.get(platform, 0) + view.waiting
        if view.oldest_at is not None:
            oldest[platform] = min(view.oldest_at, oldest.get(platform, view.oldest_at))
    metrics.outbox_waiting.clear()
    metrics.outbox_age.clear()
    for platform, number in waiting.items():
        metrics.outbox_waiting.labels(platform).set(number)
        age = (now - oldest[platform]).total_seconds() if platform in oldest else 0.0
        metrics.outbox_age.labels(platform).set(max(0.0, age))
