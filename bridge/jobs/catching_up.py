"""Catch-up: after a start, after every gap and on a slow timer the open threads are read again from their watermarks.

What is found enters by the desk's one door under the keys it has anyway, so that finding it twice changes nothing.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.desk.desk import Desk
from bridge.domain.capabilities import PrivateNotice
from bridge.domain.errors import DeliveryError, StoreTrouble
from bridge.domain.events import ChatEvent, PersonDeleted, PersonEdited, PersonWrote
from bridge.domain.paint import Notice
from bridge.domain.people import Assignee
from bridge.domain.refs import MemberKey, ThreadRef
from bridge.domain.words import WordsState
from bridge.metrics import Metrics
from bridge.ports.chat import ChatPlatform, ReadBack, Reading, Watermark
from bridge.ports.clock import Clock
from bridge.store import Store
from bridge.store.quarantine import AT_MOST

log = structlog.get_logger(__name__)

LOOK_EVERY: Final = timedelta(seconds=1)
"""Between two looks whether something has to be read back."""
EVERY: Final = timedelta(minutes=10)
"""Between two readings without a gap: an event the platform never sent is found this late at the latest."""
AGAIN: Final = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))
"""After readings that failed; the last one repeats."""
BETWEEN_TRIES: Final = 1.0
"""Seconds between two tries of an event that cannot be handled; the desk puts it aside after some."""
KEPT_BACK: Final = 100
"""Watermarks written down at once."""
OVER: Final = frozenset({WordsState.UNSENT, WordsState.DELETED})


@dataclass(slots=True)
class Catching:
    """How the reading of one platform stands."""

    chat: ChatPlatform
    whole_since: datetime | None = None
    """The connection whose gap was read over completely."""
    last: datetime | None = None
    """When the last complete reading began."""
    task: asyncio.Task[None] | None = None
    for_gap: datetime | None = None
    """The connection for which is being read."""
    left: int = 0
    done_by: datetime | None = None
    """When everything will have been read, at the platform's pace."""
    failures: int = 0
    not_before: datetime | None = None
    behind: dict[ThreadRef, str] = field(default_factory=dict)
    """Watermarks not written down yet."""


class CatchUp:
    """One per daemon. A sweep that only begins readings: one may last for hours where reads are few."""

    def __init__(
        self, desk: Desk, store: Store, chats: Mapping[str, ChatPlatform], clock: Clock, metrics: Metrics
    ) -> None:
        self._desk = desk
        self._store = store
        self._chats = chats
        self._clock = clock
        self._metrics = metrics
        self._of: dict[str, Catching] = {}

    def reading(self, platform: str) -> Reading | None:
        """What is being read there, for people who look."""
        here = self._of.get(platform)
        return Reading(left=here.left, done_by=here.done_by) if here is not None and here.left else None

    async def __call__(self, now: datetime) -> None:
        for name, chat in list(self._chats.items()):
            here = self._of.get(name)
            if here is None or here.chat is not chat:
                await self._let_go(here)
                here = self._of[name] = Catching(chat)
            if chat.health.connected:
                await self._begin_if_due(name, here, now)
        for gone in self._of.keys() - self._chats.keys():
            await self._let_go(self._of.pop(gone))

    async def stop(self) -> None:
        for here in self._of.values():
            await self._let_go(here)

    async def settle(self) -> None:
        """Return once no reading is under way."""
        running = [here.task for here in self._of.values() if here.task is not None]
        await asyncio.gather(*running, return_exceptions=True)

    async def _begin_if_due(self, name: str, here: Catching, now: datetime) -> None:
        whole = here.chat.health.unbroken_since or here.chat.health.since
        if here.task is not None and not here.task.done():
            if here.for_gap == whole:
                return
            # Another gap: what was read before it has to be read again, the newest first.
            await self._let_go(here)
        gap = here.whole_since != whole
        if gap and here.whole_since is not None and here.for_gap != whole:
            self._metrics.gaps.labels(name).inc()
        if not gap and here.last is not None and now < here.last + EVERY:
            return
        if here.not_before is not None and now < here.not_before:
            return
        # After a gap what another daemon has read since need not be read again; else all that was not read lately.
        since = whole if gap and whole is not None else now - EVERY / 2
        here.for_gap = whole
        here.task = asyncio.create_task(self._read(name, here, since, now, whole), name=f"catch-up-{name}")

    async def _let_go(self, here: Catching | None) -> None:
        if here is not None and here.task is not None:
            here.task.cancel()
            await asyncio.gather(here.task, return_exceptions=True)
            here.task = None

    # ── one reading ───────────────────────────────────────────────────────

    async def _read(self, name: str, here: Catching, since: datetime, began: datetime, whole: datetime | None) -> None:
        try:
            await self._all(name, here, since, began)
        except (DeliveryError, StoreTrouble) as trouble:
            self._failed(name, here, str(trouble))
        except Exception as error:
            log.exception("catch_up_failed", platform=name)
            self._failed(name, here, type(error).__name__)
        else:
            here.failures, here.not_before = 0, None
            here.whole_since, here.last = whole, began
        finally:
            here.left, here.done_by = 0, None
            self._show(name, here)

    def _failed(self, name: str, here: Catching, reason: str) -> None:
        here.not_before = self._clock.now() + AGAIN[min(here.failures, len(AGAIN) - 1)]
        here.failures += 1
        log.warning("catch_up_broken_off", platform=name, reason=reason, tries=here.failures)

    async def _all(self, name: str, here: Catching, since: datetime, began: datetime) -> None:
        threads = await self._store.watermarks.unread_since(name, since)
        if not threads:
            return
        marks = {each.thread: Watermark(read_to=each.read_to, standing=each.standing) for each in threads}
        here.left, found = len(marks), 0
        self._show(name, here)
        here.behind = {}
        broken: set[ThreadRef] = set()
        async for item in here.chat.missed(marks):
            if isinstance(item, ReadBack):
                if item.thread not in broken:
                    here.behind[item.thread] = item.read_to
                here.left = item.left
                here.done_by = self._clock.now() + item.lasting if item.left else None
                self._show(name, here)
                if len(here.behind) >= KEPT_BACK or item.lasting > timedelta(0):
                    await self._write_down(here, began)
            else:
                found += await self._take_in(here.chat, item, broken)
        await self._write_down(here, began)
        if found:
            self._metrics.caught_up.labels(name).inc(found)
        level = log.info if found else log.debug
        level("caught_up", platform=name, threads=len(marks), found=found, unreadable=len(broken))

    async def _write_down(self, here: Catching, began: datetime) -> None:
        read, here.behind = here.behind, {}
        await self._store.watermarks.move(read, began)

    async def _take_in(self, chat: ChatPlatform, event: ChatEvent, broken: set[ThreadRef]) -> int:
        """Hand it to the desk, by the door of every event; 1 if it was news."""
        if await self._is_known(event):
            return 0
        for left in reversed(range(AT_MOST)):
            try:
                answer = await self._desk.handle(event)
            except StoreTrouble:
                raise
            except Exception as error:  # noqa: BLE001 - the desk counts the tries, and puts it aside
                if left == 0 and (thread := _thread_of(event)) is not None:
                    broken.add(thread)
                log.warning("missed_event_failed", key=event.key.key, error=type(error).__name__)
                await self._clock.sleep(BETWEEN_TRIES)
                continue
            if isinstance(event, PersonWrote) and isinstance(answer, Notice):
                await self._tell(chat, event, answer)
            return 1
        return 0

    async def _is_known(self, event: ChatEvent) -> bool:
        """By the platform's own ids: keys are forgotten after a while, and a backup may be older than its site."""
        if not isinstance(event, PersonWrote | PersonEdited | PersonDeleted) or event.origin is None:
            return False
        stored = await self._store.messages.by_origin(event.origin)
        if isinstance(event, PersonWrote):
            return stored is not None
        if stored is None:
            return False
        return stored.state in OVER or (isinstance(event, PersonEdited) and stored.text == event.text)

    async def _tell(self, chat: ChatPlatform, event: PersonWrote, answer: Notice) -> None:
        """What became of it, to its writer alone; as an answer to a click it carries no promise."""
        if event.thread is None or chat.capabilities.private_notice is not PrivateNotice.ALWAYS:
            return
        person = event.person
        key = MemberKey(f"{person.platform}:{person.id}")
        to = Assignee(key=key, name=person.name, platform=person.platform, person=person.id)
        try:
            await chat.whisper(event.thread, to, answer, key=f"late {event.key.key}")
        except DeliveryError as error:
            log.info("late_answer_lost", platform=chat.name, reason=error.reason)

    def _show(self, name: str, here: Catching) -> None:
        self._metrics.catch_up_left.labels(name).set(here.left)
        seconds = (here.done_by - self._clock.now()).total_seconds() if here.done_by else 0.0
        self._metrics.catch_up_seconds.labels(name).set(max(seconds, 0.0))


def _thread_of(event: ChatEvent) -> ThreadRef | None:
    if isinstance(event, PersonWrote):
        return event.thread
    if isinstance(event, PersonEdited | PersonDeleted) and event.origin is not None and event.origin.thread is not None:
        return ThreadRef(event.origin.lane, event.origin.thread)
    return None
