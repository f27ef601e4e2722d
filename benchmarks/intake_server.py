"""One server to measure, as a process: `python -m benchmarks.intake_server MODE STORE_URL`.

handrail  the bots' interface as it is: authenticated, judged, decided, committed, then answered
each      the same, but one request after the other: a transaction and a commit for each
bare      the same on no store: authenticated, judged, decided, answered; nothing is read and nothing is kept
"""

import asyncio
import gc
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, cast

from aiohttp import web

from benchmarks.site import KEY
from bridge.api.call import Api
from bridge.api.limits import Limits, server_settings
from bridge.api.mount import add_api
from bridge.desk.crowds import Crowds
from bridge.desk.desk import Desk
from bridge.domain.availability import UNKNOWN
from bridge.domain.change import Said, Verdict, answer
from bridge.domain.measures import Spread
from bridge.domain.ticket import Ticket
from bridge.domain.views import ConsoleMember
from bridge.domain.words import Brief, User
from bridge.kinds import load_book
from bridge.metrics import Metrics
from bridge.ports.clock import SystemClock
from bridge.rulebook.reload import Rules
from bridge.store import Store, migrate
from bridge.store.asks import Ask, ByTicket, Situation

CONFIG = """\
version: 1
server: {host: 127.0.0.1, port: 8700}
store: {url: "sqlite://unused.db"}
bots:
  shop-bot: {keys: [{env: BENCH_KEY}], attributes: {plan: string}, rate: {per_second: 100000, burst: 100000}}
members: {ana: {console: ana}}
teams: {support: {members: [ana]}}
ladders:
  waiting: {clock: wall, until: claimed, steps: [{after: 3m, do: mention, who: team}]}
routes:
  name: everything
  target: {platform: console}
  team: support
  ladder: waiting
  routes:
    - {name: french, match: {language: {prefix: fr}}, target: {platform: console}}
    - {name: urgent, match: {priority: [urgent]}, target: {platform: console}}
"""


class Nowhere:
    """Stands where the store would: what is decided is forgotten, but for the last ticket opened and its words."""

    def __init__(self) -> None:
        self._numbers = count(1001)
        self._last: tuple[Ticket, User, Brief] | None = None

    @property
    def writer(self) -> "Nowhere":
        return self

    tickets = measures = sessions = writer

    async def decide(self, ask: Ask) -> Verdict | None:
        """Decide as the writer does, on rows that nobody had to read."""
        ticket, user, brief = self._last if isinstance(ask.find, ByTicket) and self._last else (None, None, None)
        change = ask.decide(Situation(ticket=ticket, user=user, brief=brief))
        if change is None:
            return None
        now = change.ticket if change.ticket.number else replace(change.ticket, number=next(self._numbers))
        user, brief = change.user or user, change.brief or brief
        assert user is not None
        assert brief is not None
        if ticket is None:
            self._last = (now, user, brief)
        return replace(answer(change, now), said=Said(user=user, brief=brief, policy=now.policy))

    async def queue_depths(self) -> Mapping[str, int]:
        return {"everything": 3}

    async def waits(self, _since: datetime, _until: datetime, _routes: Sequence[str]) -> Spread:
        return UNKNOWN

    async def members(self) -> Sequence[ConsoleMember]:
        return ()


class OneByOne(Desk):
    """Nobody shares a commit."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._turn = asyncio.Lock()

    @property
    def crowds(self) -> Crowds:
        return self._desk.crowds

    async def handle(self, event: Any) -> Any:
        async with self._turn:
            return await self._desk.handle(event)


async def build(mode: str, store_url: str) -> tuple[Api, Store | None]:
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "handrail.yaml"
        config.write_text(CONFIG)
        rules = Rules(load_book(config, {"BENCH_KEY": KEY}))
    store: Store | None = None
    if mode == "bare":
        kept = cast("Store", Nowhere())
        desk = Desk(store=kept, rules=rules, clock=clock)
    else:
        await migrate(store_url)
        store = kept = await Store.open(store_url, clock=clock)
        await store.start()
        desk = Desk(store=store, rules=rules, clock=clock)
        if mode == "each":
            desk = OneByOne(desk)
    return Api(
        desk=desk, store=kept, rules=rules, clock=clock, metrics=Metrics(), on_bot_call=lambda _bot: None,
        ready=_fine, permalink=lambda _thread: None, limits=Limits(calls_at_once=4096),
    ), store  # fmt: skip


async def _fine() -> Mapping[str, str]:
    return {}


async def serve(mode: str, store_url: str) -> None:
    """Print the port once it answers; stop when stdin closes."""
    api, store = await build(mode, store_url)
    app = web.Application()
    add_api(app, api)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1, **server_settings())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    gc.collect()
    gc.freeze()  # as the daemon does
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()
    if store is not None:
        print(f"{store.writer.writes_made} writes in {store.writer.commits_made} commits", file=sys.stderr)
        await store.close()


if __name__ == "__main__":
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
