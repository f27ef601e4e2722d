"""A site on a real Slack adapter and its wire server, whose threads can be read back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from adapters.chat.slack import build
from bridge.desk.desk import Desk
from bridge.jobs.catching_up import CatchUp
from bridge.metrics import Metrics
from bridge.ports.chat import ChatPlatform
from bridge.store import Store
from tests.adapters.far_side import Heard, card
from tests.adapters.slack_shore import CHANNEL, NAME
from tests.desk.house import HELP, House, book_for
from tests.given_time import GivenClock
from tests.wire.slack.people import People
from tests.wire.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer


class Site(House):
    """A desk whose Slack is connected; `reads_back` gives the catch-up a turn and waits for its end."""

    def __init__(self, store: Store, folder, clock: GivenClock, server: SlackServer, slack: ChatPlatform) -> None:
        super().__init__(store, book_for(folder), clock)
        self.server, self.slack, self.people = server, slack, People(server)
        self.metrics = Metrics()
        self.chats = {NAME: slack}
        self.catch_up = CatchUp(self.desk, store, self.chats, clock, self.metrics)
        self._heard = Heard(clock)

    async def ticket(self, conversation: str = "web-1"):
        """An open ticket whose thread stands in the channel."""
        ticket = (await self.escalates(conversation)).ticket.id
        thread = await self.slack.open_thread(HELP, card(), key=f"dlv_{conversation}")
        await self.opened_thread(ticket, thread.root)
        return ticket, thread

    def unheard(self, thread, text: str, user: str = "U0BEN") -> str:
        """Words whose event never comes."""
        return self.people.writes_unheard(CHANNEL, thread.root, user, text)

    async def texts(self, ticket) -> list[str]:
        return [message.text for message in await self.store.messages.of(ticket) if message.origin is not None]

    async def reads_back(self, step: float = 0.5) -> None:
        """One turn of the sweep, and the reading it began, however long that takes."""
        await self.catch_up(self.clock.now())
        await self.passes(self.catch_up.settle(), step)

    async def passes(self, work, step: float = 0.2):
        """Let time pass until it is done, by steps that are long where it has long to wait."""
        task = asyncio.ensure_future(work)
        async with asyncio.timeout(15):
            while not task.done():
                self.clock.advance(step)
                await asyncio.wait({task}, timeout=0.01)
        return await task

    async def connected(self) -> None:
        await self._heard.until(lambda: self.slack.health.connected)

    async def until(self, true) -> None:
        await self._heard.until(true)

    def figure(self, name: str) -> float:
        return self.metrics.registry.get_sample_value(name, {"platform": NAME}) or 0.0


@asynccontextmanager
async def slack_site(store: Store, folder, clock: GivenClock) -> AsyncIterator[Site]:
    async with SlackServer(clock.now).running() as server:
        given = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": server.api_url, "groups": ["S0SUPPORT"]}
        slack = build(NAME, given, clock)
        site = Site(store, folder, clock, server, slack)
        run = asyncio.create_task(slack.run(Desk(store=store, rules=site.rules, clock=clock).handle))
        try:
            await site.connected()
            yield site
        finally:
            await site.catch_up.stop()
            run.cancel()
            with suppress(asyncio.CancelledError):
                await run
            await slack.close()
    assert server.complaints == []
