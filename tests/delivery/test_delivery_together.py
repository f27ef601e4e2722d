"""Several lanes, several processes, a store that is away: what one lane's tests cannot show."""

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.delivery.courier import Courier
from bridge.delivery.dispatcher import Dispatcher
from bridge.delivery.endpoints import Endpoints
from bridge.delivery.holds import Holds
from bridge.delivery.pace import Pace
from bridge.delivery.platforms import Platforms
from bridge.delivery.reconcile import Reconciler
from bridge.delivery.senders import Senders
from bridge.delivery.targets import Targets
from bridge.delivery.troubles import Troubles
from bridge.domain.deliveries import DeliveryState
from bridge.domain.refs import BotName
from bridge.domain.words import WordsState
from bridge.metrics import Metrics
from bridge.rulebook import Rules
from bridge.store import Store
from tests.conftest import Postgres
from tests.delivery.conftest import House, connected, furnished
from tests.given_time import GivenClock
from tests.samples import SHOP_LANE
from tests.wire.bot import Mood, bot_listening

OTHER = BotName("other-bot")


async def test_a_busy_lane_lets_others_in(house: House):
    """With room for one drain at a time, the second bot does not wait for the first one's whole backlog."""
    await house.stop()
    async with bot_listening(now=house.clock.now) as other:
        house.bots[OTHER] = connection = connected(other, house.clock)
        for number in range(60):
            await house.replies(await house.ticket(), f"reply {number}")
        small = await house.ticket(bot=OTHER)
        await house.replies(small, "small")
        dispatcher = await house.start(drains=1)
        await other.taken(1)
        taken_before = len(house.bot.events)
        await dispatcher.settle()
        await house.stop()
        await connection.close()

    assert taken_before < 60
    assert len(house.bot.events) == 60


async def test_what_a_dead_process_was_sending_is_told_again_under_the_same_id(house: House):
    await house.stop()
    ticket = await house.ticket()
    await house.replies(ticket, "in its hands")
    (taken,) = await house.store.outbox.take(SHOP_LANE, house.clock.now(), 1)

    await house.start()
    await house.settle()
    assert [call.id for call in house.bot.calls] == [taken.id]
    assert await house.undelivered() == []


async def test_an_outcome_is_written_down_once_the_database_takes_writes_again(
    migrated_file: Path, tmp_path: Path, clock: GivenClock, rules: Rules
):
    path = tmp_path / "handrail.db"
    shutil.copyfile(migrated_file, path)
    store = await Store.open(f"sqlite://{path}?busy_timeout=20", clock=clock)
    await store.start()
    async with furnished(store, clock, rules) as house:
        house.bot.answer_next(mood=Mood.WAIT)
        ticket = await house.ticket()
        await house.replies(ticket, "keep this")
        await house.bot.seen(1)
        with closing(sqlite3.connect(path, isolation_level=None)) as other, capture_logs() as logs:
            other.execute("BEGIN EXCLUSIVE")
            house.bot.go()
            await _until(lambda: any(each["event"] == "store_trouble" for each in logs))
            other.execute("ROLLBACK")
        house.clock.advance(10)
        await _until(lambda: b'ending="done"' in house.metrics.exposition())

        assert len(house.bot.calls) == 1
        assert await house.undelivered() == []
    await store.close()


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.to_thread(threading.Event().wait, 0.01)


async def test_a_process_that_slept_through_its_lease_sends_nothing(house: House):
    """SIGSTOP between taking and sending: by the time it wakes the lane may be somebody else's."""
    await house.stop()
    await house.replies(await house.ticket(), "not by me")
    (taken,) = await house.store.outbox.take(SHOP_LANE, house.clock.now(), 1)
    metrics = Metrics()
    senders = Senders(
        store=house.store,
        rules=house.rules,
        chats={},
        bots=house.bots,
        clock=house.clock,
        troubles=Troubles(house.clock),
    )
    platforms = Platforms(house.store, house.rules, {}, house.clock, metrics=metrics, on_back=None)
    endpoints = Endpoints(house.store, house.rules, house.clock, metrics)
    courier = Courier(
        store=house.store,
        senders=senders,
        reconciler=Reconciler(senders),
        holds=Holds(house.store, Pace(house.clock), platforms, endpoints, clock=house.clock, metrics=metrics),
        targets=Targets(house.store, house.clock),
        metrics=metrics,
        jitter=lambda: 0.0,
    )

    assert await courier.carry(taken, lambda: False) is None
    assert house.bot.calls == []
    assert [view.state for view in await house.undelivered()] == [DeliveryState.SENDING]


@pytest.mark.postgres
async def test_two_processes_on_one_database_tell_everything_once_and_in_order(
    postgres: Postgres, clock: GivenClock, rules: Rules
):
    url = await postgres.create()
    one, other = await Store.open(url, clock=clock), await Store.open(url, clock=clock)
    await one.start()
    await other.start()
    async with furnished(one, clock, rules) as house:
        second = Dispatcher(other, rules, {}, house.bots, clock, jitter=lambda: 0.0)
        await second.start()
        tickets = [await house.ticket() for _ in range(6)]
        for number in range(5):
            for ticket in tickets:
                await house.replies(ticket, f"{ticket.conversation} {number}")
        for _ in range(20):
            clock.advance(5)
            await second.settle()
            await house.settle()
        await second.stop()

        assert len(house.bot.calls) == 30
        for ticket in tickets:
            mine = [text for text in house.heard() if text.split()[0] == ticket.conversation]
            assert mine == [f"{ticket.conversation} {number}" for number in range(5)]
            assert set((await house.states(ticket)).values()) == {WordsState.SENT}
    await one.close()
    await other.close()
    await postgres.drop(url)
