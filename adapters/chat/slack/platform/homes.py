"""The home tabs of those who look at them: published when opened, and anew after something changed."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Final

import structlog

from adapters.chat.slack.events.people import person_of
from adapters.chat.slack.platform.calls import SlackCalls
from adapters.chat.slack.platform.directory import Directory
from adapters.chat.slack.render.home import home_view
from adapters.chat.slack.render.spans import Block
from bridge.domain.errors import DeliveryError, RateLimited, StoreTrouble
from bridge.domain.events import EventKey, HomeOpened
from bridge.domain.paint import HomePage, Notice
from bridge.ports.chat import OnChatEvent
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

LOOK_EVERY: Final = 5.0
"""Seconds between two looks whether something changed; what changed between them is one new page."""
ALL_EVERY: Final = 12
"""Each so many looks is at everything: what is wrong changes without a ticket's change."""
A_ROUND: Final = 5
"""Pages published in one round: well below tier 4, a hundred a minute: at most sixty."""
LOOKED_FOR: Final = timedelta(hours=8).total_seconds()
"""Whoever has not opened the tab for so long is not kept up to date; opening it shows today's page."""
MOST: Final = 500
SAID_FOR: Final = timedelta(minutes=1).total_seconds()
"""What came of a click stands on the page so long, whatever else changes there meanwhile."""


@dataclass(slots=True)
class Viewer:
    since: float
    turn: int | None = None
    shown: Block | None = None
    said: Notice | None = None
    said_at: float = 0


class Homes:
    def __init__(self, calls: SlackCalls, directory: Directory, clock: Clock) -> None:
        self._calls = calls
        self._directory = directory
        self._clock = clock
        self._viewers: OrderedDict[str, Viewer] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}
        self._numbers = count(1)

    async def opened(self, user: str, on_event: OnChatEvent) -> None:
        self._viewers.pop(user, None)
        self._viewers[user] = Viewer(since=self._clock.monotonic())
        while len(self._viewers) > MOST:
            self._forget(next(iter(self._viewers)))
        await self.show(user, on_event, anew=True)

    async def show(self, user: str, on_event: OnChatEvent, *, said: Notice | None = None, anew: bool = False) -> None:
        """Publish the page if it is another one than they have."""
        viewer = self._viewers.get(user) or Viewer(since=self._clock.monotonic())
        self._viewers.setdefault(user, viewer)
        async with self._locks.setdefault(user, asyncio.Lock()):
            viewer.said, viewer.said_at = said, self._clock.monotonic()
            await self._show(user, viewer, on_event, whole=anew or said is not None)

    async def keep(self, on_event: OnChatEvent) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self._clock.sleep(LOOK_EVERY)
            everything = next(self._numbers) % ALL_EVERY == 0
            await self._round(on_event, everything=everything)

    async def _round(self, on_event: OnChatEvent, *, everything: bool) -> None:
        now, published = self._clock.monotonic(), 0
        for user, viewer in list(self._viewers.items()):
            if now - viewer.since > LOOKED_FOR:
                self._forget(user)
                continue
            if published >= A_ROUND:
                # The others come first next time.
                self._viewers.move_to_end(user)
                continue
            try:
                async with self._locks.setdefault(user, asyncio.Lock()):
                    published += await self._show(user, viewer, on_event, whole=everything)
            except (RateLimited, StoreTrouble):
                return
            except Exception:
                log.exception("slack_home_not_made")

    async def _show(self, user: str, viewer: Viewer, on_event: OnChatEvent, *, whole: bool) -> bool:
        """Did it have to be published? Raises: StoreTrouble, RateLimited."""
        if viewer.said is not None and self._clock.monotonic() - viewer.said_at >= SAID_FOR:
            viewer.said, whole = None, True
        home = await self._directory.find_home()
        known = await self._directory.acquaint({user})
        person = person_of(user, home, known, in_channel=False, channel="")
        key = EventKey(home.platform, f"home/{user}/{next(self._numbers)}")
        seen = None if whole else viewer.turn
        page = await on_event(HomeOpened(key=key, person=person, at=self._clock.now(), seen=seen))
        if not isinstance(page, HomePage):
            return False
        viewer.turn = page.turn
        view = home_view(page, viewer.said)
        if view == viewer.shown:
            return False
        try:
            await self._calls("views.publish", user_id=user, view=view)
        except RateLimited:
            viewer.turn = None
            raise
        except DeliveryError as error:
            log.warning("slack_home_not_published", reason=error.reason)
            self._forget(user)
            return True
        viewer.shown = view
        return True

    def _forget(self, user: str) -> None:
        self._viewers.pop(user, None)
        self._locks.pop(user, None)
