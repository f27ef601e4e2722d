import asyncio
from datetime import timedelta

from structlog.testing import capture_logs

from bridge.domain.errors import StoreTrouble
from bridge.jobs.turns import Sweep, Turns

SOON = timedelta(milliseconds=10)


async def test_a_sweep_is_given_the_time_of_our_clock(clock):
    given = asyncio.get_running_loop().create_future()

    async def act(now):
        if not given.done():
            given.set_result(now)

    turns = Turns([Sweep("look", SOON, act)], clock)
    await turns.start()
    async with asyncio.timeout(10):
        assert await given == clock.now()
    await turns.stop()


async def test_a_sweep_that_fails_has_its_next_turn_all_the_same(clock):
    turned, count = asyncio.Event(), 0

    async def act(now):
        nonlocal count
        count += 1
        if count == 1:
            raise RuntimeError("a bug")
        if count == 2:
            raise StoreTrouble("disk full")
        turned.set()

    turns = Turns([Sweep("fragile", SOON, act)], clock)
    with capture_logs() as logs:
        await turns.start()
        async with asyncio.timeout(10):
            await turned.wait()
        await turns.stop()
    assert [line["event"] for line in logs] == ["sweep_failed", "sweep_waits_for_the_store"]


async def test_a_slow_sweep_neither_runs_twice_nor_holds_up_another(clock):
    free, others, slow_turns = asyncio.Event(), asyncio.Event(), 0
    fast_turns = 0

    async def slow(now):
        nonlocal slow_turns
        slow_turns += 1
        await free.wait()

    async def fast(now):
        nonlocal fast_turns
        fast_turns += 1
        if fast_turns == 5:
            others.set()

    turns = Turns([Sweep("slow", SOON, slow), Sweep("fast", SOON, fast)], clock)
    await turns.start()
    async with asyncio.timeout(10):
        await others.wait()
    assert slow_turns == 1
    free.set()
    await turns.stop()


async def test_a_stop_lets_a_turn_end_and_begins_no_other(clock):
    begun, free, ended = asyncio.Event(), asyncio.Event(), []

    async def act(now):
        begun.set()
        await free.wait()
        ended.append(now)

    turns = Turns([Sweep("long", SOON, act)], clock)
    await turns.start()
    async with asyncio.timeout(10):
        await begun.wait()
        stopping = asyncio.create_task(turns.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        free.set()
        await stopping
    assert ended == [clock.now()]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_turn_that_does_not_end_is_cut_off(clock):
    begun, cut = asyncio.Event(), asyncio.Event()

    async def act(now):
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cut.set()
            raise

    turns = Turns([Sweep("endless", SOON, act)], clock, stop_within=0.05)
    await turns.start()
    async with asyncio.timeout(10):
        await begun.wait()
        await turns.stop()
    assert cut.is_set()


async def test_stopping_what_was_never_started_is_nothing(clock):
    await Turns([], clock).stop()
