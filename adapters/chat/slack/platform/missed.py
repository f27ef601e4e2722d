"""What happened in threads while nobody listened: one look at a channel, then only the threads that changed."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

import structlog

from adapters.chat.slack.events import history, messages
from adapters.chat.slack.platform.calls import SlackCalls
from adapters.chat.slack.platform.directory import Directory
from adapters.chat.slack.platform.lookup import SKEW
from adapters.chat.slack.platform.reading import Reads
from bridge.domain.errors import DestinationGone, RateLimited
from bridge.domain.events import ChatEvent
from bridge.domain.refs import Lane, ThreadRef
from bridge.ports.chat import ReadBack, Watermark
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

PAGE: Final = 200
MOST_PAGES: Final = 50
HISTORY: Final = "conversations.history"
REPLIES: Final = "conversations.replies"

Message = Mapping[str, Any]


@dataclass(slots=True)
class Thread:
    """What was read of one thread: all of it, or its first page and what stands behind the watermark."""

    read: list[Message]
    upto: str
    """Everything up to here was read, and everything behind `after`, but nothing behind `to`."""
    after: str
    to: str = "inf"


class Missed:
    """Reads at the workspace's own pace. An edit or a deletion shows only in a thread that changed otherwise too."""

    def __init__(self, calls: SlackCalls, directory: Directory, reads: Reads, clock: Clock) -> None:
        self._calls = calls
        self._directory = directory
        self._reads = reads
        self._clock = clock

    async def in_threads(self, marks: Mapping[ThreadRef, Watermark]) -> AsyncIterator[ChatEvent | ReadBack]:
        """As the port's `missed`. Raises: a DeliveryError."""
        lanes: dict[Lane, dict[ThreadRef, Watermark]] = defaultdict(dict)
        for thread, mark in marks.items():
            lanes[thread.lane][thread] = mark
        wanted: list[tuple[str | None, ThreadRef]] = []
        for lane, inside in lanes.items():
            changed, unchanged = await self._survey(lane, inside)
            wanted += changed
            for thread in unchanged:
                yield ReadBack(thread=thread, read_to=marks[thread].read_to, left=len(marks))
        # Newest activity first; then those older than the page, in the order given: the longest unread first.
        newest = sorted((pair for pair in wanted if pair[0] is not None), key=lambda pair: -float(pair[0] or 0))
        order = [*newest, *(pair for pair in wanted if pair[0] is None)]
        for place, (_, thread) in enumerate(order, start=1):
            left = len(order) - place
            async for item in self._in_one(thread, marks[thread], left):
                yield item

    async def _survey(
        self, lane: Lane, inside: Mapping[ThreadRef, Watermark]
    ) -> tuple[list[tuple[str | None, ThreadRef]], list[ThreadRef]]:
        """Which of a channel's threads changed, with their latest reply (None: it was not seen), and which did not."""
        try:
            answer = await self._read(HISTORY, channel=lane.place, limit=PAGE)
        except DestinationGone as error:
            log.info("slack_channel_not_read", channel=lane.place, reason=error.reason)
            return [], []
        page = _messages(answer)
        if _has_more(answer):
            self._reads.page(len(page))
        seen = {str(message.get("ts")): message for message in page}
        oldest = min(seen, key=float, default=None) if _has_more(answer) else "0"
        changed: list[tuple[str | None, ThreadRef]] = []
        unchanged: list[ThreadRef] = []
        for thread, mark in inside.items():
            root = seen.get(thread.root)
            if root is None:
                # Older than the page; or deleted, which reading it will tell.
                beyond = oldest is None or float(thread.root) < float(oldest)
                changed.append((None if beyond else thread.root, thread))
            elif history.is_tombstone(root) or history.later(str(root.get("latest_reply") or "0"), mark.read_to):
                changed.append((str(root.get("latest_reply") or thread.root), thread))
            else:
                unchanged.append(thread)
        return changed, unchanged

    async def _in_one(self, thread: ThreadRef, mark: Watermark, left: int) -> AsyncIterator[ChatEvent | ReadBack]:
        home = await self._directory.find_home()
        channel, began = thread.lane.place, self._clock.now() - SKEW
        # What is younger may not show yet, and may have been written before what does.
        sure = f"{began.timestamp():.6f}"
        lasting = timedelta(seconds=self._reads.lasting(left))
        done = ReadBack(thread=thread, read_to=mark.read_to, left=left, lasting=lasting)
        try:
            found = await self._thread(thread, mark.read_to)
        except DestinationGone as error:
            gone = None
            if error.reason.endswith("thread_not_found") and not history.later(thread.root, sure):
                gone = history.root_gone(thread, home, await self._directory.acquaint(set()), sure)
            if gone is not None:
                yield gone
                yield done
            return
        people = {person for message in found.read for person in messages.people_in(message)}
        known = await self._directory.acquaint(people)
        events = [
            pair for message in found.read for pair in history.happened(message, channel, mark.read_to, home, known)
        ]
        root = next((message for message in found.read if message.get("ts") == thread.root), None)
        if root is None or history.is_tombstone(root):
            if root is not None and (gone := history.root_gone(thread, home, known, sure)) is not None:
                yield gone
        else:
            # While its root stands, age has taken nothing from a thread: what is not there was deleted.
            stood = [ts for ts in mark.standing if not history.later(ts, found.to)]
            for ts in history.missing(stood, found.read, found.upto, found.after):
                event = history.deleted(ts, thread, home, known, sure)
                if event is not None and not history.later(ts, sure):
                    events.append((sure, event))
        for _, event in sorted(events, key=lambda pair: float(pair[0])):
            yield event
        last = history.last_word(found.read, mark.read_to)
        read_to = max(mark.read_to, min(last, sure, found.to, key=float), key=float)
        yield ReadBack(thread=thread, read_to=read_to, left=left, lasting=lasting)

    async def _thread(self, thread: ThreadRef, after: str) -> Thread:
        """All of a short thread, which shows what was changed or deleted in it; of a long one what is new."""
        read: list[Message] = []
        upto = thread.root
        if not self._reads.slow:
            first = await self._read(REPLIES, channel=thread.lane.place, ts=thread.root, limit=PAGE)
            read = list(_messages(first))
            if not _has_more(first):
                return Thread(read, "inf", after)
            self._reads.page(len(read))
            upto = str(read[-1]["ts"])
            after = max(after, upto, key=float)
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            answer = await self._read(
                REPLIES, channel=thread.lane.place, ts=thread.root, oldest=after, limit=PAGE, cursor=cursor
            )
            known = {message.get("ts") for message in read}
            read += [message for message in _messages(answer) if message.get("ts") not in known]
            cursor = _cursor(answer)
            if not cursor:
                return Thread(read, upto, after)
        # Longer than one reading: the next one goes on from here.
        return Thread(read, upto, after, to=str(read[-1]["ts"]))

    async def _read(self, method: str, **arguments: str | int | None) -> Mapping[str, object]:
        """One read in its turn; a refusal for being too fast is waited out."""
        while True:
            await self._reads.turn(method)
            try:
                return await self._calls(method, fine=(), **arguments)
            except RateLimited as error:
                self._reads.refused(method, error)


def _messages(answer: Mapping[str, object]) -> Sequence[Message]:
    found = answer.get("messages")
    return [message for message in found if isinstance(message, dict)] if isinstance(found, list) else []


def _cursor(answer: Mapping[str, object]) -> str | None:
    return str((cast("Message", answer.get("response_metadata") or {})).get("next_cursor") or "") or None


def _has_more(answer: Mapping[str, object]) -> bool:
    return _cursor(answer) is not None
