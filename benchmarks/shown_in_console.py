"""From the bot's webhook to a colleague's eyes: `python -m benchmarks.shown_in_console --help`.

Tickets come at a steady rate, whatever the daemon does (an open loop), so that a stall shows in every ticket behind it.
Each is taken back by its bot two seconds later: some forty wait at any time, as on a team's worst day, and the list
stays one page. Seen where the stream arrives or, with --browser, by a MutationObserver in a page of Chromium.
"""

import argparse
import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias
from urllib.parse import urlsplit

import aiohttp

from benchmarks.site import KEY, daemon, machine, percentile, report
from tests.browser import chromium, find_chromium, sign_in, window
from tests.console.visitor import Stream, Visitor
from tests.journeys.site import Process, until

Shown: TypeAlias = Callable[[], Awaitable[bool]]

TITLE = re.compile(r"Bench (\d+)\.")
P50_TARGET, P99_TARGET = 50.0, 250.0
PATIENCE = 20.0
STAYS = 2.0
"""Seconds until a bot takes its ticket back."""
WARM_UP = 10
"""The first calls open connections and compile templates: none of a working day's tickets."""

WATCH = """() => {
  window.benchSeen = {};
  const note = (text) => {
    for (const found of text.matchAll(/Bench (\\d+)\\./g)) window.benchSeen[found[1]] ??= Date.now();
  };
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of change.addedNodes) note(node.textContent || "");
  }).observe(document.body, {childList: true, subtree: true});
}"""


class Bot:
    """Escalates at a steady rate, and remembers when it began and when it was answered."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = f"{url}/v1/tickets"
        self.began: dict[int, float] = {}
        self.answered: dict[int, float] = {}

    async def escalate(self, number: int) -> None:
        body = {
            "conversation": {"external_id": f"bench-{number}"},
            "user": {"external_id": f"u{number}", "name": "Mara"},
            "title": f"Bench {number}.",
            "transcript": [{"id": f"m{number}", "from": "user", "text": "where is my refund?"}],
        }
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": f"bench-{number}"}
        self.began[number] = time.time()
        async with self._http.post(self._url, json=body, headers=headers) as got:
            assert got.status == 201, await got.text()
            self.answered[number] = time.time()
            ticket = (await got.json())["ticket"]["id"]
        await asyncio.sleep(STAYS)
        headers["Idempotency-Key"] += "-back"
        async with self._http.post(f"{self._url}/{ticket}/takeback", json={}, headers=headers) as got:
            assert got.status == 200, await got.text()

    async def keep_coming(self, first: int, count: int, rate: float) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        async with asyncio.TaskGroup() as calls:
            for offset in range(count):
                await asyncio.sleep(max(0.0, start + offset / rate - loop.time()))
                calls.create_task(self.escalate(first + offset))


class Eyes:
    """An open stream of the console; when each ticket was first on it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.seen: dict[int, float] = {}

    async def watch(self) -> None:
        while True:
            html = await self._stream.next(3600)
            now = time.time()
            for found in TITLE.findall(html):
                self.seen.setdefault(int(found), now)

    def all_of(self, wanted: range) -> Shown:
        async def shown() -> bool:
            return all(number in self.seen for number in wanted)

        return shown


@asynccontextmanager
async def open_stream(site: Process, http: aiohttp.ClientSession) -> AsyncIterator[Eyes]:
    visitor = Visitor(http, site.url)
    assert (await visitor.post(urlsplit(site.sign_in_link()).path)).status == 303
    await visitor.get("/")
    async with visitor.stream() as stream:
        eyes = Eyes(stream)
        watching = asyncio.create_task(eyes.watch())
        try:
            yield eyes
        finally:
            watching.cancel()


async def one_round(*, count: int, rate: float, browser: bool) -> dict[str, list[float]]:
    """Milliseconds of each ticket, by where it was seen."""
    async with daemon() as site, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        bot = Bot(http, site.url)
        wanted = range(WARM_UP, WARM_UP + count)
        if browser:
            seen = await _in_chromium(site, bot, count, rate)
        else:
            async with open_stream(site, http) as eyes:
                await _tickets(bot, count, rate, eyes.all_of(wanted))
                seen = eyes.seen
        missing = [number for number in wanted if number not in seen]
        assert not missing, f"{len(missing)} tickets were never shown"
        return {
            "begun → shown": [(seen[n] - bot.began[n]) * 1000 for n in wanted],
            "accepted → shown": [(seen[n] - bot.answered[n]) * 1000 for n in wanted],
            "begun → accepted": [(bot.answered[n] - bot.began[n]) * 1000 for n in wanted],
        }


async def _tickets(bot: Bot, count: int, rate: float, shown: Shown) -> None:
    await bot.keep_coming(0, WARM_UP, rate)
    await bot.keep_coming(WARM_UP, count, rate)
    await until(shown, PATIENCE, why="every ticket is shown")


async def _in_chromium(site: Process, bot: Bot, count: int, rate: float) -> dict[int, float]:
    """The page notes each ticket itself, on the same machine's clock."""
    async with chromium() as running, window(running) as page:
        link = (await site.handrail("console", "invite", "Ben")).strip()
        await sign_in(page, re.sub(r"http://[^/]+", site.url, link))
        await page.evaluate(WATCH)

        async def shown() -> bool:
            return bool(await page.evaluate("Object.keys(window.benchSeen).length") >= count)

        await _tickets(bot, count, rate, shown)
        seen = await page.evaluate("window.benchSeen")
        return {int(number): at / 1000 for number, at in seen.items()}


async def measure(rounds: int, seconds: float, rate: float, *, browser: bool) -> bool:
    """Print percentiles of every round's tickets: medians over the rounds, and their ranges."""
    count = max(int(seconds * rate), 20)
    found = []
    for number in range(rounds):
        found.append(await one_round(count=count, rate=rate, browser=browser))
        shown = found[-1]["accepted → shown"]
        p50, p99 = percentile(shown, 50), percentile(shown, 99)
        print(f"round {number + 1}: p50 {p50:.1f} ms, p99 {p99:.1f} ms", file=sys.stderr)
    where = "page in Chromium" if browser else "stream"
    print(f"{where}: {rounds} rounds of {count} tickets at {rate:g}/s; {machine()}")
    kept = True
    for what in found[0]:
        targets = (P50_TARGET, P99_TARGET) if what == "accepted → shown" else (None, None)
        for which, target in zip((50, 99), targets, strict=True):
            kept &= report(f"{what}, p{which}", [percentile(each[what], which) for each in found], "ms", target)
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=float, default=20, help="tickets a second")
    parser.add_argument("--browser", action="store_true", help="in a page of the system's Chromium")
    given = parser.parse_args()
    if given.browser and find_chromium() is None:
        sys.exit("no Chromium found: install the package chromium, or name one in HANDRAIL_CHROMIUM")
    kept = asyncio.run(measure(given.rounds, given.seconds, given.rate, browser=given.browser))
    sys.exit(not kept)


if __name__ == "__main__":
    main()
