"""A desk with a store, a rulebook and a clock, and short ways to report events to it."""

from itertools import count
from pathlib import Path

from bridge.desk.desk import Desk
from bridge.domain.capabilities import BotCapabilities
from bridge.domain.deliveries import Ending, OpenThread, Posted
from bridge.domain.events import (
    ButtonPressed,
    CommandGiven,
    Escalated,
    EventKey,
    Intent,
    PersonWrote,
    Turn,
    UserFacts,
    UserWrote,
    Verb,
)
from bridge.domain.people import Person
from bridge.domain.refs import BotName, Lane, MessageRef, ThreadRef, TicketId
from bridge.domain.words import Author
from bridge.rulebook.book import RuleBook
from bridge.rulebook.load import load
from bridge.rulebook.reload import Rules
from bridge.store import Store
from tests.given_time import GivenClock

FILE = """\
version: 1
server: {host: 127.0.0.1, port: 8700}
platforms:
  acme-slack: {kind: slack, bot_token: {env: BOT}, app_token: {env: APP}}
bots:
  shop-bot: {keys: [{env: KEY}], callback: {url: "https://bot.example/x", secret: {env: CALLBACK}}, attributes: {plan: string}}
  other-bot: {keys: [{env: KEY2}]}
members:
  ana: {slack: U0ANA, console: Ana}
teams:
  support: {members: [ana], slack_group: S0SUPPORT}
ladders:
  waiting: {clock: wall, until: claimed, steps: [{after: 3m, do: mention, who: team}]}
routes:
  name: everything
  target: {platform: acme-slack, channel: C0HELP}
  team: support
  ladder: waiting
  routes:
    - {name: pro, match: {attributes.plan: pro}, target: {platform: acme-slack, channel: C0PRO}}
"""  # noqa: E501 - a config file keeps its own lines
ENV = {
    "BOT": "xoxb-1-2-abcdefghijkl",
    "APP": "xapp-1-2-3-abcdefghijkl",
    "KEY": "hr_first_key_0000000000000000000000000000000000",
    "KEY2": "hr_second_key_000000000000000000000000000000000",
    "CALLBACK": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
}
SHOP = BotName("shop-bot")
HELP = Lane("acme-slack", "C0HELP")
ANA = Person(platform="acme-slack", workspace="T1", id="U0ANA", name="Ana", in_channel=True)
BEN = Person(
    platform="acme-slack", workspace="T1", id="U0BEN", name="Ben", groups=frozenset({"S0SUPPORT"}), in_channel=True
)
EVE = Person(platform="acme-slack", workspace="T1", id="U0EVE", name="Eve", in_channel=True)


def book_for(folder: Path) -> RuleBook:
    path = folder / "handrail.yaml"
    path.write_text(FILE, encoding="utf-8")
    return load(path, ENV)


class House:
    def __init__(self, store: Store, book: RuleBook, clock: GivenClock) -> None:
        self.store, self.clock = store, clock
        self.rules = Rules(book)
        self.desk = Desk(store=store, rules=self.rules, clock=clock)
        self._count = count(1)

    def key(self, scope: str = "acme-slack") -> EventKey:
        return EventKey(scope, f"e{next(self._count)}")

    async def escalates(self, conversation: str = "web-1", *, bot: BotName = SHOP, **more):
        more.setdefault("key", self.key(f"bot:{bot}"))
        more.setdefault("fingerprint", "f")
        more.setdefault("user", UserFacts(external_id="u_17", name="Mara"))
        more.setdefault("transcript", (Turn(author=Author.USER, text="refund?", external_id="m1"),))
        more.setdefault("capabilities", BotCapabilities(edit=True, delete=True, typing=True))
        event = Escalated(bot=bot, at=self.clock.now(), conversation=conversation, **more)
        return await self.desk.handle(event)

    async def user_says(self, ticket: TicketId, text: str, **more):
        more.setdefault("key", self.key("bot:shop-bot"))
        event = UserWrote(bot=SHOP, fingerprint=text, at=self.clock.now(), ticket=ticket, text=text, **more)
        return await self.desk.handle(event)

    async def presses(self, who: Person, verb: Verb, ticket: TicketId, **more):
        more.setdefault("key", self.key())
        event = ButtonPressed(person=who, at=self.clock.now(), ticket=ticket, verb=verb, **more)
        return await self.desk.handle(event)

    async def writes(self, who: Person, text: str, thread: ThreadRef, **more):
        number = next(self._count)
        origin = MessageRef(thread.lane, thread.root, f"ts{number}")
        event = PersonWrote(
            key=EventKey("acme-slack", origin.message), person=who, at=self.clock.now(), text=text, thread=thread,
            origin=origin, **more,
        )  # fmt: skip
        return await self.desk.handle(event)

    async def writes_in_console(self, who: Person, text: str, ticket: TicketId, intent: Intent):
        event = PersonWrote(
            key=self.key("console"), person=who, at=self.clock.now(), text=text, ticket=ticket, intent=intent
        )
        return await self.desk.handle(event)

    async def commands(self, who: Person, *words: str, thread: ThreadRef | None = None, named: tuple[Person, ...] = ()):
        event = CommandGiven(
            key=self.key(), person=who, at=self.clock.now(), words=words, lane=HELP, thread=thread, named=named
        )
        return await self.desk.handle(event)

    async def opened_thread(self, ticket: TicketId, root: str = "r1", lane: Lane = HELP) -> ThreadRef:
        """The platform made the thread: its root's delivery is finished."""
        fence = await self.store.lanes.lease(lane, "test", 30)
        assert fence is not None
        taken = await self.store.outbox.take(lane, self.clock.now(), 50, fence)
        for one in taken:
            posted = Posted(thread=root) if isinstance(one.delivery.content, OpenThread) else None
            await self.store.outbox.finish(one, Ending.DONE, now=self.clock.now(), posted=posted)
        return ThreadRef(lane, root)

    async def fire_timers(self) -> None:
        for event in await self.store.timers.due(self.clock.now(), 100):
            await self.desk.handle(event)
