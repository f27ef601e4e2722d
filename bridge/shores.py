"""The clients of every platform and every bot, and how they are exchanged while the daemon runs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from adapters import build_bot, build_chat, preload
from bridge.domain.errors import PlatformDown
from bridge.domain.refs import BotName
from bridge.ports.bots import BotConnection
from bridge.ports.chat import ChatPlatform, OnChatEvent
from bridge.ports.clock import Clock
from bridge.rulebook.book import RuleBook

log = structlog.get_logger(__name__)

CONNECT_WITHIN = 10.0
"""Seconds a new client has to connect before the old one goes; then the file's word counts, connected or not."""
LINGER = 5.0
"""Seconds calls in flight on an old client have to end."""
LOOK_EVERY = 0.05
REFUSED_FIRST, REFUSED_LONGEST = 60.0, 600.0
"""Seconds until a platform that refused our token is tried again: an account may be switched on again, a right given
back. A new token comes with a new client, and waits for nothing."""


class Ownership(Protocol):
    """Which of several daemons is connected to a platform that bears one connection."""

    def has(self, platform: str) -> bool: ...

    async def while_ours(self, platform: str, run: Callable[[], Awaitable[None]]) -> None: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client is made of."""

    kind: str
    options: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Built:
    """Clients made for a rulebook and not yet in use, and the names of those it has no use for."""

    chats: Mapping[str, ChatPlatform]
    bots: Mapping[BotName, BotConnection]
    gone_chats: frozenset[str]
    gone_bots: frozenset[BotName]
    chat_wishes: Mapping[str, Wish]
    bot_wishes: Mapping[BotName, Wish]
    moved_bots: frozenset[BotName]
    """Those whose callbacks go to another address than before."""


class Shores:
    """`chats` and `bots` are read by delivery and the console while they change here."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.chats: dict[str, ChatPlatform] = {}
        self.bots: dict[BotName, BotConnection] = {}
        self._chat_wishes: Mapping[str, Wish] = {}
        self._bot_wishes: Mapping[BotName, Wish] = {}
        self._attending: dict[ChatPlatform, asyncio.Task[None]] = {}
        self._refused: set[ChatPlatform] = set()
        """Their last attempt ended with a refusal."""
        self._retiring: set[asyncio.Task[None]] = set()
        self._on_event: OnChatEvent | None = None
        self._ownership: Ownership | None = None

    def preload(self, book: RuleBook) -> None:
        """Import what new kinds of platforms need. It takes a second, so it is done beside the loop."""
        for kind in {entry.kind for entry in book.platforms.values()}:
            preload(kind)

    def build(self, book: RuleBook) -> Built:
        """Make what the rulebook asks for and is not there as it asks. Nothing is opened, nothing in use changes.

        Raises: whatever an adapter raises that cannot be built; then nothing was made.
        """
        # Whose membership must be known is what the teams name; it does not stand in the platform's own section.
        chats = {
            name: Wish(entry.kind, {**entry.options, "groups": sorted(book.groups(entry.kind))})
            for name, entry in book.platforms.items()
        }
        bots = {
            name: Wish(entry.kind, dict(entry.callback.options()))
            for name, entry in book.bots.items()
            if entry.callback is not None
        }
        return Built(
            chats={
                name: build_chat(wish.kind, name, wish.options, self._clock)
                for name, wish in chats.items()
                if wish != self._chat_wishes.get(name)
            },
            bots={
                name: build_bot(wish.kind, name, wish.options, self._clock)
                for name, wish in bots.items()
                if wish != self._bot_wishes.get(name)
            },
            gone_chats=frozenset(self.chats.keys() - chats.keys()),
            gone_bots=frozenset(self.bots.keys() - bots.keys()),
            chat_wishes=chats,
            bot_wishes=bots,
            moved_bots=frozenset(
                name
                for name, wish in bots.items()
                if (before := self._bot_wishes.get(name)) is not None and before.options["url"] != wish.options["url"]
            ),
        )

    def attend(self, on_event: OnChatEvent, ownership: Ownership) -> None:
        """Keep every platform connected from now on, also those that come later.

        One that bears a single connection is left to the daemon that owns it.
        """
        self._on_event, self._ownership = on_event, ownership
        for chat in self.chats.values():
            self._begin(chat)

    async def take(self, built: Built) -> None:
        """Put what was built into use: a new client is up before the old one closes."""
        for chat in built.chats.values():
            self._begin(chat)
        try:
            new = [(chat, self._attending[chat]) for chat in built.chats.values() if chat in self._attending]
            await asyncio.gather(*(self._connected(chat, attending) for chat, attending in new))
        except asyncio.CancelledError:
            for unused in _clients(built.chats, built.bots):
                await _closed(unused)
            raise
        old: list[ChatPlatform | BotConnection] = []
        for name, chat in built.chats.items():
            if (before := self.chats.get(name)) is not None:
                old.append(before)
            self.chats[name] = chat
        for bot, connection in built.bots.items():
            if (known := self.bots.get(bot)) is not None:
                old.append(known)
            self.bots[bot] = connection
        old += [self.chats.pop(name) for name in built.gone_chats]
        old += [self.bots.pop(bot) for bot in built.gone_bots]
        self._chat_wishes, self._bot_wishes = built.chat_wishes, built.bot_wishes
        for each in old:
            task = asyncio.create_task(self._retire(each), name="shore-retires")
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)

    async def hang_up(self) -> None:
        """Take no more events."""
        tasks = list(self._attending.values())
        self._attending.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Let go of every client, old ones too."""
        await self.hang_up()
        for task in list(self._retiring):
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        for client in _clients(self.chats, self.bots):
            await _closed(client)

    def _begin(self, chat: ChatPlatform) -> None:
        if self._on_event is not None:
            task = asyncio.create_task(self._attend(chat, self._on_event), name=f"chat-{chat.name}")
            self._attending[chat] = task

    async def _attend(self, chat: ChatPlatform, on_event: OnChatEvent) -> None:
        """Keep one platform connected; when it never can be again, the rest of the daemon lives on."""
        pause = REFUSED_FIRST
        try:
            while True:
                try:
                    await self._run(chat, on_event)
                except PlatformDown as refused:
                    self._was_refused(chat, refused.reason, pause)
                    await self._clock.sleep(pause)
                    pause = min(pause * 2, REFUSED_LONGEST)
                else:
                    log.error("platform_ended", platform=chat.name, trouble=chat.health.trouble)
                    return
        except Exception:
            log.exception("platform_ended", platform=chat.name)
        finally:
            self._refused.discard(chat)

    def _was_refused(self, chat: ChatPlatform, reason: str, pause: float) -> None:
        log.error("platform_refused", platform=chat.name, reason=reason, again_in=pause)
        self._refused.add(chat)

    async def _run(self, chat: ChatPlatform, on_event: OnChatEvent) -> None:
        if chat.capabilities.single and self._ownership is not None:
            await self._ownership.while_ours(chat.name, lambda: chat.run(on_event))
        else:
            await chat.run(on_event)

    async def _connected(self, chat: ChatPlatform, attending: asyncio.Task[None]) -> None:
        """Return once it is connected, was refused, has given up, or has had its time."""
        if chat.capabilities.single and self._ownership is not None and not self._ownership.has(chat.name):
            return  # another daemon is connected
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_WITHIN):
                while not (chat.health.connected or chat in self._refused or attending.done()):
                    await self._clock.sleep(LOOK_EVERY)

    async def _retire(self, client: ChatPlatform | BotConnection) -> None:
        task = next((task for chat, task in self._attending.items() if chat is client), None)
        if task is not None:
            self._attending = {chat: other for chat, other in self._attending.items() if other is not task}
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        try:
            await self._clock.sleep(LINGER)
        finally:
            await _closed(client)


def _clients(
    chats: Mapping[str, ChatPlatform], bots: Mapping[BotName, BotConnection]
) -> list[ChatPlatform | BotConnection]:
    return [*chats.values(), *bots.values()]


async def _closed(client: ChatPlatform | BotConnection) -> None:
    try:
        await client.close()
    except Exception:
        log.exception("client_not_closed")
