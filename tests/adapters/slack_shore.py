"""Slack's row of the contract suite: the real SDK in front of the wire server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from adapters.chat.slack import build
from bridge.domain.deliveries import MarkKind
from bridge.domain.errors import PlatformDown
from bridge.domain.refs import Lane, MessageRef, ThreadRef
from tests.adapters.far_side import Heard, Shore
from tests.given_time import GivenClock
from tests.wire.slack import blocks as block_kit
from tests.wire.slack.people import People, has_button
from tests.wire.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.wire.slack.workspace import BOT_USER, Payload

NAME = "acme-slack"
CHANNEL = "C0HELP"
MARKS = {"white_check_mark": MarkKind.SENT, "warning": MarkKind.FAILED, "raised_hand": MarkKind.HELD}


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class SlackFarSide:
    def __init__(self, server: SlackServer) -> None:
        self.server = server
        self.people = People(server)
        self.lane = Lane(NAME, CHANNEL)
        self.member, self.member_name, self.colleague, self.team = "U0ANA", "Ana", "U0BEN", "S0SUPPORT"

    @property
    def channel(self):
        return self.server.workspace.channels[CHANNEL]

    async def card(self, thread: ThreadRef) -> str:
        return _read(self.channel.messages[thread.root])

    async def posted(self, thread: ThreadRef) -> list[str]:
        return [_read(message) for message in self.channel.replies(thread.root) if "bot_id" in message]

    def in_channel(self) -> list[str]:
        ours = [one for one in self.channel.messages.values() if "bot_id" in one]
        return [_read(one) for one in ours if one.get("thread_ts") in {None, one["ts"]}]

    async def marks(self, message: MessageRef) -> set[MarkKind]:
        reactions = self.channel.messages[message.message].get("reactions", [])
        return {MARKS[one["name"]] for one in reactions if BOT_USER in one["users"]}

    def private_answers(self, person: str) -> list[str]:
        return [_read(one) for one in self.server.methods.ephemerals if one["user"] == person]

    def direct_messages(self, person: str) -> list[str]:
        channel = self.server.workspace.channels.get(f"D{person}")
        return [_read(message) for message in channel.messages.values()] if channel else []

    def pinged(self) -> set[str]:
        return self.server.methods.rung

    def calls(self) -> int:
        return len(self.server.calls)

    async def member_writes(self, thread: ThreadRef, text: str, *, by: str | None = None) -> MessageRef:
        ts = self.people.writes(CHANNEL, thread.root, by or self.member, escaped(text))
        return MessageRef(self.lane, thread.root, ts)

    async def member_edits(self, message: MessageRef, text: str) -> None:
        self.people.edits(CHANNEL, message.message, escaped(text))

    async def member_deletes(self, message: MessageRef) -> None:
        self.people.deletes(CHANNEL, message.message)

    async def other_bot_writes(self, thread: ThreadRef, text: str) -> None:
        self.people.bot_writes(CHANNEL, thread.root, text)

    async def click(self, thread: ThreadRef, label: str, *, by: str | None = None) -> None:
        candidates = [self.channel.messages[thread.root], *self.channel.replies(thread.root)]
        message = next(one for one in reversed(candidates) if has_button(one, label))
        await self.people.clicks(CHANNEL, message, label, by or self.member)

    async def command(self, words: str, *, by: str | None = None) -> None:
        for user, facts in self.server.workspace.users.items():
            words = words.replace(f"@{user}", f"<@{user}|{facts['name']}>")
        await self.people.commands(CHANNEL, by or self.member, words)

    async def opens_form(self, thread: ThreadRef, label: str, *, by: str | None = None) -> str:
        user = by or self.member
        await self.click(thread, label, by=user)
        loading = await self.people.forms.opened(user)
        if "One moment" in self.people.forms.shows(user):
            await self.people.forms.updated(loading)
        return self.people.forms.shows(user)

    async def sends_form(self, values: Mapping[str, str], *, by: str | None = None) -> str | None:
        user = by or self.member
        for label, value in values.items():
            self.people.forms.fills(user, label, value)
        await self.people.forms.submits(user)
        wrong = self.people.forms.errors.get(user)
        return None if wrong is None else " ".join(wrong.values())

    async def delete(self, thread: ThreadRef) -> None:
        self.people.deletes(CHANNEL, thread.root)

    async def lose_channel(self) -> None:
        self.channel.archived = True

    def slow_down_next_post(self, retry_after: float) -> None:
        self.server.answer_next("chat.postMessage", status=429, retry_after=int(retry_after))

    def lose_answer_of_next_post(self) -> None:
        self.server.carry_out_then_cut("chat.postMessage")

    def fail_next_post(self) -> None:
        self.server.answer_next("chat.postMessage", status=503, body="<html>upstream</html>")

    def refuse_next_content(self) -> None:
        self.server.answer_next("chat.postMessage", error="invalid_blocks")

    def revoke_token(self) -> None:
        self.server.revoked = True

    async def drop_connections(self) -> None:
        await self.server.sockets.drop()

    def copied_link(self, of: ThreadRef | MessageRef) -> str:
        ts, root = (of.root, None) if isinstance(of, ThreadRef) else (of.message, of.thread)
        under = f"?thread_ts={root}&cid={of.lane.place}" if root else ""
        return f"https://acme.slack.com/archives/{of.lane.place}/p{ts.replace('.', '')}{under}"


def _read(message: Payload) -> str:
    return f"{message.get('username', '')}\n{block_kit.shown(message.get('blocks'))}".strip()


@asynccontextmanager
async def slack_shore(
    clock: GivenClock, *, before: Callable[[SlackServer], None] | None = None, **options: object
) -> AsyncIterator[Shore]:
    """A connected Slack platform; on the way out the wire server must have had nothing to complain about.

    `before` is done to the server before anybody connects.
    """
    async with SlackServer(clock.now).running() as server:
        if before is not None:
            before(server)
        given = {
            "bot_token": BOT_TOKEN,
            "app_token": APP_TOKEN,
            "api_url": server.api_url,
            "groups": ["S0SUPPORT"],
            **options,
        }
        platform = build(NAME, given, clock)
        heard = Heard(clock)
        run = asyncio.create_task(platform.run(heard.on_event))
        try:
            await heard.until(lambda: run.done() or server.sockets.open_sockets > 0)
            yield Shore(platform=platform, far_side=SlackFarSide(server), heard=heard, clock=clock)
        finally:
            run.cancel()
            with suppress(asyncio.CancelledError, PlatformDown):  # a test may have revoked the token
                await run
            await platform.close()
    assert server.complaints == []
