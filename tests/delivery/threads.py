"""One ticket's thread on a real adapter in front of its wire server, and what we have it told."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bridge.delivery.dispatcher import Dispatcher
from bridge.domain.change import Change
from bridge.domain.deliveries import Content, Delivery, DeliveryState, Digest, Strand, Urgency
from bridge.domain.refs import BotName, ThreadRef
from bridge.domain.ticket import Ticket
from bridge.domain.views import DeliveryView
from bridge.domain.words import Message
from bridge.metrics import Metrics
from bridge.ports.bots import BotConnection
from bridge.rulebook import RuleBook, Rules, load
from bridge.store import Store
from tests.adapters.every_chat_platform import EVERY_CHAT_PLATFORM
from tests.adapters.far_side import Shore
from tests.given_time import GivenClock
from tests.samples import a_policy, a_root, asks, opening, opens, user_says

CONFIG = """
version: 1
platforms:
  acme-slack: {{kind: slack, bot_token: {{env: TOKEN}}, app_token: {{env: TOKEN}}}}
  acme-discord: {{kind: discord, token: {{env: TOKEN}}, guild: "1"}}
members:
  ana: {{{platform}: "{member}"}}
  ben: {{{platform}: "{colleague}"}}
teams:
  support: {{slack_group: "{team}", discord_role: "{team}"}}
  leads: {{members: [ana, ben]}}
routes:
  name: support
  target: {{platform: {platform}, channel: "{channel}"}}
  team: support
"""


@dataclass
class Thread:
    """One ticket's thread on a real platform, and what we have it told."""

    store: Store
    shore: Shore
    clock: GivenClock
    dispatcher: Dispatcher
    metrics: Metrics
    ticket: Ticket
    bots: dict[BotName, BotConnection]
    backs: list[tuple[str, datetime, datetime]]
    """What the dispatcher said about platforms that were away."""
    make: Callable[[], Dispatcher]
    book: RuleBook

    async def restart(self) -> None:
        """Another process takes over the same store and platform."""
        self.dispatcher = self.make()
        await self.dispatcher.start()

    @property
    def ref(self) -> ThreadRef:
        assert self.ticket.thread is not None
        return self.ticket.thread

    async def settle(self) -> None:
        await self.dispatcher.settle()
        found = await self.store.tickets.get(self.ticket.id)
        assert found is not None
        self.ticket = found

    async def passes(self, seconds: float, step: float = 1.0) -> None:
        """Time goes by in steps; what came due is done."""
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            await self.settle()

    async def user_says(self, *texts: str) -> None:
        for text in texts:
            await self.store.writer.decide(asks(self.ticket.id, lambda now, text=text: self._here(now.ticket, text)))

    def _here(self, ticket: Ticket, text: str) -> Change:
        change = user_says(ticket, text)
        lane = self.shore.far_side.lane
        return replace(change, deliveries=tuple(replace(each, lane=lane) for each in change.deliveries))

    async def order(
        self, content: Content, strand: Strand = Strand.WORDS, message: Message | None = None, **said: object
    ) -> None:
        ticket = None if isinstance(content, Digest) else self.ticket.id
        delivery = Delivery(
            lane=self.shore.far_side.lane, content=content, strand=strand, urgency=Urgency.WORDS, ticket=ticket
        )
        await self.store.writer.decide(
            asks(
                self.ticket.id,
                lambda now: Change(
                    ticket=now.ticket,
                    code="ordered",
                    deliveries=(replace(delivery, **said),),
                    messages=(message,) if message is not None else (),
                ),
            )
        )

    async def left(self) -> list[DeliveryView]:
        return await self.store.outbox.views([state for state in DeliveryState if state is not DeliveryState.DONE])

    async def shown(self) -> list[str]:
        return await self.shore.far_side.posted(self.ref)


@asynccontextmanager
async def a_thread(platform: str, store: Store, clock: GivenClock, folder: Path) -> AsyncIterator[Thread]:
    """A ticket whose root is still to be posted; delivery has not begun."""
    async with EVERY_CHAT_PLATFORM[platform](clock) as shore:
        far = shore.far_side
        change = opening(policy=a_policy(lane=far.lane))
        change = replace(change, told=(), deliveries=(a_root(change.ticket.id, far.lane),))
        await store.writer.decide(opens(change))
        metrics, bots, backs = Metrics(), {}, []

        async def on_back(name: str, since: datetime, until: datetime) -> None:
            assert name in await store.outages.open(), "it ends once the time was given back"
            backs.append((name, since, until))

        book = _book(shore, folder)

        def make() -> Dispatcher:
            chats = {far.lane.platform: shore.platform}
            return Dispatcher(
                store, Rules(book), chats, bots, clock, metrics=metrics, jitter=lambda: 0.0, on_back=on_back
            )

        thread = Thread(store, shore, clock, make(), metrics, change.ticket, bots, backs, make, book)
        yield thread
        await thread.dispatcher.stop(0.5)


def _book(shore: Shore, folder: Path) -> RuleBook:
    far = shore.far_side
    path = folder / "handrail.yaml"
    path.write_text(
        CONFIG.format(
            platform=far.lane.platform,
            channel=far.lane.place,
            member=far.member,
            colleague=far.colleague,
            team=far.team,
        )
    )
    return load(path, {"TOKEN": "xoxb-a-token"})
