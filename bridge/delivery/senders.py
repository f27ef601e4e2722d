"""A delivery's content → the one call that sends it."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, assert_never, cast

from bridge.delivery.cards import open_thread, open_watch, refresh_card
from bridge.delivery.enclosing import files_left_behind
from bridge.delivery.errand import Errand, gone
from bridge.delivery.lateness import Later, NotNow, not_now, waits_for_files
from bridge.delivery.rings import alert, remind, whisper
from bridge.delivery.words import Split, edit_words, post_history, post_line, post_words, retract_words
from bridge.domain.deliveries import (
    Alert,
    CloseThread,
    Digest,
    EditWords,
    Mark,
    OpenThread,
    OpenWatch,
    Posted,
    PostHistory,
    PostLine,
    PostWords,
    RefreshCard,
    Remind,
    RetractWords,
    Taken,
    TellAlarm,
    TellBot,
    Whisper,
)
from bridge.domain.envelope import envelope
from bridge.domain.errors import DeliveryError, DestinationGone, TryLater
from bridge.domain.fanout.marks import mark_of
from bridge.domain.file_links import Links
from bridge.domain.refs import BotName, DeliveryId, Lane, ThreadRef, ToldId
from bridge.domain.speeches import alarm_speech, digest
from bridge.domain.ticket import Ticket
from bridge.domain.views import FilledRow, LaneView
from bridge.ports.bots import BotConnection, Envelope, Json
from bridge.ports.chat import ChatPlatform
from bridge.ports.clock import Clock
from bridge.rulebook import Rules
from bridge.store import Store

Sent: TypeAlias = Posted | Split | NotNow | Later | None
"""What came of it: the post or thread, a delivery to be split or put off, or nothing to remember."""


class Troubles(Protocol):
    """Which bots do not take their callbacks."""

    def of_bot(self, bot: BotName) -> LaneView | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """Everything sending needs."""

    store: Store
    rules: Rules
    chats: Mapping[str, ChatPlatform]
    bots: Mapping[BotName, BotConnection]
    clock: Clock
    troubles: Troubles
    rung: dict[DeliveryId, set[str]] = field(default_factory=dict)
    """Whom an alert has reached that is not done yet. Lost by a restart: it then rings twice rather than never."""

    async def send(self, taken: Taken) -> Sent:
        """Send it once. Raises: a `DeliveryError` of the right class; StoreTrouble before anything was sent."""
        content, lane = taken.delivery.content, taken.delivery.lane
        match content:
            case TellBot(told=told):
                return await self._tell(taken, told)
            case Digest(crossing=crossing):
                return await self._digest(taken, crossing=crossing)
            case TellAlarm(alarm=alarm):
                speech = alarm_speech(alarm, self.clock.now())
                return Posted(message=await self.platform(lane).post(lane, speech, key=taken.id))
            case _:
                return await self._to_thread(await self.errand(taken), taken)

    async def _to_thread(self, errand: Errand, taken: Taken) -> Sent:
        store, book = self.store, self.rules.current
        content = taken.delivery.content
        match content:
            case OpenThread():
                return await open_thread(store, errand, self.troubles.of_bot(errand.ticket.bot))
            case OpenWatch():
                return await open_watch(store, errand)
            case PostWords():
                return await post_words(store, errand, content)
            case EditWords():
                await edit_words(store, errand, content)
            case RetractWords():
                await retract_words(store, errand, content)
            case PostHistory():
                return await post_history(store, errand, content)
            case PostLine():
                return await post_line(errand, content)
            case RefreshCard():
                await refresh_card(store, errand, self.troubles.of_bot(errand.ticket.bot))
            case CloseThread():
                if errand.rests:
                    await errand.platform.close_thread(errand.thread)
            case Mark():
                await self._mark(errand, content)
            case Whisper():
                return await whisper(book, errand, content, await files_left_behind(store, content))
            case Remind():
                return await remind(book, errand, content)
            case Alert():
                return await self._alert(errand, content)
            case Digest() | TellBot() | TellAlarm():
                raise AssertionError("sent before")
            case _:
                assert_never(content)
        return None

    async def _tell(self, taken: Taken, told: ToldId) -> Sent:
        filled = await self.store.feed.get(told)
        if filled is None:
            raise gone("what the bot was to be told")
        if (instead := not_now(filled, self.clock.now())) is not None:
            return instead
        if (later := waits_for_files(filled, self.clock.now())) is not None:
            return later
        told_now = _envelope(envelope(filled, await self._links(filled), self._link))
        await self.connection(taken.delivery.lane).tell(told_now, key=taken.id)
        return None

    async def _links(self, filled: FilledRow) -> Links:
        """Made for this very call, so that one that is repeated for days never brings a stale link."""
        messages = (filled.message,) if filled.message is not None else ()
        return await self.store.files.links(messages, self.rules.current.server.public_url, self.clock.now())

    async def errand(self, taken: Taken) -> Errand:
        """The rows a thread's delivery speaks of. Raises: Undeliverable, when they were purged."""
        delivery = taken.delivery
        ticket = await self.store.tickets.get(delivery.ticket) if delivery.ticket is not None else None
        user = await self.store.users.get(ticket.user) if ticket is not None else None
        if ticket is None or user is None:
            raise gone("the ticket")
        return Errand(
            key=taken.id,
            lane=delivery.lane,
            platform=self.platform(delivery.lane),
            now=self.clock.now(),
            ticket=ticket,
            user=user,
            found_thread=await self._thread(ticket, delivery.lane),
            link=self._link(ticket.thread),
        )

    def platform(self, lane: Lane) -> ChatPlatform:
        """Raises: DestinationGone when the config has no such platform any more; TryLater until it is built."""
        if lane.platform not in self.chats:
            if lane.platform not in self.rules.current.platforms:
                raise DestinationGone("the config has no such platform any more")
            raise TryLater("the platform is being built")
        return self.chats[lane.platform]

    def connection(self, lane: Lane) -> BotConnection:
        """Raises: TryLater while the config has no callback for that bot."""
        bot = BotName(lane.place)
        if bot not in self.bots:
            raise TryLater("the config has no callback for this bot now")
        return self.bots[bot]

    async def _thread(self, ticket: Ticket, lane: Lane) -> ThreadRef | None:
        if ticket.thread is not None and ticket.thread.lane == lane:
            return ticket.thread
        return await self.store.threads.in_lane(ticket.id, lane)

    def _link(self, thread: ThreadRef | None) -> str | None:
        home = self.chats.get(thread.lane.platform) if thread is not None else None
        return home.permalink(thread) if home is not None and thread is not None else None

    async def _mark(self, errand: Errand, content: Mark) -> None:
        """A message written elsewhere than on this platform has nothing to carry a mark.

        Marks wait for nobody: one that comes late must not say again what is over.
        """
        message = await self.store.messages.get(content.message)
        if message is None or message.origin is None or message.origin.lane != errand.lane:
            return
        stands = await self.store.messages.marks(message.id, errand.lane, but=errand.key)
        await errand.platform.mark(message.origin, mark_of(message, content.mark), stands=stands)

    async def _alert(self, errand: Errand, content: Alert) -> Posted | None:
        rung = self.rung.setdefault(errand.key, set())
        posted = await alert(self.rules.current, errand, content, rung)
        del self.rung[errand.key]
        return posted

    async def _digest(self, taken: Taken, *, crossing: bool) -> Posted | None:
        """The queue is posted anew when a ticket newly crossed a step, since an edit notifies nobody."""
        lane = taken.delivery.lane
        platform = self.platform(lane)
        rows = digest(await self.store.tickets.queue(lane), self.clock.now())
        before = await self.store.lanes.digest(lane)
        if crossing and rows.rows:
            posted = await platform.post(lane, rows, key=taken.id)
            if before is not None:
                # The new one stands; an old one that cannot be taken away is no reason to post a third.
                with contextlib.suppress(DeliveryError):
                    await platform.retract(before)
            return Posted(message=posted)
        if before is not None:
            # A person deleted it, or a newer one stands whose answer was lost: the next crossing posts it anew.
            with contextlib.suppress(DestinationGone):
                await platform.edit(before, rows)
        return None


def _envelope(whole: Mapping[str, object]) -> Envelope:
    return Envelope(
        type=str(whole["type"]),
        timestamp=str(whole["timestamp"]),
        data=cast("Mapping[str, Json]", whole["data"]),  # the same JSON by the port's name
    )
