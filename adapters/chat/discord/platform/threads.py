"""Threads: opened once, woken when they sleep, found again."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import discord.utils

from adapters.chat.discord.errors import ThreadArchived, ThreadExists
from adapters.chat.discord.platform.calls import Body, Calls, id_of
from adapters.chat.discord.render import Marker, card, thread_name
from adapters.chat.discord.render.marker import find_marker
from bridge.domain.errors import DeliveryError, OutcomeUnknown, PlatformDown, TryLater, Undeliverable
from bridge.domain.paint import Card
from bridge.domain.refs import Lane, MessageRef, ThreadRef

SLEEPS_AFTER_MINUTES = 4320
PAGE, MOST_PAGES = 100, 50
SLACK_IN_TIME = timedelta(seconds=120)
"""Their clock is not ours: look back a little further."""


class Threads:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def open(self, lane: Lane, shown: Card, key: str) -> ThreadRef:
        """Card first, then the thread from it: its id is the card's, so there is exactly one."""
        starter = await self._calls.send(lane.place, card(shown, key), key)
        try:
            await self._start(lane, starter, thread_name(shown.number, shown.title))
        except (TryLater, PlatformDown) as error:
            # The card stands: sent again after Discord forgot the nonce it would stand twice. A look finishes it.
            raise OutcomeUnknown(f"the card is posted, its thread is not: {error.reason}") from error
        except Undeliverable:
            with suppress(DeliveryError):
                await self._delete(lane.place, starter)
            raise
        return ThreadRef(lane, starter)

    async def find(self, place: Lane | ThreadRef, key: str, since: datetime) -> ThreadRef | MessageRef | None:
        lane, channel = (place.lane, place.root) if isinstance(place, ThreadRef) else (place, place.place)
        wanted = {Marker.ROOT.of(key), Marker.WORDS.of(key), Marker.QUEUE.of(key)}
        after = str(discord.utils.time_snowflake(since - SLACK_IN_TIME))
        try:
            async for message in self._history(channel, after):
                marker = find_marker(message)
                if marker not in wanted or not self._is_ours(message):
                    continue
                found = id_of(message)
                if marker == Marker.ROOT.of(key):
                    if "thread" not in message:
                        await self._start(lane, found, _name_in(message))
                    return ThreadRef(lane, found)
                return MessageRef(lane, place.root if isinstance(place, ThreadRef) else None, found)
        except TryLater as error:
            raise OutcomeUnknown(f"the history cannot be read now: {error.reason}") from error
        return None

    async def awake(self, thread: str | None, act: Callable[[], Awaitable[None]]) -> None:
        """Do something an archived thread refuses (edits, reactions): wake it, do it, lay it back."""
        try:
            await act()
        except ThreadArchived:
            if thread is None:
                raise
            await self.archive(thread, archived=False)
            await act()
            await self.archive(thread)

    async def archive(self, thread: str, *, archived: bool = True) -> None:
        try:
            await self._calls.ask(
                "PATCH", "/channels/{channel_id}", {"channel_id": thread}, body={"archived": archived}
            )
        except ThreadArchived:
            return

    async def _start(self, lane: Lane, starter: str, name: str) -> None:
        path = "/channels/{channel_id}/messages/{message_id}/threads"
        body: Body = {"name": name, "auto_archive_duration": SLEEPS_AFTER_MINUTES}
        with suppress(ThreadExists):
            await self._calls.ask("POST", path, {"channel_id": lane.place, "message_id": starter}, body=body)

    async def _delete(self, channel: str, message: str) -> None:
        path = "/channels/{channel_id}/messages/{message_id}"
        await self._calls.ask("DELETE", path, {"channel_id": channel, "message_id": message})

    def _is_ours(self, message: dict[str, Any]) -> bool:
        # Others can write a marker too.
        author = message.get("author") or {}
        return author.get("id") == self._calls.own_id

    async def _history(self, channel: str, after: str) -> AsyncIterator[dict[str, Any]]:
        path = "/channels/{channel_id}/messages"
        for _ in range(MOST_PAGES):
            query = {"after": after, "limit": str(PAGE)}
            page = await self._calls.ask("GET", path, {"channel_id": channel}, query=query)
            if not isinstance(page, list):
                raise OutcomeUnknown("the history is no list")
            for message in sorted(page, key=lambda one: int(one["id"])):
                yield message
                after = message["id"]
            if len(page) < PAGE:
                return
        raise OutcomeUnknown("the history is too long to read")


def _name_in(message: dict[str, Any]) -> str:
    """The thread's name from the card that is already there: its title behind the state's symbol and word."""
    title = str(((message.get("embeds") or [{}])[0]).get("title") or "ticket")
    _, mark, rest = title.partition("#")
    number, _, words = rest.partition(" ")
    return thread_name(int(number), words.replace("\\", "")) if mark and number.isdigit() else title[:100]
