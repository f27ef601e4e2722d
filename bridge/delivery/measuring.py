"""How much waits, and since when: deliveries and people."""

from datetime import datetime

from bridge.domain.deliveries import Ending, OpenThread, PostWords, Taken, TellBot
from bridge.domain.ticket import OWNER_OF
from bridge.metrics import Metrics
from bridge.store import Store


def count_ended(metrics: Metrics, taken: Taken, ending: Ending, now: datetime) -> None:
    """How long it took to show, and how well bots take their callbacks."""
    match taken.delivery.content, ending:
        case (OpenThread() | PostWords(), Ending.DONE):
            seconds = max(0.0, (now - taken.created_at).total_seconds())
            metrics.post_seconds.labels(taken.delivery.lane.platform).observe(seconds)
        case (TellBot(), Ending.DONE):
            metrics.callbacks.labels("first" if taken.attempt == 1 else "later").inc()
        case (TellBot(), Ending.DEAD):
            metrics.callbacks.labels("never").inc()
        case _:
            pass


async def measure(store: Store, metrics: Metrics, now: datetime) -> None:
    """Bring the gauges up to date."""
    await _outbox(store, metrics, now)
    await _tickets(store, metrics, now)


async def _tickets(store: Store, metrics: Metrics, now: datetime) -> None:
    metrics.tickets_open.clear()
    for (state, route), number in (await store.tickets.running()).items():
        metrics.tickets_open.labels(OWNER_OF[state].value, route).set(number)
    oldest = await store.tickets.oldest_in_queue()
    metrics.queue_oldest.set(max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0)


async def _outbox(store: Store, metrics: Metrics, now: datetime) -> None:
    """By platform: lanes would be labels without a bound."""
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
