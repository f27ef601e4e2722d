"""A daemon that is back knows that it died: its lanes on PostgreSQL are its own again at once."""

import time

import pytest

from bridge.domain.deliveries import DeliveryState
from bridge.seat import Seat
from tests.conftest import OpenStore, Postgres
from tests.given_time import GivenClock
from tests.journeys.site import running_site, until
from tests.samples import SUPPORT, opening, opens


def test_two_living_processes_never_share_a_name_and_one_that_is_back_has_its_own_again(tmp_path):
    one, two = Seat(tmp_path), Seat(tmp_path)
    first, second = one.take(), two.take()
    assert first != second

    one.leave()
    again = Seat(tmp_path)
    assert again.take() == first
    again.leave()
    two.leave()


def test_where_nothing_can_be_written_the_name_is_a_new_one(tmp_path):
    (tmp_path / "file").write_text("no folder")
    names = {Seat(tmp_path / "file" / "below").take() for _ in range(2)}
    assert len(names) == 2


@pytest.mark.postgres
async def test_what_a_dead_process_of_our_name_held_is_free_and_its_calls_are_in_doubt(
    postgres: Postgres, open_store: OpenStore, clock: GivenClock
):
    url = await postgres.create()
    dead, alive = await open_store(url), await open_store(url)
    await dead.writer.decide(opens(opening()))
    fence = await dead.lanes.lease(SUPPORT, "seat-a", 3600)
    (taken,) = await dead.outbox.take(SUPPORT, clock.now(), 5, fence)

    await alive.lanes.reclaim("seat-b")
    assert await alive.lanes.lease(SUPPORT, "seat-b", 3600) is None
    await alive.lanes.reclaim("seat-a")
    new = await alive.lanes.lease(SUPPORT, "seat-a", 3600)

    assert new is not None
    assert new > fence
    assert [view.id for view in await alive.outbox.views([DeliveryState.UNKNOWN])] == [taken.id]
    await dead.close()
    await alive.close()
    await postgres.drop(url)


@pytest.mark.postgres
async def test_after_a_power_cut_the_bot_is_told_within_seconds_on_postgresql_too(postgres, tmp_path):
    url = await postgres.create()
    async with running_site(tmp_path, store=url, crash_at="callback.before_call:1") as site:
        ticket = await site.escalates()
        assert await site.died(30)
        site.crash_at = None
        await site.start()
        began = time.monotonic()
        await until(lambda: "ticket.opened" in site.bot.types, 30, why="the bot is told")
        assert time.monotonic() - began < 10
        assert ticket["number"] == 1001
        assert await site.stop() == 0
    await postgres.drop(url)
