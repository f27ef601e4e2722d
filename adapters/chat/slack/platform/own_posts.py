"""Our own posts come back as events: a second way to learn of one whose answer was lost."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from adapters.chat.slack.events.people import Home
from adapters.chat.slack.events.times import moment_of
from bridge.domain.events import EventKey, PostSeen
from bridge.domain.refs import DeliveryId, Lane
from bridge.ports.chat import OnChatEvent
from bridge.ports.clock import Clock

REMEMBERED: Final = 5_000
RECORDED_WITHIN: Final = 1.0
"""Seconds the middle has to write down that an outcome is unknown, before it is told what it was."""

Payload = Mapping[str, Any]


class OwnPosts:
    """Which posts are on their way from this process, and which of them Slack has answered."""

    def __init__(self) -> None:
        self._answered: OrderedDict[str, str] = OrderedDict()
        self._calling: dict[str, asyncio.Event] = {}

    @contextmanager
    def calling(self, about: object) -> Iterator[None]:
        """Around the call that posts; `about` is the post's metadata."""
        key = key_in(about)
        if key is None:
            yield
            return
        over = self._calling[key] = asyncio.Event()
        try:
            yield
        finally:
            over.set()
            self._calling.pop(key, None)

    def answered(self, about: object, ts: object) -> None:
        key = key_in(about)
        if key is None or not isinstance(ts, str):
            return
        self._answered[key] = ts
        self._answered.move_to_end(key)
        while len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)

    async def knows(self, key: str, ts: str) -> bool:
        """Did Slack answer us with this very post? Waits for the answer that is on its way."""
        if (over := self._calling.get(key)) is not None:
            await over.wait()
        return self._answered.get(key) == ts


class Echoes:
    """Tells the middle of posts of ours that this process was not answered with."""

    def __init__(self, own: OwnPosts, clock: Clock) -> None:
        self._own = own
        self._clock = clock

    async def heard(self, event: Payload, home: Home, on_event: OnChatEvent) -> None:
        """A `message_metadata_posted` event. Anybody can write such metadata; only ours counts."""
        key, ts, channel = key_in(event.get("metadata")), event.get("message_ts"), event.get("channel_id")
        if key is None or not isinstance(ts, str) or not isinstance(channel, str) or event.get("bot_id") != home.bot_id:
            return
        if await self._own.knows(key, ts):
            return
        await self._clock.sleep(RECORDED_WITHIN)
        seen = PostSeen(
            key=EventKey(home.platform, f"{home.team}/{channel}/{ts}/own"),
            at=moment_of(ts),
            delivery=DeliveryId(key),
            lane=Lane(home.platform, channel),
            post=ts,
        )
        await on_event(seen)


def key_in(about: object) -> str | None:
    """The delivery's key in a post's metadata."""
    payload = about.get("event_payload") if isinstance(about, dict) else None
    key = payload.get("k") if isinstance(payload, dict) else None
    return key if isinstance(key, str) else None
