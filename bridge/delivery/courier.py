"""Carries one delivery: look if in doubt, send, record how it ended and what follows."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bridge.crashpoint import crashpoint
from bridge.delivery.crossing import across
from bridge.delivery.following import what_follows
from bridge.delivery.holds import Holds
from bridge.delivery.lateness import Later, NotNow
from bridge.delivery.measuring import count_ended
from bridge.delivery.outcomes import Outcome, outcome_of, repeatable
from bridge.delivery.reconcile import Reconciler
from bridge.delivery.senders import Senders
from bridge.delivery.targets import Targets
from bridge.delivery.words import Split
from bridge.domain.change import Change
from bridge.domain.deliveries import Ending, RetractWords, Taken
from bridge.domain.errors import DeliveryError, StoreTrouble
from bridge.metrics import Metrics
from bridge.store import Store
from bridge.store.asks import Situation
from bridge.store.echoes import is_double

log = structlog.get_logger(__name__)

RECORD_AGAIN = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds between tries to write down an outcome; the last one repeats."""
GIVE_BACK_FOR = timedelta(seconds=1)
FINAL = frozenset({Ending.DONE, Ending.DEAD, Ending.HELD})
LAST_WORDS = 2.0
"""Seconds a cancelled attempt has to write down that its outcome is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """One attempt at a time per delivery; many deliveries at once."""

    store: Store
    senders: Senders
    reconciler: Reconciler
    holds: Holds
    targets: Targets
    metrics: Metrics
    jitter: Callable[[], float]

    async def carry(self, taken: Taken, may_send: Callable[[], bool]) -> Outcome | None:
        """Attempt it and write down how it ended; None when it was not attempted after all.

        `may_send` is asked last: a lane whose lease ran out while we were stopped belongs to somebody else.
        """
        try:
            outcome = await self._attempt(taken, may_send)
            if isinstance(outcome, Split):
                # Nothing was sent yet; the first part stays ours.
                taken = await self.store.outbox.split(taken, outcome.parts)
                crashpoint("words.split")
                outcome = await self._attempt(taken, may_send)
        except asyncio.CancelledError:
            await self._last_words(taken)
            raise
        except StoreTrouble:
            # Rows are read before anything is sent, so nothing happened yet.
            await self._give_back(taken, self.senders.clock.now() + GIVE_BACK_FOR)
            return None
        if not isinstance(outcome, Outcome):
            return None
        await self._record(taken, outcome)
        return outcome

    async def _attempt(self, taken: Taken, may_send: Callable[[], bool]) -> Outcome | Split | None:
        seen = await self.reconciler.look(taken) if taken.unknown else None
        if seen is not None:
            return seen
        if not may_send():
            log.warning("lease_lost", delivery=taken.id, lane=str(taken.delivery.lane))
            return None
        if self.holds.paused(taken.delivery.lane):
            await self._give_back(taken, None)
            return None
        if (instead := self.targets.around(taken)) is not None:
            return instead
        clock = self.senders.clock
        began = clock.monotonic()
        outcome = await self._send(taken)
        self.metrics.delivery_seconds.labels(taken.delivery.lane.platform).observe(clock.monotonic() - began)
        return outcome

    async def _send(self, taken: Taken) -> Outcome | Split | None:
        try:
            sent = await across(taken.delivery.content, self.senders.send(taken))
        except StoreTrouble:
            raise
        except DeliveryError as error:
            return outcome_of(error, taken, self.senders.clock.now(), self.jitter())
        except Exception as error:
            log.exception("delivery_failed", delivery=taken.id, what=what_of(taken), lane=str(taken.delivery.lane))
            return outcome_of(error, taken, self.senders.clock.now(), self.jitter())
        if isinstance(sent, Later):
            await self._give_back(taken, sent.until)
            return None
        if isinstance(sent, NotNow):
            return Outcome(ending=sent.ending, reason=sent.reason)
        return sent if isinstance(sent, Split) else Outcome(ending=Ending.DONE, posted=sent)

    async def _record(self, taken: Taken, outcome: Outcome) -> None:
        """Until it is written down the outcome exists only here, so this does not give up while we run."""
        await self.holds.take(taken, outcome)
        crashpoint("delivery.before_record")
        tries = 0
        while True:
            try:
                await self._finish(taken, outcome)
                break
            except StoreTrouble:
                await self.senders.clock.sleep(RECORD_AGAIN[min(tries, len(RECORD_AGAIN) - 1)])
                tries += 1
        crashpoint("delivery.recorded")
        await self.targets.heard(taken, outcome)
        self._count(taken, outcome)

    async def _finish(self, taken: Taken, outcome: Outcome) -> None:
        now = self.senders.clock.now()

        def after(situation: Situation) -> Change | None:
            hears = situation.ticket is not None and situation.ticket.bot in self.senders.bots
            lost_at = (taken.attempted_at or now) if outcome.place_lost else None
            return what_follows(taken.delivery, outcome.ending, situation, now, bot_hears=hears, lost_at=lost_at)

        await self.store.outbox.finish(
            taken,
            outcome.ending,
            now=now,
            posted=outcome.posted,
            reason=outcome.reason,
            not_before=outcome.not_before,
            after=after if outcome.ending in FINAL else None,
            place_lost=outcome.place_lost,
            # A later attempt that was refused says nothing of an earlier one.
            in_doubt=outcome.in_doubt or (taken.unknown and repeatable(taken.delivery.content)),
        )

    async def _give_back(self, taken: Taken, not_before: datetime | None) -> None:
        """Not attempted. If even that cannot be written, the row stays `sending` until its lane is leased anew."""
        with contextlib.suppress(StoreTrouble):
            await self.store.outbox.give_back([taken], not_before)

    async def _last_words(self, taken: Taken) -> None:
        """We are being stopped in the middle of a call: it may have happened."""
        outcome = Outcome(ending=Ending.UNKNOWN, reason="stopped while sending")
        with contextlib.suppress(StoreTrouble, TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._finish(taken, outcome)

    def _count(self, taken: Taken, outcome: Outcome) -> None:
        lane, what = taken.delivery.lane, what_of(taken)
        self.metrics.deliveries.labels(lane.platform, what, outcome.ending.value).inc()
        count_ended(self.metrics, taken, outcome.ending, self.senders.clock.now())
        if outcome.ending is Ending.DONE:
            if outcome.reason is not None:
                self.metrics.adopted.labels(lane.platform).inc()
            content = taken.delivery.content
            if isinstance(content, RetractWords) and is_double(content.message):
                self.metrics.repaired.labels(lane.platform).inc()
            return
        log.log(
            logging.ERROR if outcome.ending is Ending.DEAD else logging.INFO,
            "not_delivered",
            delivery=taken.id,
            lane=str(lane),
            what=what,
            ending=outcome.ending.value,
            attempt=taken.attempt,
            reason=outcome.reason,
        )


def what_of(taken: Taken) -> str:
    """The content's kind, for logs and metrics."""
    return type(taken.delivery.content).__name__
