"""The console on a real socket, over a real store and desk."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from bridge.console import add_console
from bridge.console.house import House
from bridge.desk.desk import Desk
from bridge.domain.events import Escalated, EventKey, Turn, UserFacts, UserWrote
from bridge.domain.refs import BotName, TicketId
from bridge.domain.ticket import Ticket
from bridge.domain.views import TicketView
from bridge.domain.words import Author
from bridge.rulebook.load import load
from bridge.rulebook.reload import Rules
from bridge.store import Store
from tests.console.visitor import Visitor
from tests.given_time import GivenClock

SHOP = BotName("shop-bot")

FILE = """
version: 1
timezone: Europe/Paris
server: {host: 127.0.0.1, port: 8700, public_url: "http://127.0.0.1:8700"}
bots:
  shop-bot:
    kind: webhook
    keys: [{sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]
members:
  ana: {console: Ana}
  ben: {console: Ben}
teams:
  support: {members: [ana, ben]}
ladders:
  waiting: {clock: wall, until: claimed, steps: [{after: 3m, do: mention, who: team}]}
routes:
  name: fallback
  target: {platform: console}
  team: support
  ladder: waiting
  routes:
    - name: french
      match: {language: {prefix: fr}}
      target: {platform: console}
"""


@dataclass(slots=True)
class Site:
    """A running console, and the hands of its bot and its clock."""

    house: House
    desk: Desk
    store: Store
    clock: GivenClock
    base: str
    runner: web.AppRunner
    _keys: Iterator[int] = field(default_factory=lambda: count(1))

    async def escalate(self, title: str = "Refund not received", name: str = "Mara", **more: Any) -> Ticket:
        """A bot asks for a person."""
        said = more.pop("said", ("where is my money",))
        n = next(self._keys)
        user = more.pop("user", None) or UserFacts(external_id=f"user-{n}", name=name)
        event = Escalated(
            bot=SHOP, key=self._key(), fingerprint="f", at=self.clock.now(), conversation=f"conv-{n}", user=user,
            title=title, transcript=tuple(Turn(author=Author.USER, text=text) for text in said), **more,
        )  # fmt: skip
        return await self.ticket((await self.desk.handle(event)).ticket.number)

    async def user_says(self, ticket: Ticket, text: str, **more: Any) -> None:
        wrote = UserWrote(
            bot=SHOP, key=self._key(), fingerprint="f", at=self.clock.now(), ticket=ticket.id, text=text, **more
        )
        await self.desk.handle(wrote)

    async def ticket(self, number: int) -> Ticket:
        found = await self.store.tickets.by_number(number)
        assert found is not None
        return found

    async def owner(self, ticket: Ticket) -> str | None:
        assignee = (await self.ticket(ticket.number)).assignee
        return assignee.name if assignee else None

    async def view(self, ticket: TicketId) -> TicketView:
        found = await self.store.tickets.view(ticket)
        assert found is not None
        return found

    async def said(self, ticket: Ticket) -> list[str]:
        """The words of members, each with its kind and state."""
        view = await self.view(ticket.id)
        return [f"{m.kind} {m.state}: {m.text}" for m in view.messages if m.author is Author.MEMBER]

    async def pass_time(self, **span: float) -> None:
        """Let time go on, and what falls due happen."""
        self.clock.advance(**span)
        while due := await self.store.timers.due(self.clock.now(), 100):
            for deadline in due:
                await self.desk.handle(deadline)

    def _key(self) -> EventKey:
        return EventKey("bot:shop-bot", f"k{next(self._keys)}")


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    path = tmp_path / "handrail.yaml"
    path.write_text(FILE, encoding="utf-8")
    return Rules(load(path, {}))


@pytest.fixture
async def site(sqlite_store: Store, rules: Rules, clock: GivenClock) -> AsyncIterator[Site]:
    port = unused_port()
    base = f"http://127.0.0.1:{port}"
    desk = Desk(store=sqlite_store, rules=rules, clock=clock)
    app = web.Application()
    house = add_console(app, desk=desk, store=sqlite_store, rules=rules, clock=clock, public_url=base)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield Site(house, desk, sqlite_store, clock, base, runner)
    await runner.cleanup()


@pytest.fixture
async def stranger(site: Site) -> AsyncIterator[Visitor]:
    """Somebody who is not signed in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Visitor(session, site.base)


@pytest.fixture
async def member(site: Site) -> AsyncIterator[Callable[..., Awaitable[Visitor]]]:
    """Signs people in: `ana = await member("Ana")`."""
    sessions: list[aiohttp.ClientSession] = []

    async def sign_in(name: str = "Ana", *, admin: bool = False) -> Visitor:
        session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        sessions.append(session)
        visitor = Visitor(session, site.base)
        token = await site.store.sessions.invite(name, admin=admin)
        answer = await visitor.post(f"/sign-in/{token}")
        assert answer.status == 303, answer.text
        await visitor.get("/")
        return visitor

    yield sign_in
    for session in sessions:
        await session.close()
