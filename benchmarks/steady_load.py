"""Fifty tickets a second for a minute, with a console open and a bot that is slow: `python -m benchmarks.steady_load`.

An open loop: tickets come whatever the daemon does, so a stall shows in every ticket behind it. Asked for are a memory
that stays flat after warming up, and a p99 of the accepting answer of at most three times its p50.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from benchmarks.site import machine, percentile, report
from tests.console.visitor import Stream, Visitor
from tests.journeys.site import CONFIG, KEY, Process
from tests.wire.bot import SECRET

P99_TARGET, MEMORY_TARGET = 3.0, 1.10
WARM_UP = 15.0
"""Seconds that do not count: connections, templates, caches."""
SLOW = 0.5
"""Seconds the bot takes for each callback."""


async def slow_bot() -> tuple[web.AppRunner, str]:
    async def take(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(SLOW)
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/hooks", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/hooks"


class Bot:
    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self.took: list[tuple[float, float]] = []
        """When each call began, and how many milliseconds its answer took."""

    async def escalate(self, number: int) -> None:
        body = {
            "conversation": {"external_id": f"load-{number}"},
            "user": {"external_id": f"u{number}", "name": "Mara"},
            "title": f"Load {number}.",
            "transcript": [{"id": f"m{number}", "from": "user", "text": "where is my refund?"}],
        }
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": f"load-{number}"}
        began = time.perf_counter()
        async with self._http.post(f"{self._url}/v1/tickets", json=body, headers=headers) as got:
            await got.read()
            assert got.status == 201, got.status
        self.took.append((began, (time.perf_counter() - began) * 1000))

    async def keep_coming(self, rate: float, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        async with asyncio.TaskGroup() as calls:
            for number in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, start + number / rate - loop.time()))
                calls.create_task(self.escalate(number))


def resident(pid: int) -> float:
    """MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def watch_memory(pid: int, found: list[float]) -> None:
    while True:
        found.append(resident(pid))
        await asyncio.sleep(1)


async def look(stream: Stream) -> None:
    while True:
        await stream.next(3600)


async def one_round(rate: float, seconds: float) -> tuple[float, float, float, float]:
    """p50 and p99 of the answer in milliseconds, MB at the start of what counts and at its end."""
    with tempfile.TemporaryDirectory(prefix="handrail-bench-") as name:
        runner, callback = await slow_bot()
        text = CONFIG.format(
            platforms="", team="members_of: channel", target="{platform: console}", callback=callback,
            store="sqlite://data/handrail.db",
        )  # fmt: skip
        (Path(name) / "handrail.yaml").write_text(text, encoding="utf-8")
        env = {"SHOP_KEY": KEY, "SHOP_CALLBACK": SECRET, "HANDRAIL_LOG": "WARNING"}
        site = Process(Path(name), env, from_nothing=True)
        await site.start()
        try:
            return await _measured(site, rate, seconds)
        finally:
            await site.stop()
            await runner.cleanup()


async def _measured(site: Process, rate: float, seconds: float) -> tuple[float, float, float, float]:
    memory: list[float] = []
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as calls,
    ):
        visitor = Visitor(http, site.url)
        assert (await visitor.post(urlsplit(site.sign_in_link()).path)).status == 303
        await visitor.get("/")
        async with visitor.stream() as stream:
            beside = [asyncio.create_task(look(stream)), asyncio.create_task(watch_memory(site.pid, memory))]
            bot = Bot(calls, site.url)
            began = time.perf_counter()
            await bot.keep_coming(rate, WARM_UP + seconds)
            for task in beside:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
    took = [milliseconds for at, milliseconds in bot.took if at - began >= WARM_UP]
    settled = sorted(memory[int(WARM_UP) : int(WARM_UP) + 10])
    ended = sorted(memory[-10:])
    return percentile(took, 50), percentile(took, 99), settled[len(settled) // 2], ended[len(ended) // 2]


async def measure(rounds: int, rate: float, seconds: float) -> bool:
    print(f"steady load: {rounds} rounds of {seconds:g} s at {rate:g} tickets/s; {machine()}")
    found = []
    for number in range(rounds):
        found.append(await one_round(rate, seconds))
        p50, p99, start, end = found[-1]
        print(f"round {number + 1}: p50 {p50:.0f} ms, p99 {p99:.0f} ms, {start:.0f} → {end:.0f} MB", file=sys.stderr)
    report("answer, p50", [each[0] for each in found], "ms")
    report("answer, p99", [each[1] for each in found], "ms")
    kept = report("answer, p99 ÷ p50", [each[1] / each[0] for each in found], "", P99_TARGET)
    report("resident after warming up", [each[2] for each in found], "MB")
    report("resident at the end", [each[3] for each in found], "MB")
    return kept & report("resident, end ÷ warm", [each[3] / each[2] for each in found], "", MEMORY_TARGET)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=float, default=50, help="tickets a second")
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    sys.exit(not asyncio.run(measure(given.rounds, given.rate, given.seconds)))


if __name__ == "__main__":
    main()
