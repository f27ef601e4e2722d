"""The daemon is asked to stop while bots press on: it ends soon and cleanly, and what it took is there afterwards."""

import asyncio
import time

import aiohttp
import pytest

from tests.journeys.site import KEY, running_site, until

CALLERS = 6
GONE_WITHIN = 15.0


class Load:
    """Bots that escalate one conversation after the other, under one key each, and note how each try was answered."""

    def __init__(self, site, http):
        self._site, self._http = site, http
        self._next = 0
        self.taken = {}
        self.refused = []
        self.open = set()
        """Asked and not yet taken: no answer, or a refusal."""
        self.stopped = False

    async def run(self):
        while not self.stopped:
            self._next += 1
            name = f"load-{self._next}"
            self.open.add(name)
            await self.ask(name)
            await asyncio.sleep(0.03)

    async def ask(self, name):
        body = {"conversation": {"external_id": name}, "user": {"external_id": "u_17"}, "title": "Refund"}
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": name}
        try:
            async with self._http.post(self._site.url + "/v1/tickets", json=body, headers=headers) as got:
                said = await got.json(content_type=None)
                if got.status == 503:
                    self.refused.append((said["type"].rsplit("/", 1)[1], got.headers.get("Retry-After")))
                elif got.status < 300:
                    self.taken[name] = said["ticket"]["number"]
                    self.open.discard(name)
                else:
                    assert got.status == 429, said
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)  # nobody listens


async def all_tickets(site):
    found, cursor = {}, ""
    while True:
        page = await site.call("GET", f"/v1/tickets?limit=100{cursor}")
        for one in page["tickets"]:
            name = one["conversation"]["external_id"]
            assert name not in found
            found[name] = one["ticket"]["number"]
        if not page["next"]:
            return found
        cursor = f"&cursor={page['next']}"


async def test_a_stop_under_load_finishes_what_runs_and_loses_and_doubles_nothing(tmp_path):
    """F10."""
    async with running_site(tmp_path) as site, aiohttp.ClientSession() as http:
        load = Load(site, http)
        callers = [asyncio.create_task(load.run()) for _ in range(CALLERS)]
        await until(lambda: len(load.taken) > 30, 30, why="the load is on")

        began = time.monotonic()
        assert await site.stop() == 0
        took = time.monotonic() - began
        load.stopped = True
        await asyncio.gather(*callers)
        assert took < GONE_WITHIN
        assert {kind for kind, _ in load.refused} <= {"draining"}
        assert all(wait is not None and int(wait) > 0 for _, wait in load.refused)

        await site.start()
        kept = await all_tickets(site)
        assert load.taken.items() <= kept.items()
        # Who got no answer asks again by the same key: what had been taken is found, the rest is taken now.
        for name in sorted(load.open):
            await load.ask(name)
        assert await all_tickets(site) == load.taken
        assert sorted(load.taken.values()) == list(range(1001, 1001 + len(load.taken)))
        await until(lambda: opened(site) == set(load.taken), 30, why="the bot is told of each")
        told = [call.data["conversation"]["external_id"] for call in site.bot.events.values()]
        assert len(told) == len(set(told))
        print(f"\ndrain: {len(load.taken)} tickets, {len(load.refused)} refused as draining, gone in {took:.1f} s")
        assert await site.stop() == 0


def opened(site):
    return {call.data["conversation"]["external_id"] for call in site.bot.events.values()}


@pytest.mark.parametrize("passes", [1, 2])
async def test_a_first_start_killed_while_it_makes_its_tables_begins_anew(tmp_path, passes):
    """F9. All steps and their record are one transaction, so there is nothing in between to be found."""
    await dies_migrating_then_starts(tmp_path, "sqlite://data/handrail.db", passes)


@pytest.mark.postgres
async def test_a_first_start_killed_while_it_makes_its_tables_begins_anew_on_postgresql(tmp_path, postgres):
    """F9."""
    url = await postgres.create_empty()
    await dies_migrating_then_starts(tmp_path, url, 2)
    await postgres.drop(url)


async def dies_migrating_then_starts(folder, store, passes):
    async with running_site(folder, store=store, crash_at=f"migration.before_commit:{passes}") as site:
        assert await site.died(1)
        site.crash_at = None
        await site.start()
        assert (await site.escalates())["number"] == 1001
        assert await site.stop() == 0
