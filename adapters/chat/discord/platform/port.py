"""Discord behind the port every chat platform has."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import partial
from typing import Any

import discord
import structlog

from adapters.chat.discord import render
from adapters.chat.discord.errors import MessageGone, translate
from adapters.chat.discord.events import Home, is_words, person_of, to_wrote
from adapters.chat.discord.options import DiscordOptions
from adapters.chat.discord.platform import command, links
from adapters.chat.discord.platform.calls import Calls, id_of
from adapters.chat.discord.platform.clicks import ClickDesk
from adapters.chat.discord.platform.client import DiscordClient, calm_logs
from adapters.chat.discord.platform.connection import Connection
from adapters.chat.discord.platform.inbox import ThreadInbox
from adapters.chat.discord.platform.pace import budgets
from adapters.chat.discord.platform.threads import Threads
from bridge.domain.capabilities import Capabilities, PrivateNotice
from bridge.domain.deliveries import Delivery, MarkKind
from bridge.domain.errors import DeliveryError, DestinationGone, TryLater, Undeliverable
from bridge.domain.events import ChatEvent
from bridge.domain.paint import Card, Notice, QueueDigest, Speech
from bridge.domain.people import Assignee, Person
from bridge.domain.refs import Lane, MessageRef, ThreadRef
from bridge.ports.chat import Budget, Health, OnChatEvent, ReadBack, Watermark
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

MESSAGE = "/channels/{channel_id}/messages/{message_id}"
REACTION = f"{MESSAGE}/reactions/{{emoji}}/@me"
EMOJI = {MarkKind.SENT: "✅", MarkKind.FAILED: "⚠️", MarkKind.HELD: "✋"}
SETTLE_SECONDS = 2.0
WEB = "https://discord.com/channels"


class DiscordPlatform:
    """One Discord server. Lanes are its text channels, threads hang under a starter message and have its id."""

    def __init__(self, name: str, options: DiscordOptions, clock: Clock) -> None:
        calm_logs()
        self.name = name
        self.capabilities = Capabilities(
            max_text=2000,
            private_notice=PrivateNotice.ON_CLICK,
            forms=False,
            reads_messages=options.message_content,
            # Every session of a bot is told everything; a second one would only take from the day's identifies.
            single=True,
        )
        self._guild = options.guild
        self._home = Home(name, int(options.guild))
        self._inbox = ThreadInbox(self._home, clock, self._parent_of, reads_words=options.message_content)
        self._clicks = ClickDesk(self._home)
        self._line = Connection(
            options,
            clock,
            make=lambda: DiscordClient(options, self._line, self._inbox, self._clicks),
            prepare=self._prepare,
            settle=self._settle,
        )
        self._calls = Calls(lambda: self._line.client, lambda: self._line.ended, options.request_timeout)
        self._threads = Threads(self._calls)
        self._speak: Callable[..., dict[str, object]] = partial(render.speech, user_word=options.user_word)
        self._parts = partial(render.parts, user_word=options.user_word)

    # ── life ──────────────────────────────────────────────────────────────

    @property
    def health(self) -> Health:
        return self._line.health

    async def run(self, on_event: OnChatEvent) -> None:
        self._inbox.listen(on_event)
        self._clicks.listen(on_event)
        await self._line.run()

    async def close(self) -> None:
        await self._line.close()

    async def _prepare(self, client: DiscordClient) -> None:
        try:
            if await command.sync(self._calls, str(client.application_id), self._guild):
                log.info("discord_command_written", platform=self.name)
        except DeliveryError as error:
            # Buttons work without it; the bot was invited without applications.commands, or Discord is busy.
            log.warning("discord_command_not_written", platform=self.name, reason=error.reason)

    async def _settle(self) -> None:
        await self._clicks.settle(SETTLE_SECONDS)
        await self._inbox.settle(SETTLE_SECONDS)

    async def _parent_of(self, channel: int) -> int | None:
        try:
            found = await self._calls.ask("GET", "/channels/{channel_id}", {"channel_id": str(channel)})
        except DestinationGone:
            return None
        is_thread = isinstance(found, dict) and "thread_metadata" in found and found.get("guild_id") == self._guild
        return int(found["parent_id"]) if is_thread else None

    # ── sending ───────────────────────────────────────────────────────────

    def budgets(self, delivery: Delivery) -> Sequence[Budget]:
        return budgets(self.name, delivery)

    def parts(self, speech: Speech) -> Sequence[Speech]:
        return self._parts(speech)

    async def open_thread(self, lane: Lane, card: Card, *, key: str) -> ThreadRef:
        return await self._threads.open(lane, card, key)

    async def post(self, place: Lane | ThreadRef, content: Speech | QueueDigest | Card, *, key: str) -> MessageRef:
        lane, thread = (place.lane, place.root) if isinstance(place, ThreadRef) else (place, None)
        return MessageRef(lane, thread, await self._send(thread or lane.place, self._body(content, key), key))

    async def edit(self, message: MessageRef, content: Speech | QueueDigest) -> None:
        await self._threads.awake(message.thread, lambda: self._change(message, self._body(content, None)))

    async def retract(self, message: MessageRef, *, files: bool = False) -> None:
        del files  # they go with their message

        async def delete() -> None:
            await self._calls.ask("DELETE", MESSAGE, _at(message))

        try:
            await self._threads.awake(message.thread, delete)
        except DestinationGone:
            return

    async def mark(self, message: MessageRef, mark: MarkKind, *, stands: AbstractSet[MarkKind] | None = None) -> None:
        del stands  # reading it costs nothing that runs out
        try:
            await self._threads.awake(message.thread, lambda: self._mark(message, EMOJI.get(mark)))
        except MessageGone:
            # Its writer deleted it: there is nothing left to mark.
            return

    async def whisper(self, place: ThreadRef, person: Assignee, notice: Notice, *, key: str) -> MessageRef:
        """Discord whispers only to clicks: a small reply in the thread that only this person may act on."""
        if person.platform != self.name or person.person is None:
            raise Undeliverable("this person has no account here")
        body = render.notice(notice, to=person.name, only=person.person, key=key)
        return MessageRef(place.lane, place.root, await self._send(place.root, body, key))

    async def direct(self, person: str, speech: Speech, *, key: str) -> None:
        channel = await self._calls.ask("POST", "/users/@me/channels", body={"recipient_id": person})
        await self._send(id_of(channel), self._body(speech, key), key)

    async def refresh_card(self, thread: ThreadRef, card: Card) -> None:
        # The card is the starter message, which stands in the channel and never sleeps with its thread.
        await self._change(MessageRef(thread.lane, None, thread.root), render.card(card))

    async def close_thread(self, thread: ThreadRef) -> None:
        try:
            await self._threads.archive(thread.root)
        except DestinationGone:
            return

    async def find(self, place: Lane | ThreadRef, *, key: str, since: datetime) -> ThreadRef | MessageRef | None:
        return await self._threads.find(place, key, since)

    async def is_in(self, lane: Lane, person: str) -> bool | None:
        """Whoever can see a channel of Discord is in it."""
        client = self._line.client
        guild = client.get_guild(self._home.guild) if client is not None else None
        channel = guild.get_channel(int(lane.place)) if guild is not None else None
        if guild is None or channel is None:
            return None
        try:
            member = await guild.fetch_member(int(person))
        except discord.NotFound:
            return False
        except (discord.DiscordException, ValueError):
            return None
        return channel.permissions_for(member).view_channel

    def permalink(self, thread: ThreadRef) -> str | None:
        return f"{WEB}/{self._guild}/{thread.root}"

    def thread_of(self, link: str, lane: Lane) -> ThreadRef | None:
        return links.thread_of(link, lane, self._guild)

    def message_of(self, link: str, place: Lane | ThreadRef) -> MessageRef | None:
        return links.message_of(link, place, self._guild)

    async def missed(self, marks: Mapping[ThreadRef, Watermark]) -> AsyncIterator[ChatEvent | ReadBack]:
        writers: dict[int, Person] = {}
        left = len(marks)
        # The newest activity first; its root's id says when a thread was begun.
        for thread, mark in sorted(marks.items(), key=lambda pair: -int(pair[1].read_to)):
            left, read_to = left - 1, mark.read_to
            try:
                async for message in self._after(thread, mark.read_to):
                    read_to = str(message.id)
                    if not is_words(message):
                        continue
                    if message.author.id not in writers:
                        writers[message.author.id] = await self._member(message.author)
                    yield to_wrote(message, thread, self._home, writers[message.author.id])
            except Undeliverable as error:
                log.info("discord_thread_not_read", platform=self.name, reason=error.reason)
                continue
            yield ReadBack(thread=thread, read_to=read_to, left=left)

    # ── within ────────────────────────────────────────────────────────────

    def _body(self, content: Speech | QueueDigest | Card, key: str | None) -> dict[str, object]:
        if isinstance(content, Card):
            return render.card(content, key, render.Marker.WORDS)
        return self._speak(content, key) if isinstance(content, Speech) else render.digest(content, key)

    async def _send(self, channel: str, body: dict[str, object], key: str) -> str:
        try:
            return await self._calls.send(channel, body, key)
        except MessageGone as error:
            # Discord's word for a nonce whose message a person has deleted meanwhile: it was said, and is unsaid.
            raise Undeliverable("it was posted, and a person deleted it") from error

    async def _change(self, message: MessageRef, body: dict[str, object]) -> None:
        await self._calls.ask("PATCH", MESSAGE, _at(message), body=body)

    async def _mark(self, message: MessageRef, wanted: str | None) -> None:
        at = _at(message)
        seen = await self._calls.ask("GET", MESSAGE, at)
        there = {one["emoji"]["name"] for one in seen.get("reactions") or [] if one.get("me")}
        for emoji in sorted(there & set(EMOJI.values()) - {wanted}):
            await self._calls.ask("DELETE", REACTION, {**at, "emoji": emoji})
        if wanted is not None and wanted not in there:
            await self._calls.ask("PUT", REACTION, {**at, "emoji": wanted})

    async def _after(self, thread: ThreadRef, after: str) -> AsyncIterator[discord.Message]:
        client = self._line.client
        if client is None:
            raise TryLater("not signed in to Discord yet")
        channel = client.get_partial_messageable(int(thread.root), guild_id=self._home.guild)
        try:
            async for message in channel.history(limit=None, after=discord.Object(int(after)), oldest_first=True):
                yield message
        except Exception as error:
            raise translate(error) from error

    async def _member(self, author: discord.User | discord.Member) -> Person:
        """Messages read from history carry no roles: ask for them."""
        facts = person_of(author, self.name, self._home.guild)
        path = "/guilds/{guild_id}/members/{user_id}"
        try:
            found: Any = await self._calls.ask("GET", path, {"guild_id": self._guild, "user_id": str(author.id)})
        except DestinationGone:
            return facts
        name = found.get("nick") or facts.name
        return Person(
            platform=facts.platform,
            workspace=facts.workspace,
            id=facts.id,
            name=name,
            groups=frozenset(str(role) for role in found.get("roles") or []),
            in_channel=True,
            avatar_url=facts.avatar_url,
        )


def _at(message: MessageRef) -> dict[str, str]:
    return {"channel_id": message.thread or message.lane.place, "message_id": message.message}
