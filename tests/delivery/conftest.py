"""A house with one bot: a real store, the dispatcher, and the bot's server on loopback; time is given."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.bots.webhook import build
from bridge.delivery.dispatcher import Dispatcher
from bridge.domain.deliveries import DeliveryState
from bridge.domain.refs import BotName
from bridge.domain.ticket import Ticket
from bridge.domain.views import DeliveryView
from bridge.domain.words import WordsState
from bridge.metrics import Metrics
from bridge.ports.bots import BotConnection
from bridge.rulebook import Rules, load
from bridge.store import Store
from tests.given_time import GivenClock
from tests.samples import SHOP, a_policy, asks, member_replies, opening, opens
from tests.wire.bot import SECRET, WireBot

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

    async def start(self) -> Dispatcher:
        self.dispatcher = Dispatcher(
            self.store, self.rules, {}, self.bots, self.clock, metrics=self.metrics, jitter=lambda: 0.0
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
            await self.store.writer.decide(asks(ticket.id, lambda now, text=text: member_replies(now.ticket, text)))

    async def states(self, ticket: Ticket) -> dict[str, WordsState]:
        return {message.text: message.state for message in await self.store.messages.of(ticket.id)}

    async def undelivered(self) -> list[DeliveryView]:
        return await self.store.outbox.views(
            [DeliveryState.READY, DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN]
        )

    def heard(self) -> list[str]:
        """Texts the bot has taken, in the order of their arrival."""
        return [call.data["message"]["text"] for call in self.bot.events.values()]


@pytest.fixture
async def house(sqlite_store: Store, clock: GivenClock, rules: Rules) -> AsyncIterator[House]:
    bot = WireBot(now=clock.now)
    await bot.up()
    connection = build("shop-bot", {"url": bot.url, "secret": SECRET, "private": True}, clock)
    house = House(sqlite_store, clock, bot, rules, {SHOP: connection})
    await house.start()
    yield house
    await house.stop(0.5)
    await connection.close()
    await bot.down()
