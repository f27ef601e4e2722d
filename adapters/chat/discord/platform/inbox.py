"""What people write in threads, handed on in order, thread by thread."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable

import discord
import structlog

from adapters.chat.discord.events import Home, is_words, to_deleted, to_edited, to_gone, to_wrote
from bridge.domain.errors import DeliveryError, StoreTrouble
from bridge.domain.events import ChatEvent
from bridge.domain.refs import ThreadRef
from bridge.ports.chat import OnChatEvent
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

WAITS = (1.0, 2.0, 4.0, 8.0, 15.0)
"""The gateway knows no acknowledgement: what the store cannot take now is kept here, for half a minute."""
MOST_PARENTS = 4096
Parent = Callable[[int], Awaitable[int | None]]
Made = Callable[[ThreadRef], ChatEvent | None]


class ThreadInbox:
    """`parent_of` asks Discord for the channel of a thread that the cache has forgotten."""

    def __init__(self, home: Home, clock: Clock, parent_of: Parent, *, reads_words: bool) -> None:
        self._home = home
        self._clock = clock
        self._parent_of = parent_of
        self._reads_words = reads_words
        self._parents: OrderedDict[int, int | None] = OrderedDict()
        self._waiting: dict[int, deque[tuple[int | None, Made]]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._on_event: OnChatEvent | None = None

    def listen(self, on_event: OnChatEvent) -> None:
        self._on_event = on_event

    # ── from the gateway ──────────────────────────────────────────────────

    def wrote(self, message: discord.Message) -> None:
        if not self._is_home(message) or not is_words(message):
            return
        if not self._reads_words and not message.content and not message.attachments:
            # The content-free mode: Discord blanks what does not name us.
            return
        self._take(message.channel, lambda thread: to_wrote(message, thread, self._home))

    def edited(self, message: discord.Message) -> None:
        if self._is_home(message):
            self._take(message.channel, lambda thread: to_edited(message, thread, self._home))

    def deleted(self, guild: int | None, channel: int, messages: Iterable[int]) -> None:
        if guild != self._home.guild:
            return
        for message in sorted(messages):
            self._put(channel, None, self._deletion(message))

    def thread_deleted(self, guild: int, parent: int, thread: int) -> None:
        if guild == self._home.guild:
            self._put(thread, parent, lambda ref: to_gone(ref, self._home, self._clock.now()))

    def _deletion(self, message: int) -> Made:
        return lambda thread: to_deleted(message, thread, self._home, self._clock.now())

    def _is_home(self, message: discord.Message) -> bool:
        return message.guild is not None and message.guild.id == self._home.guild

    # ── in order ──────────────────────────────────────────────────────────

    def _take(self, channel: object, made: Made) -> None:
        if isinstance(channel, discord.Thread):
            self._put(channel.id, channel.parent_id, made)
        elif isinstance(channel, discord.PartialMessageable):
            self._put(channel.id, None, made)
        # Any other channel is no thread, so nobody's ticket.

    def _put(self, channel: int, parent: int | None, made: Made) -> None:
        waiting = self._waiting.get(channel)
        if waiting is not None:
            waiting.append((parent, made))
            return
        self._waiting[channel] = deque([(parent, made)])
        worker = asyncio.create_task(self._work(channel), name=f"discord-thread-{channel}")
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work(self, channel: int) -> None:
        waiting = self._waiting[channel]
        try:
            while waiting:
                parent, made = waiting.popleft()
                try:
                    await self._hand_on(channel, parent, made)
                except Exception:
                    # One bad event may not silence its thread.
                    log.exception("discord_event_failed", channel=channel)
        finally:
            del self._waiting[channel]

    async def _hand_on(self, channel: int, parent: int | None, made: Made) -> None:
        known = parent if parent is not None else await self._parent(channel)
        if known is None:
            return
        event = made(self._home.thread(known, channel))
        if event is None or self._on_event is None:
            return
        for wait in (*WAITS, None):
            try:
                await self._on_event(event)
                return
            except StoreTrouble:
                if wait is None:
                    log.error("discord_event_dropped", channel=channel, key=event.key.key)  # noqa: TRY400 - no trace wanted
                    return
                await self._clock.sleep(wait)

    async def _parent(self, channel: int) -> int | None:
        """The channel a thread hangs in; None for what is no thread. Never changes, so it is kept."""
        if channel not in self._parents:
            try:
                self._parents[channel] = await self._parent_of(channel)
            except DeliveryError as error:
                log.warning("discord_channel_unreadable", channel=channel, reason=error.reason)
                return None
            while len(self._parents) > MOST_PARENTS:
                self._parents.popitem(last=False)
        return self._parents[channel]

    async def settle(self, seconds: float) -> None:
        """Let what has begun come to its end, then stop."""
        if self._workers:
            _, late = await asyncio.wait(set(self._workers), timeout=seconds)
            for worker in late:
                worker.cancel()
            await asyncio.gather(*late, return_exceptions=True)
