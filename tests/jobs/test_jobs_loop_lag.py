"""A loop that stands still, by a call that really blocks it."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Callable

import pytest

from bridge.lag import Limits, LoopWatch
from bridge.logs import configure
from bridge.metrics import Metrics

QUICK = Limits(every=0.02, blocked=0.15, long=0.2, within=0.6)


class Told:
    """What the alarms would be told."""

    def __init__(self) -> None:
        self.blocks: list[float] = []
        self.calm = asyncio.Event()

    async def on_long(self, seconds: float) -> None:
        self.blocks.append(seconds)

    async def on_calm(self) -> None:
        self.calm.set()


@pytest.fixture
async def told() -> Told:
    return Told()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
async def written(stream: io.StringIO) -> AsyncIterator[Callable[[], list[dict[str, object]]]]:
    stop = configure("INFO", json=True, stream=stream)

    def read() -> list[dict[str, object]]:
        stop()
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield read
    stop()


def measured(metrics: Metrics) -> float:
    return metrics.registry.get_sample_value("handrail_loop_lag_seconds_count") or 0


async def the_watch_measures(metrics: Metrics) -> None:
    """Twice more, so that one measurement began after now."""
    before = measured(metrics)
    for _ in range(1000):
        if measured(metrics) >= before + 2:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the watch does not measure")


def a_call_that_blocks(words: str) -> str:
    time.sleep(0.4)
    return words


async def test_a_blocked_loop_is_measured_and_its_stack_written_once_without_values(told, written):
    metrics = Metrics()
    watch = LoopWatch(metrics, on_long=told.on_long, on_calm=told.on_calm, limits=QUICK)
    watch.start()
    await the_watch_measures(metrics)
    assert watch.trouble is None
    a_call_that_blocks("where is my refund?")
    await the_watch_measures(metrics)
    await watch.stop()

    (line,) = [line for line in written() if line["event"] == "loop_blocked"]
    assert "a_call_that_blocks" in line["calls"][0]
    assert line["calls"][0].startswith("tests/jobs/test_jobs_loop_lag.py:")
    assert "refund" not in json.dumps(line)
    assert metrics.registry.get_sample_value("handrail_loop_lag_seconds_bucket", {"le": "0.25"}) < (measured(metrics))
    assert told.blocks == []  # one long block is no alarm
    assert watch.trouble is not None
    assert watch.trouble.startswith("The daemon stood still for 0.")


async def test_repeated_long_blocks_are_an_alarm_until_it_is_calm(told, written):
    metrics = Metrics()
    watch = LoopWatch(metrics, on_long=told.on_long, on_calm=told.on_calm, limits=QUICK)
    watch.start()
    await asyncio.wait_for(told.calm.wait(), 10)  # what an earlier process may have left standing is over
    told.calm.clear()
    for _ in range(2):
        await the_watch_measures(metrics)
        a_call_that_blocks("x")
        await the_watch_measures(metrics)
    assert len(told.blocks) == 1
    await asyncio.wait_for(told.calm.wait(), 10)
    await watch.stop()
    assert watch.trouble is None
    assert len([line for line in written() if line["event"] == "loop_blocked"]) == 2
