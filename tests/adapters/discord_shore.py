"""The Discord end of the contract suite."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from adapters.chat.discord import build
from bridge.domain.deliveries import MarkKind
from bridge.domain.refs import Lane, MessageRef, ThreadRef
from tests.adapters.far_side import Heard, Shore
from tests.given_time import GivenClock
from tests.wire.discord import DiscordServer
from tests.wire.discord.world import Member, Post

NAME = "acme-discord"
MARKS = {"✅": MarkKind.SENT, "⚠️": MarkKind.FAILED, "✋": MarkKind.HELD}


class DiscordFarSide:
    def __init__(self, server: DiscordServer) -> None:
        self.server = server
        world = server.world
        role = world.add_role("support")
        self.channel = world.add_channel("help")
        self.ana = world.add_member("Ana", roles=[role])
        self.ben = world.add_member("Ben", roles=[role])
        self.other_bot = world.add_member("Weather", bot=True)
        self.lane = Lane(NAME, str(self.channel.id))
        self.member, self.member_name = str(self.ana.id), "Ana"
        self.colleague = str(self.ben.id)
        self.team = str(role)

    # ── what people see ───────────────────────────────────────────────────

    async def card(self, thread: ThreadRef) -> str:
        return _read(self.server.world.posts[int(thread.root)])

    async def posted(self, thread: ThreadRef) -> list[str]:
        posts = self.server.world.in_channel(int(thread.root))
        return [_read(post) for post in posts if post.author is self.server.world.bot and post.kind == 0]

    def in_channel(self) -> list[str]:
        world = self.server.world
        return [_read(post) for post in world.in_channel(self.channel.id) if post.author is world.bot]

    async def marks(self, message: MessageRef) -> set[MarkKind]:
        reactions = self.server.world.posts[int(message.message)].reactions
        return {MARKS[emoji] for emoji, who in reactions.items() if self.server.world.bot.id in who}

    def private_answers(self, person: str) -> list[str]:
        return [
            _read(reply)
            for asking in self.server.interactions.values()
            for reply in asking.replies
            if str(asking.member.id) == person and reply.ephemeral and not reply.flags & 128
        ]

    def direct_messages(self, person: str) -> list[str]:
        world = self.server.world
        rooms = [room.id for room in world.channels.values() if room.recipient and str(room.recipient.id) == person]
        return [_read(post) for room in rooms for post in world.in_channel(room)]

    def pinged(self) -> set[str]:
        roles = {str(role) for role in self.server.world.roles}
        return {f"team:{who}" if who in roles else who for _, who in self.server.pinged}

    def calls(self) -> int:
        return len(self.server.asked)

    # ── what people do ────────────────────────────────────────────────────

    async def member_writes(self, thread: ThreadRef, text: str, *, by: str | None = None) -> MessageRef:
        post = await self.server.member_writes(self._who(by), int(thread.root), text)
        return MessageRef(thread.lane, thread.root, str(post.id))

    async def member_edits(self, message: MessageRef, text: str) -> None:
        await self.server.member_edits(self.server.world.posts[int(message.message)], text)

    async def member_deletes(self, message: MessageRef) -> None:
        await self.server.member_deletes(self.server.world.posts[int(message.message)])

    async def other_bot_writes(self, thread: ThreadRef, text: str) -> None:
        await self.server.member_writes(self.other_bot, int(thread.root), text)

    async def click(self, thread: ThreadRef, label: str, *, by: str | None = None) -> None:
        posts = [self.server.world.posts[int(thread.root)], *self.server.world.in_channel(int(thread.root))]
        post, value = next(found for post in reversed(posts) if (found := (post, _behind(post, label)))[1] is not None)
        if value is not None and value[0] is not None:
            asking = await self.server.chooses(self._who(by), post, value[0], value[1])
        else:
            asking = await self.server.clicks(self._who(by), post, label)
        await self.server.until(lambda: asking.response is not None)

    async def command(self, words: str, *, by: str | None = None) -> None:
        typed = words.split()
        named = [self._who(word[1:]) for word in typed if word.startswith("@")]
        plain = [word for word in typed if not word.startswith("@")]
        asking = await self.server.slash(self._who(by), self.channel.id, *plain, named=next(iter(named), None))
        await self.server.until(lambda: asking.response is not None)

    async def delete(self, thread: ThreadRef) -> None:
        await self.server.member_deletes(self.server.world.posts[int(thread.root)])
        await self.server.thread_deleted(self.server.world.channels[int(thread.root)])

    # ── bad days ──────────────────────────────────────────────────────────

    async def lose_channel(self) -> None:
        await self.server.channel_deleted(self.channel)

    def slow_down_next_post(self, retry_after: float) -> None:
        self.server.answer_next("create_message", status=429, retry_after=retry_after)

    def lose_answer_of_next_post(self) -> None:
        self.server.faults.lose_answer("create_message")

    def fail_next_post(self) -> None:
        self.server.answer_next("create_message", status=502)

    def refuse_next_content(self) -> None:
        self.server.answer_next("create_message", status=400, code=50035, message="Invalid Form Body")

    def revoke_token(self) -> None:
        self.server.token = "another token"

    def copied_link(self, of: ThreadRef | MessageRef) -> str:
        channel, post = (
            (of.lane.place, of.root) if isinstance(of, ThreadRef) else (of.thread or of.lane.place, of.message)
        )
        return f"https://discord.com/channels/{self.server.world.guild}/{channel}/{post}"

    async def drop_connections(self) -> None:
        await self.server.gateway.cut()

    def _who(self, person: str | None) -> Member:
        return self.server.world.members[int(person)] if person is not None else self.ana


@asynccontextmanager
async def discord_shore(clock: GivenClock, **more: object) -> AsyncIterator[Shore]:
    """A server, the adapter connected to it, and the people in it. `more` are options of the adapter."""
    server = DiscordServer(clock)
    far_side = DiscordFarSide(server)
    await server.start()
    platform = build(NAME, options_for(server, **more), clock)
    heard = Heard(clock)
    running = asyncio.create_task(platform.run(heard.on_event))
    try:
        await server.until(lambda: platform.health.connected or running.done())
        yield Shore(platform, far_side, heard, clock)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await platform.close()
        await server.stop()


def options_for(server: DiscordServer, **more: object) -> Mapping[str, object]:
    facts = {
        "token": server.token,
        "guild": str(server.world.guild),
        "api_url": server.api_url,
        "gateway_url": server.gateway_url,
    }
    return {**facts, **more}


def _behind(post: Post, label: str) -> tuple[str | None, str] | None:
    """How to press what bears this label: as a button, or as a choice in a menu."""
    for row in post.components:
        for item in row["components"]:
            if item.get("label") == label:
                return None, label
            for option in item.get("options", []):
                if option["label"] == label:
                    return item["placeholder"], option["value"]
    return None


def _read(post: Post) -> str:
    """What people read: escapes and invisible characters gone, labels at the end."""
    texts = [post.content]
    for embed in post.embeds:
        texts += [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
    labels = [
        label
        for row in post.components
        for item in row["components"]
        for label in [item.get("label"), *(option["label"] for option in item.get("options", []))]
        if label
    ]
    return re.sub(r"\\([^A-Za-z0-9\s])", r"\1", "\n".join(texts)).replace("\u200b", "") + "\n" + " ".join(labels)
