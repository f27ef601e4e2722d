"""From the accepted webhook to the thread, and how near Slack's limit we come: `python -m benchmarks.slack_thread`.

A real daemon on SQLite in front of a wire Slack in the measuring process. Every round has two parts. Twenty tickets a
second over twenty channels: how much later a thread stands than after a bare chat.postMessage of the same content by
slack-sdk, made between the tickets of the same run. A hundred tickets at once into one channel, the wire's limit
scaled to twenty a second: which share of that limit is used, and whether any 429 was earned.
"""

import argparse
import asyncio
import sys
import time

from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.site import machine, percentile, report
from benchmarks.slack_site import SlackSite, slack_site
from tests.journeys.site import until
from tests.wire.slack.limits import BURST
from tests.wire.slack.server import BOT_TOKEN

P50_TARGET, P99_TARGET, SHARE_TARGET = 10.0, 50.0, 0.95
CHANNELS, RATE, SCALE = 20, 20.0, 20.0
WARM_UP = 3.0
"""Seconds that do not count: connections, caches."""
BARE = "C0OPS"
"""The channel of the bare calls."""


async def bare_calls(site: SlackSite, seconds: float, took: list[float]) -> None:
    """Milliseconds from the call to the message, ten times a second, with a card of ours as content."""
    await until(lambda: site.shown, 30, why="the first card is shown")
    first, _ = next(site.roots())
    given = {"text": first["text"], "blocks": first["blocks"], "metadata": first["metadata"]}
    given["metadata"] = {**first["metadata"], "event_payload": {"k": "bare", "v": 1}}
    client = AsyncWebClient(BOT_TOKEN, base_url=site.server.api_url, retry_handlers=[], session=site.http)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.time()
        answer = await client.chat_postMessage(channel=BARE, unfurl_links=False, unfurl_media=False, **given)
        made = site.server.workspace.channels[BARE].written[answer["ts"]].timestamp()
        took.append((made - began) * 1000)
        await asyncio.sleep(0.1)


async def steady(seconds: float) -> tuple[float, float, float]:
    """The bare call's p50, and the overhead's p50 and p99 over it, in milliseconds."""
    async with slack_site(CHANNELS, pace=SCALE) as site:
        start = time.monotonic()
        bare: list[float] = []
        beside = asyncio.create_task(bare_calls(site, WARM_UP + seconds, bare))
        count = int(RATE * (WARM_UP + seconds))
        async with asyncio.TaskGroup() as calls:
            for number in range(count):
                await asyncio.sleep(max(0.0, start + number / RATE - time.monotonic()))
                calls.create_task(site.escalate(f"Load {number}", site.channels[number % CHANNELS]))
        await beside
        await until(lambda: site.shown == count, 60, why="all threads are open")
        cards = site.cards()
    counted = [f"Load {number}" for number in range(int(RATE * WARM_UP), count)]
    base = percentile(bare, 50)
    late = [(cards[title] - site.accepted[title]) * 1000 - base for title in counted]
    return base, percentile(late, 50), percentile(late, 99)


async def at_once(count: int) -> tuple[float, int]:
    """The share of the limit that was used, and how many calls earned a 429."""
    async with slack_site(1, pace=SCALE) as site:
        await site.escalate("First", site.channels[0])
        await until(lambda: site.shown == 1, 30, why="the first card is shown")
        await asyncio.sleep(1)
        site.server.limits.scale, site.server.limits.enforced = SCALE, True
        async with asyncio.TaskGroup() as calls:
            for number in range(count):
                calls.create_task(site.escalate(f"Rush {number}", site.channels[0]))
        await until(lambda: site.shown == count + 1, 60, why="all threads are open")
        cards = [at for title, at in site.cards().items() if title != "First"]
        earned = [one for one in site.server.limits.earned if one.startswith("chat.postMessage")]
    possible = (count - BURST) / SCALE
    return possible / (max(cards) - min(cards)), len(earned)


async def measure(rounds: int, seconds: float) -> bool:
    print(f"Slack threads: {rounds} rounds of {seconds:g} s at {RATE:g} tickets/s, then 100 at once; {machine()}")
    quiet, rush = [], []
    for number in range(rounds):
        quiet.append(await steady(seconds))
        rush.append(await at_once(100))
        base, p50, p99 = quiet[-1]
        share, earned = rush[-1]
        said = f"bare {base:.1f} ms, over it p50 {p50:.1f} p99 {p99:.1f} ms; {share:.0%} of the limit, 429s: {earned}"
        print(f"round {number + 1}: {said}", file=sys.stderr)
    report("bare chat.postMessage, p50", [each[0] for each in quiet], "ms")
    kept = report("accepted → thread, over the bare call, p50", [each[1] for each in quiet], "ms", P50_TARGET)
    kept &= report("accepted → thread, over the bare call, p99", [each[2] for each in quiet], "ms", P99_TARGET)
    kept &= report("lost of the limit, 100 at once", [1 - each[0] for each in rush], "", 1 - SHARE_TARGET)
    return kept & report("429s earned, 100 at once", [float(each[1]) for each in rush], "", 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    sys.exit(not asyncio.run(measure(given.rounds, given.seconds)))


if __name__ == "__main__":
    main()
