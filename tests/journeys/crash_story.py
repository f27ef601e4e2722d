"""Stories told while the daemon dies again and again, and the comparison of what came of them with what was meant."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bridge.domain.deliveries import DeliveryState
from bridge.ports.clock import SystemClock
from bridge.store import Store
from tests.journeys.crash_sides import Side
from tests.journeys.site import Site

UNSETTLED = (DeliveryState.WAITING, DeliveryState.READY, DeliveryState.SENDING, DeliveryState.UNKNOWN)
SAY_AGAIN = 12.0
"""Seconds after which a member whose words got no mark writes them again, where the platform does not."""
LONG = 9_000
"""Characters of a text that no platform shows in one message."""


@dataclass
class Story:
    """One ticket: what was said, and by which attempts."""

    number: int
    slow: bool = False
    """Nobody takes it for a while, so that its team is rung."""
    long: bool = False
    early: bool = False
    """The answer to opening its thread is lost, and a member writes there before we know it."""
    ticket: str = ""
    shown_number: int = 0
    said: list[str] = field(default_factory=list)
    replied: list[list[str]] = field(default_factory=list)
    """One list per reply: each time its writer said it."""

    @property
    def name(self) -> str:
        return f"story-{self.number:03d}."

    @property
    def title(self) -> str:
        return f"Story {self.number:03d} refund"


@dataclass
class Sums:
    """What a comparison found; all but the first two must be 0."""

    points: int = 0
    runs: int = 0
    tickets: int = 0
    words: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"points {self.points}, runs {self.runs}, tickets {self.tickets}, words {self.words}, "
            f"lost {len(self.lost)}, duplicates {len(self.doubled)}, wrong order {len(self.disordered)}, "
            f"unknown left {len(self.unsettled)}"
        )

    @property
    def faults(self) -> list[str]:
        named = (("lost", self.lost), ("doubled", self.doubled), ("order", self.disordered), ("left", self.unsettled))
        return [f"{kind}: {what}" for kind, found in named for what in found]


class Teller:
    """Tells stories through a site that may die at any moment; everybody in them is patient."""

    def __init__(self, site: Site, side: Side, *, first: int = 1) -> None:
        """Its stories are numbered from `first`: two tellers on one site must not share a number."""
        self.site, self.side, self._first = site, side, first
        self.stories: list[Story] = []
        self._telling: list[asyncio.Task[None]] = []

    def begin(self, **how: bool) -> None:
        story = Story(self._first + len(self.stories), **how)
        self.stories.append(story)
        self._telling.append(asyncio.create_task(self._tell(story), name=story.name))

    async def end(self, seconds: float = 90) -> None:
        """All stories come to their end."""
        async with asyncio.timeout(seconds):
            await asyncio.gather(*self._telling)

    def complain(self) -> None:
        """Raise what a story broke off with."""
        for task in self._telling:
            if task.done():
                task.result()

    async def let_go(self) -> None:
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    async def _tell(self, story: Story) -> None:
        if story.early:
            self.side.lose_root()
        priority = "urgent" if story.slow else "normal"
        opened = await self.site.escalates(story.name, title=story.title, priority=priority, transcript=[])
        story.ticket, story.shown_number = opened["id"], opened["number"]
        if story.early:
            await self._reply(story)
        await self._user(story)
        if story.long:
            await self._user(story, "\n\n".join(f"{story.name}part{n:02d} " + "x" * 300 for n in range(LONG // 310)))
        if story.slow:
            await asyncio.sleep(2.5)
        while (await self.site.call("GET", f"/v1/tickets/{story.ticket}"))["ticket"]["owner"] != "human":
            await self.side.takes(story.shown_number, story.title)
            await asyncio.sleep(0.3)
        await self._reply(story)
        await self._user(story)
        await self._reply(story)

    async def _user(self, story: Story, text: str | None = None) -> None:
        text = text or f"{story.name}u{len(story.said)} are you there?"
        story.said.append(text)
        await self.site.user_says(story.ticket, text, f"{story.name}u{len(story.said)}")

    async def _reply(self, story: Story) -> None:
        """Say it; where the platform forgets what was not acknowledged, say it again until the bot has it."""
        attempts: list[str] = []
        story.replied.append(attempts)
        base = f"{story.name}r{len(story.replied)}"
        while True:
            attempts.append(f"{base} it is on its way" + (f", once more {len(attempts)}" if attempts else ""))
            await self.side.says(story.shown_number, story.title, attempts[-1])
            if await self._hears(story, base, None if self.side.sends_again else SAY_AGAIN):
                return

    async def _hears(self, story: Story, base: str, seconds: float | None) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    if any(heard.startswith(base) for heard in self.heard(story)):
                        return True
                    await asyncio.sleep(0.05)
        return False

    def heard(self, story: Story) -> list[str]:
        """What the bot was told of the team's words, once per webhook-id, in order of arrival."""
        return [
            str(call.data["message"]["text"])
            for call in self.site.bot.events.values()
            if call.type == "message.created" and call.data["ticket"]["id"] == story.ticket
        ]

    # ── afterwards ────────────────────────────────────────────────────────

    async def settled(self, store: Store, seconds: float = 60) -> list[str]:
        """Wait until nothing is left to be said; what is left after all."""
        left: list[str] = []
        for _ in range(int(seconds / 0.25)):
            views = await store.outbox.views([*UNSETTLED, DeliveryState.DEAD])
            left = [f"{view.what} {view.state} {view.reason}" for view in views]
            if not left:
                break
            await asyncio.sleep(0.25)
        return left

    async def compare(self, store_url: str, sums: Sums) -> None:
        """The far sides' world with what the stories meant."""
        store = await Store.open(store_url, clock=SystemClock())
        try:
            sums.unsettled += await self.settled(store)
        finally:
            await store.close()
        sums.tickets += len(self.stories)
        listed = await self._tickets()
        for story in self.stories:
            sums.words += len(story.said) + len(story.replied)
            ours = [one for one in listed if one["conversation"]["external_id"] == story.name]
            _once(sums, f"{story.name}ticket", len(ours))
            _once(sums, f"{story.name}thread", self.side.roots(story.title))
            transcript = await self.site.call("GET", f"/v1/tickets/{story.ticket}/transcript")
            kept = [str(message["text"]) for message in transcript["messages"]]
            _in_order(sums, f"{story.name}kept user", story.said, kept)
            _replies(sums, f"{story.name}kept reply", story.replied, kept)
            _replies(sums, f"{story.name}told", story.replied, self.heard(story))
            if shown := await self.side.shown(story.title):
                _in_order(sums, f"{story.name}shown", _pieces(story), shown)
        sums.doubled += self.side.twice()

    async def _tickets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = await self.site.call("GET", f"/v1/tickets?limit=100{cursor}")
            found += page["tickets"]
            if not page["next"]:
                return found
            cursor = f"&cursor={page['next']}"


def _pieces(story: Story) -> list[str]:
    """What must stand in the thread once each: texts, and the paragraphs of a long one, which is shown in parts."""
    return [piece.split(" ", 1)[0] for text in story.said for piece in text.split("\n\n")]


def _once(sums: Sums, what: str, count: int) -> None:
    if count == 0:
        sums.lost.append(what)
    if count > 1:
        sums.doubled.append(f"{what} x {count}")


def _in_order(sums: Sums, where: str, wanted: Sequence[str], found: Sequence[str]) -> None:
    places = []
    whole = "\n".join(found)
    for text in wanted:
        _once(sums, f"{where}: {text[:40]}", whole.count(text))
        places.append(whole.find(text))
    if places != sorted(places):
        sums.disordered.append(where)


def _replies(sums: Sums, where: str, replied: Sequence[Sequence[str]], found: Sequence[str]) -> None:
    """Each attempt at most once, of each reply at least one, in the order they were written."""
    places = []
    for attempts in replied:
        there = [text for text in attempts if text in found]
        sums.doubled += [f"{where}: {text} x {found.count(text)}" for text in there if found.count(text) > 1]
        if not there:
            sums.lost.append(f"{where}: {attempts[0]}")
        places += [found.index(text) for text in there]
    if places != sorted(places):
        sums.disordered.append(f"{where}: {[text for text in found if text.startswith(replied[0][0][:10])]}")
