"""The people's side of a story that is told through crashes: patient people, who look before they act again."""

import asyncio
import re
from collections import Counter
from contextlib import suppress
from typing import Protocol

import aiohttp

from adapters.chat.discord.render.marker import find_marker
from bridge.domain.refs import ThreadRef
from tests.adapters.discord_shore import DiscordFarSide
from tests.adapters.slack_shore import SlackFarSide
from tests.console.visitor import Visitor
from tests.journeys.site import Site
from tests.wire.slack import blocks as block_kit


class Side(Protocol):
    """Where the team works. A story is known by its title."""

    sends_again: bool
    """Does the platform itself bring a message again that was not acknowledged?"""

    async def ready(self) -> None:
        """Return once the team can be heard."""
        ...

    async def takes(self, number: int, title: str) -> None:
        """A member tries to claim it; whether that did anything is looked up by the caller."""
        ...

    async def says(self, number: int, title: str, text: str) -> None: ...

    async def shown(self, title: str) -> list[str]:
        """What stands in the ticket's threads, in order."""
        ...

    def roots(self, title: str) -> int: ...

    def lose_root(self) -> None:
        """The next thread is opened, but its answer gets lost."""
        ...

    def twice(self) -> list[str]:
        """Delivery keys that stand in more than one message."""
        ...


class _Platform:
    """What Slack and Discord have in common."""

    def __init__(self, far: SlackFarSide | DiscordFarSide) -> None:
        self.far = far

    def found(self, _title: str) -> list[ThreadRef]:
        raise NotImplementedError

    async def thread(self, title: str) -> ThreadRef:
        while True:
            if found := self.found(title):
                return found[0]
            await asyncio.sleep(0.05)

    async def takes(self, _number: int, title: str) -> None:
        thread = await self.thread(title)
        if "Claim" in await self.far.card(thread):
            # Whoever gets no answer to a click presses again.
            with suppress(AssertionError):
                await self.far.click(thread, "Claim")

    async def says(self, _number: int, title: str, text: str) -> None:
        await self.far.member_writes(await self.thread(title), text)

    async def shown(self, title: str) -> list[str]:
        return [text for thread in self.found(title) for text in await self.far.posted(thread)]

    def roots(self, title: str) -> int:
        return len(self.found(title))


class SlackSide(_Platform):
    sends_again = True

    def __init__(self, far: SlackFarSide) -> None:
        super().__init__(far)
        self.slack = far
        far.server.sockets.ack_within = 1.5
        far.server.sockets.retry_after = (0.0, 8.0, 30.0)  # at once, after a minute, after five

    async def ready(self) -> None:
        await self.slack.server.sockets.until_open()

    def found(self, title: str) -> list[ThreadRef]:
        return [
            ThreadRef(self.slack.lane, ts)
            for ts, message in self.slack.channel.messages.items()
            if (message.get("metadata") or {}).get("event_payload", {}).get("root")
            and title in block_kit.shown(message.get("blocks"))
        ]

    def lose_root(self) -> None:
        self.slack.server.answer_next("chat.postMessage", carry_out=True, cut=True, root=True)

    def twice(self) -> list[str]:
        keys = Counter(
            str(message["metadata"]["event_payload"]["k"])
            for message in self.slack.channel.messages.values()
            if message.get("metadata")
        )
        return [key for key, count in keys.items() if count > 1]


class DiscordSide(_Platform):
    sends_again = False

    def __init__(self, far: DiscordFarSide) -> None:
        super().__init__(far)
        self.discord = far

    async def ready(self) -> None:
        await self.discord.server.until(lambda: self.discord.server.gateway.live, seconds=30)

    def found(self, title: str) -> list[ThreadRef]:
        world = self.discord.server.world
        return [
            ThreadRef(self.discord.lane, str(post.id))
            for post in world.in_channel(self.discord.channel.id)
            if post.author is world.bot and any(title in embed.get("title", "") for embed in post.embeds)
        ]

    async def thread(self, title: str) -> ThreadRef:
        while True:
            root = await super().thread(title)
            if int(root.root) in self.discord.server.world.channels:
                return root
            await asyncio.sleep(0.05)

    def lose_root(self) -> None:
        self.discord.server.faults.lose_answer("start_thread")

    def twice(self) -> list[str]:
        world = self.discord.server.world
        found = [find_marker(world.post_json(post)) for post in world.posts.values() if post.author is world.bot]
        return [marker for marker, count in Counter(found).items() if marker is not None and count > 1]


class ConsoleSide:
    """No platform: the team works in the console, whose forms may be sent again."""

    sends_again = True

    def __init__(self, site: Site, http: aiohttp.ClientSession) -> None:
        self._site = site
        self._visitor = Visitor(http, site.url)
        self._keys: dict[str, str] = {}

    async def ready(self) -> None:
        """Sign in, once: a session outlives the daemon."""
        while not self._visitor.csrf:
            with suppress(aiohttp.ClientError, IndexError):
                await self._visitor.post(self._site.sign_in_link().removeprefix(self._site.url))
                await self._visitor.get("/")
            await asyncio.sleep(0.05)

    async def takes(self, number: int, _title: str) -> None:
        await self.ready()
        with suppress(aiohttp.ClientError):
            page = await self._visitor.get(f"/t/{number}")
            epoch = re.search(r'name="epoch" value="(\d+)"', page.text)
            await self._visitor.post(
                f"/t/{number}/act", verb="claim", card=f"crash.{number}", epoch=epoch[1] if epoch else "1"
            )

    async def says(self, number: int, _title: str, text: str) -> None:
        """The same form, with the key its page came with, until it was taken."""
        await self.ready()
        while True:
            with suppress(aiohttp.ClientError):
                if text not in self._keys:
                    await self._visitor.get(f"/t/{number}")
                    self._keys[text] = self._visitor.key
                said = await self._visitor.say(number, text, "reply", key=self._keys[text])
                if said.status < 400:
                    return
                assert said.status >= 500, said.text
            await asyncio.sleep(0.1)

    async def shown(self, _title: str) -> list[str]:
        return []

    def roots(self, _title: str) -> int:
        return 1

    def lose_root(self) -> None:
        """There is none."""

    def twice(self) -> list[str]:
        return []
