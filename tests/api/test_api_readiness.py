"""When is the daemon ready, and what does it say when it is not? Real locks, a given clock."""

import asyncio
import sqlite3
from dataclasses import replace

import pytest

from bridge.domain.refs import Lane
from bridge.readiness import Readiness
from bridge.rulebook import load
from bridge.rulebook.reload import Rules
from bridge.store import Store
from tests.given_time import GivenClock
from tests.rulebook.written import ACME, ENV
from tests.samples import SUPPORT, a_root, opening, opens


@pytest.fixture
def ready(sqlite_store: Store, clock: GivenClock) -> Readiness:
    return Readiness(
        store=sqlite_store, rules=Rules(load(ACME, ENV)), clock=clock, draining=asyncio.Event(), loop=lambda: None,
        patience=0.3,
    )  # fmt: skip


async def test_a_site_in_order_is_ready_and_says_nothing(ready):
    assert (await ready.troubles(), await ready.degraded()) == ({}, {})


async def test_a_stopping_daemon_takes_nothing_more(ready):
    ready.draining.set()
    assert list(await ready.troubles()) == ["daemon"]


async def test_a_locked_database_is_said_with_the_wait_and_over_at_once(ready, tmp_path, clock):
    with sqlite3.connect(tmp_path / "handrail.db") as other:
        other.execute("BEGIN IMMEDIATE")
        troubles = await ready.troubles()
        other.rollback()
    other.close()
    assert troubles == {"writer": "The oldest write has waited 0 s for its commit."}
    for _ in range(100):
        if await ready.troubles() == {}:
            return
    raise AssertionError("it stayed unready")


async def test_a_store_that_takes_no_writes_makes_us_unready(ready):
    await ready.store.writer.close()
    (said,) = (await ready.troubles()).values()
    assert said.startswith("Nothing can be written: ")


async def test_an_outage_or_a_pause_is_named_but_leaves_us_ready(ready, clock):
    change = opening()
    await ready.store.writer.decide(opens(change))
    await ready.store.outages.begin("acme-discord", clock.now())
    await ready.store.lanes.pause(SUPPORT, "archived", None)
    assert await ready.troubles() == {}
    said = await ready.degraded()
    assert said["acme-discord"] == "It is out of reach. What is meant for it waits, nothing is lost."
    assert said["acme-slack"].startswith("Posts wait: lanes paused: 1.")


async def test_deliveries_to_a_platform_the_file_no_longer_names_are_counted(ready):
    change = opening()
    elsewhere = a_root(change.ticket.id, lane=Lane("old-slack", "C1"))
    await ready.store.writer.decide(opens(replace(change, deliveries=(elsewhere,))))
    assert "old-slack" in await ready.degraded()


async def test_a_refused_config_file_is_named_and_the_old_rules_serve(ready, clock):
    ready.rules.refuse(["handrail.yaml:1:1: oops"], clock.now())
    assert "config" in await ready.degraded()


async def test_a_loop_that_stood_still_is_named(ready):
    ready.loop = lambda: "The daemon stood still for 6.0 s a short while ago; the log says where (loop_blocked)."
    assert (await ready.degraded())["loop"].startswith("The daemon stood still for 6.0 s")
