"""One server to measure, as a process: `python -m benchmarks.intake_server MODE STORE_URL`.

handrail  the bots' interface as it is: authenticated, judged, decided, committed, then answered
each      the same, but one request after the other: a transaction and a commit for each
bare      the same handler on no store: authenticated, judged, translated, answered with a ticket made up on the spot
"""

import asyncio
import gc
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from aiohttp import web

from benchmarks.site import KEY
from bridge.api.call import Api
from bridge.api.limits import Limits, server_settings
from bridge.api.mount import add_api
from bridge.desk.crowds import Crowds
from bridge.desk.desk import Desk
from bridge.domain.availability import UNKNOWN, Crowd
from bridge.domain.change import Verdict, facts_of
from bridge.domain.events import BotEvent, Escalated
from bridge.domain.refs import BotName, MessageId, TicketId, UserId, new_id
from bridge.domain.routing import Route
from bridge.domain.ticket import Ticket
from bridge.domain.words import Brief, User
from bridge.kinds import load_book
from bridge.metrics import Metrics
from bridge.ports.clock import SystemClock
from bridge.rulebook.reload import Rules
from bridge.store import Store, migrate

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
    """Stands where desk and store would: knows one ticket, and answers every event with it."""

    def __init__(self, rules: Rules, clock: SystemClock) -> None:
        self._policy = rules.current.root.policy
        self._clock = clock
        self._ticket = self._made_up(UserId(new_id("usr")))
        self._told = (
            User(id=self._ticket.user, bot=BotName("shop-bot"), external_id="u1", name="Mara"),
            Brief(ticket=self._ticket.id, title="Refund not received"),
        )

    def _made_up(self, user: UserId) -> Ticket:
        now = self._clock.now()
        return Ticket(
            id=TicketId(new_id("tkt")), bot=BotName("shop-bot"), conversation="c", user=user, policy=self._policy,
            route_reason="no other route matches", created_at=now, waiting_since=now, number=1001,
        )  # fmt: skip

    async def handle(self, event: BotEvent) -> Verdict:
        ticket = self._made_up(self._ticket.user)
        if isinstance(event, Escalated):
            return Verdict(code="opened", ticket=facts_of(replace(ticket, conversation=event.conversation)))
        return Verdict(code="received", ticket=facts_of(ticket), message=MessageId(new_id("msg")))

    @property
    def crowds(self) -> "Nowhere":
        return self

    def at_once(self, _route: Route) -> Crowd:
        return Crowd(queue_depth=3, wait=UNKNOWN, people=None)

    async def get(self, _ticket: TicketId, *, bot: BotName | None = None) -> Ticket:  # noqa: ARG002 - as the store's
        return self._ticket

    async def told_with(self, tickets: list[TicketId]) -> Mapping[TicketId, tuple[User, Brief]]:
        return dict.fromkeys(tickets, self._told)


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
        nowhere = Nowhere(rules, clock)
        desk = cast("Desk", nowhere)
        kept = cast("Store", SimpleNamespace(tickets=nowhere))
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
