"""A house with one bot: a real store, the dispatcher, and the bot's server on loopback; time is given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from adapters.bots.webhook import build
from bridge.delivery.dispatcher import Dispatcher
from bridge.domain.change import Change
from bridge.domain.deliveries import DeliveryState
from bridge.domain.refs import BotName, bot_lane
from bridge.domain.ticket import Ticket
from bridge.domain.views import DeliveryView
from bridge.domain.words import WordsState
from bridge.metrics import Metrics
from bridge.ports.bots import BotConnection
from bridge.rulebook import Rules, load
from bridge.store import Store
from tests.adapters.every_chat_platform import EVERY_CHAT_PLATFORM
from tests.delivery.threads import Thread, a_thread
from tests.given_time import GivenClock
from tests.samples import SHOP, a_policy, asks, member_replies, opening, opens
from tests.wire.bot import SECRET, WireBot, bot_listening

CONFIG = """
version: 1
platforms:
  acme-slack: {kind: slack, bot_token: {env: TOKEN}, app_token: {env: TOKEN}}
members:
  ana: {slack: U0ANA}
  lea: {slack: U0LEA, console: lea@acme.example}
teams:
  support: {slack_group: S0SUPPORT}
  leads: {members: [ana, lea]}
routes:
  name: support
  target: {platform: acme-slack, channel: C0SUPPORT}
  team: support
"""
CONSOLE_ONLY = a_policy(lane=None)


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    path = tmp_path / "handrail.yaml"
    path.write_text(CONFIG)
    return Rules(load(path, {"TOKEN": "xoxb-a-token"}))


@dataclass
class House:
    """What the tests do and see; nothing of ours is replaced."""

    store: Store
    clock: GivenClock
    bot: WireBot
    rules: Rules
    bots: dict[BotName, BotConnection]
    metrics: Metrics = field(default_factory=Metrics)
    dispatcher: Dispatcher | None = None

    async def start(self, *, drains: int = 32) -> Dispatcher:
        self.dispatcher = Dispatcher(
            self.store,
            self.rules,
            {},
            self.bots,
            self.clock,
            metrics=self.metrics,
            jitter=lambda: 0.0,
            drains=drains,
        )
        await self.dispatcher.start()
        return self.dispatcher

    async def stop(self, grace: float = 5.0) -> None:
        if self.dispatcher is not None:
            await self.dispatcher.stop(grace)
            self.dispatcher = None

    async def settle(self) -> None:
        assert self.dispatcher is not None
        await self.dispatcher.settle()

    async def passes(self, seconds: float) -> None:
        """Time goes by; what came due is done."""
        self.clock.advance(seconds)
        await self.settle()

    async def ticket(self, **said: object) -> Ticket:
        change = opening(policy=CONSOLE_ONLY, **said)
        change = type(change)(ticket=change.ticket, code="opened", user=change.user, brief=change.brief)
        await self.store.writer.decide(opens(change))
        found = await self.store.tickets.get(change.ticket.id)
        assert found is not None
        return found

    async def replies(self, ticket: Ticket, *texts: str) -> None:
        """A member's replies, each on its way to the bot."""
        for text in texts:
            await self.store.writer.decide(asks(ticket.id, lambda now, text=text: _replied(now.ticket, text)))

    async def states(self, ticket: Ticket) -> dict[str, WordsState]:
        return {message.text: message.state for message in await self.store.messages.of(ticket.id)}

    async def undelivered(self) -> list[DeliveryView]:
        return await self.store.outbox.views(
            [DeliveryState.READY, DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN]
        )

    def heard(self) -> list[str]:
        """Texts the bot has taken, in the order of their arrival."""
        return [call.data["message"]["text"] for call in self.bot.events.values()]


def _replied(ticket: Ticket, text: str) -> Change:
    change = member_replies(ticket, text)
    return replace(change, deliveries=tuple(replace(each, lane=bot_lane(ticket.bot)) for each in change.deliveries))


@pytest.fixture
async def house(sqlite_store: Store, clock: GivenClock, rules: Rules) -> AsyncIterator[House]:
    async with furnished(sqlite_store, clock, rules) as house:
        yield house


@asynccontextmanager
async def furnished(store: Store, clock: GivenClock, rules: Rules) -> AsyncIterator[House]:
    """A house around this store, its dispatcher running."""
    async with bot_listening(now=clock.now) as bot:
        connection = connected(bot, clock)
        house = House(store, clock, bot, rules, {SHOP: connection})
        await house.start()
        yield house
        await house.stop(0.5)
        await connection.close()


def connected(bot: WireBot, clock: GivenClock) -> BotConnection:
    """The way out to a bot on loopback."""
    return build("shop-bot", {"url": bot.url, "secret": SECRET, "private": True}, clock)


@pytest.fixture(params=sorted(EVERY_CHAT_PLATFORM))
async def thread(request, sqlite_store: Store, clock: GivenClock, tmp_path: Path) -> AsyncIterator[Thread]:
    """A ticket whose root is still to be posted; delivery has not begun. Once per platform."""
    async with a_thread(request.param, sqlite_store, clock, tmp_path) as thread:
        yield thread


@pytest.fixture
async def opened(thread: Thread) -> Thread:
    """The same with its root posted."""
    await thread.dispatcher.start()
    await thread.settle()
    assert thread.ticket.thread is not None
    return thread
