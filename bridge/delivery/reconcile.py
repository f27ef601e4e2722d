"""An unknown outcome is looked up, never guessed: found is adopted, absent twice is sent again under the same key."""

import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bridge.delivery.backoff import FIRST_LOOK, LOOK_BACK, SECOND_LOOK
from bridge.delivery.outcomes import Outcome, repeatable, unreadable
from bridge.delivery.senders import Senders
from bridge.domain.alarms import Trouble
from bridge.domain.deliveries import Digest, Ending, OpenThread, OpenWatch, Posted, Taken, TellAlarm
from bridge.domain.errors import StoreTrouble
from bridge.domain.refs import DeliveryId, Lane, MessageRef, ThreadRef

log = structlog.get_logger(__name__)

IN_LANE = OpenThread | OpenWatch | Digest | TellAlarm
"""They stand in the channel itself."""
ALARM_AFTER = 3
"""Looks that could not be made before operators hear of it."""


@dataclass(slots=True)
class Looks:
    """What this process saw of one delivery; a restart begins anew, which only costs time."""

    failed: int = 0
    absent_at: float | None = None
    """By the monotonic clock: one that is set anew between two looks must not make one of them."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Asks the platforms about attempts whose outcome nobody knows."""

    senders: Senders
    looks: dict[DeliveryId, Looks] = field(default_factory=dict)

    async def look(self, taken: Taken) -> Outcome | None:
        """What is known now; None: it may be sent, at once.

        Absence counts only when it was seen twice, 10 s apart: platforms may show a post late.
        """
        if repeatable(taken.delivery.content):
            return None
        now = self.senders.clock.now()
        if (seen := await self.senders.store.echoes.seen(taken.id)) is not None:
            self.looks.pop(taken.id, None)
            return Outcome(ending=Ending.DONE, posted=await self._told(taken, seen), reason="the platform told of it")
        attempted = taken.attempted_at or now
        if now < attempted + FIRST_LOOK:
            return Outcome(ending=Ending.UNKNOWN, reason="too early to look", not_before=attempted + FIRST_LOOK)
        looks = self.looks.setdefault(taken.id, Looks())
        try:
            found = await self._find(taken, attempted)
        except Exception as error:  # noqa: BLE001  whatever broke the look, the outcome stays unknown
            return await self._unreadable(taken, looks, error)
        looks.failed = 0
        if found is not None:
            self.looks.pop(taken.id, None)
            return Outcome(ending=Ending.DONE, posted=found, reason="found on the platform")
        return self._absent(taken, looks, now)

    async def _told(self, taken: Taken, post: str) -> Posted:
        content, lane = taken.delivery.content, taken.delivery.lane
        if isinstance(content, OpenThread):
            return Posted(thread=post)
        thread = None if isinstance(content, IN_LANE) else (await self.senders.errand(taken)).thread.root
        return Posted(message=MessageRef(lane, thread, post))

    async def _find(self, taken: Taken, attempted: datetime) -> Posted | None:
        lane = taken.delivery.lane
        place: Lane | ThreadRef = lane
        if not isinstance(taken.delivery.content, IN_LANE):
            place = (await self.senders.errand(taken)).thread
        found = await self.senders.platform(lane).find(place, key=taken.id, since=attempted - LOOK_BACK)
        match found:
            case ThreadRef(root=root):
                return Posted(thread=root)
            case MessageRef():
                return Posted(message=found)
            case None:
                return None

    def _absent(self, taken: Taken, looks: Looks, now: datetime) -> Outcome:
        seconds = self.senders.clock.monotonic()
        if looks.absent_at is None:
            looks.absent_at = seconds
        left = SECOND_LOOK - timedelta(seconds=seconds - looks.absent_at)
        if left > timedelta(0):
            return Outcome(ending=Ending.UNKNOWN, reason="not there; looking again", not_before=now + left)
        self.looks.pop(taken.id, None)
        log.info("sent_again", delivery=taken.id, lane=str(taken.delivery.lane))
        # Through the outbox, so that the new attempt and its time are committed before the call.
        return Outcome(ending=Ending.RETRY, reason="surely not there", not_before=now)

    async def _unreadable(self, taken: Taken, looks: Looks, error: Exception) -> Outcome:
        now = self.senders.clock.now()
        outcome = unreadable(error, now, looks.failed)
        looks.failed += 1
        if looks.failed == ALARM_AFTER:
            lane = str(taken.delivery.lane)
            log.error("outcome_unreadable", delivery=taken.id, lane=lane, reason=outcome.reason)
            facts = {"lane": lane, "reason": outcome.reason}
            with contextlib.suppress(StoreTrouble):
                await self.senders.store.alarms.begin(f"unreadable {lane}", Trouble.OUTCOME_UNREADABLE, facts, now)
        return outcome
