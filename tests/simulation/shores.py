"""The ports, implemented by the world: a chat platform and a bot's endpoint, as one process of the middle has them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from bridge.domain.capabilities import Capabilities, PrivateNotice
from bridge.domain.deliveries import Delivery, MarkKind
from bridge.domain.errors import DestinationGone, OutcomeUnknown
from bridge.domain.events import ChatEvent
from bridge.domain.paint import Card, Notice, QueueDigest, Speech
from bridge.domain.people import Assignee
from bridge.domain.refs import Lane, MessageRef, ThreadRef
from bridge.domain.text import split
from bridge.ports.bots import Envelope
from bridge.ports.chat import Budget, Health, OnChatEvent, ReadBack, Watermark
from tests.simulation.agenda import Agenda
from tests.simulation.calls import Caller, Line
from tests.simulation.channels import Channels
from tests.simulation.faults import Fault, Weather

MAX_TEXT = 220
LINKS = "https://chat.example/"


@dataclass
class ChatShore:
    """One platform of the world, and the line to it."""

    channels: Channels
    line: Line
    weather: Weather
    agenda: Agenda
    lag: Callable[[], float]
    """Seconds until look-ups see a post."""
    private: PrivateNotice
    on_whisper: Callable[[ThreadRef, Assignee, Notice], None]


class SimulatedChat:
    """`ChatPlatform` for one process."""

    def __init__(self, shore: ChatShore, caller: Caller) -> None:
        self._shore = shore
        self._world = shore.channels
        self._caller = caller
        self.name = shore.channels.name
        self.capabilities = Capabilities(max_text=MAX_TEXT, private_notice=shore.private)

    @property
    def health(self) -> Health:
        return self._world.health

    async def run(self, on_event: OnChatEvent) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        pass

    def budgets(self, delivery: Delivery) -> Sequence[Budget]:
        return [Budget(name=f"posts {delivery.lane.place}", limit=6, per=timedelta(seconds=2))]

    def parts(self, speech: Speech) -> Sequence[Speech]:
        pieces = split(speech.text, MAX_TEXT)
        return [replace(speech, text=piece) for piece in pieces] if len(pieces) > 1 else [speech]

    async def open_thread(self, lane: Lane, card: Card, *, key: str) -> ThreadRef:
        def apply() -> ThreadRef:
            return self._world.open_thread(lane, card, key, self._now, self._seen())

        return cast("ThreadRef", await self._call("open_thread", lane, apply, key))

    async def post(self, place: Lane | ThreadRef, content: Speech | QueueDigest | Card, *, key: str) -> MessageRef:
        asked_at = self._now

        def apply() -> MessageRef:
            return self._world.post(
                place, content, key, now=self._now, seen_from=self._seen(), asked_at=asked_at
            )  # fmt: skip

        return cast("MessageRef", await self._call("post", _lane(place), apply, key))

    async def edit(self, message: MessageRef, content: Speech | QueueDigest) -> None:
        await self._call("edit", message.lane, lambda: self._world.edit(message, content), message.message)

    async def retract(self, message: MessageRef, *, files: bool = False) -> None:
        del files
        await self._call("retract", message.lane, lambda: self._world.retract(message), message.message)

    async def mark(self, message: MessageRef, mark: MarkKind, *, stands: AbstractSet[MarkKind] | None = None) -> None:
        del stands
        await self._call("mark", message.lane, lambda: self._world.mark(message, mark), message.message)

    async def whisper(self, place: ThreadRef, person: Assignee, notice: Notice, *, key: str) -> MessageRef | None:
        asked_at = self._now

        def apply() -> MessageRef | None:
            ref = None
            if self._shore.private is PrivateNotice.ON_CLICK:
                ref = self._world.post(
                    place, notice, key, now=self._now, seen_from=self._seen(), asked_at=asked_at
                )  # fmt: skip
            else:
                self._world.thread(place)
                self._world.whispers.append((self._now, place.root, person.person or "", notice))
            self._shore.on_whisper(place, person, notice)
            return ref

        return cast("MessageRef | None", await self._call("whisper", place.lane, apply, key))

    async def direct(self, person: str, speech: Speech, *, key: str) -> None:
        lane = Lane(self.name, "")
        await self._call("direct", lane, lambda: self._world.directs.append((self._now, person, key)), key)

    async def refresh_card(self, thread: ThreadRef, card: Card) -> None:
        await self._call("refresh_card", thread.lane, lambda: self._world.refresh(thread, card), thread.root)

    async def close_thread(self, thread: ThreadRef) -> None:
        await self._call("close_thread", thread.lane, lambda: self._world.close(thread), thread.root)

    async def find(self, place: Lane | ThreadRef, *, key: str, since: datetime) -> ThreadRef | MessageRef | None:
        def apply() -> ThreadRef | MessageRef | None:
            if self._shore.weather.strikes(Fault.LOOK_FAILED):
                raise OutcomeUnknown("history cannot be read")
            return self._world.find(place, key, since, self._now)

        return cast("ThreadRef | MessageRef | None", await self._call("find", _lane(place), apply, key))

    async def is_in(self, lane: Lane, person: str) -> bool | None:
        """Everybody of this world is everywhere."""
        return bool(lane.place and person)

    def permalink(self, thread: ThreadRef) -> str | None:
        return f"{LINKS}{thread.lane.place}/{thread.root}"

    def thread_of(self, link: str, lane: Lane) -> ThreadRef | None:
        root = link.rpartition("/")[2]
        return ThreadRef(lane, root) if root in self._world.threads else None

    def message_of(self, link: str, place: Lane | ThreadRef) -> MessageRef | None:
        post = self._world.posts.get(link.rpartition("/")[2])
        return post.ref if post is not None else None

    async def missed(self, marks: Mapping[ThreadRef, Watermark]) -> AsyncIterator[ChatEvent | ReadBack]:
        for each in ():
            yield each

    @property
    def _now(self) -> float:
        return self._shore.agenda.now

    def _seen(self) -> float:
        return self._now + self._shore.lag()

    async def _call(self, what: str, lane: Lane, apply: Callable[[], Any], about: str) -> Any:
        said = f"{what} {lane} {about}"
        return await self._shore.line.call(self._caller, said, apply, budget=f"posts {lane.place}")


@dataclass
class Arrived:
    """One attempt that reached a bot."""

    at: float
    key: str
    envelope: Envelope


@dataclass
class BotShore:
    """A bot's endpoint: what it has taken, every attempt of it."""

    name: str
    line: Line
    agenda: Agenda
    arrived: list[Arrived] = field(default_factory=list)
    gone: bool = False
    on_event: Callable[[Envelope, str], None] = lambda envelope, key: None


class SimulatedBot:
    """`BotConnection` for one process."""

    skew: timedelta | None = None

    def __init__(self, shore: BotShore, caller: Caller) -> None:
        self._shore = shore
        self._caller = caller

    async def tell(self, envelope: Envelope, *, key: str) -> None:
        shore = self._shore

        def apply() -> None:
            if shore.gone:
                raise DestinationGone("410")
            first = all(each.key != key for each in shore.arrived)
            shore.arrived.append(Arrived(shore.agenda.now, key, envelope))
            if first:
                shore.on_event(envelope, key)

        await shore.line.call(self._caller, f"tell {shore.name} {envelope.type} {key}", apply)

    async def find(self, envelope: Envelope, *, key: str) -> bool | None:
        return None

    async def close(self) -> None:
        pass


def _lane(place: Lane | ThreadRef) -> Lane:
    return place if isinstance(place, Lane) else place.lane
