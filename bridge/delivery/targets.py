"""Channels that cannot be used: tickets go around them, and one root a minute asks whether they can be again."""

import contextlib
from datetime import datetime, timedelta

import structlog

from bridge.delivery.outcomes import Outcome
from bridge.domain.alarms import Trouble
from bridge.domain.deliveries import Ending, OpenThread, OpenWatch, Taken
from bridge.domain.errors import StoreTrouble
from bridge.domain.refs import Lane
from bridge.ports.clock import Clock
from bridge.store import Store

log = structlog.get_logger(__name__)

ASK_EVERY = timedelta(minutes=1)
ROOTS = (OpenThread, OpenWatch)
"""Only these go to the channel itself: what they find is true of all tickets."""


class Targets:
    """What this process knows of them; the alarm is what all replicas and the next start know."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lost: dict[Lane, tuple[str, datetime]] = {}
        """Why, and when it was asked last."""

    def around(self, taken: Taken) -> Outcome | None:
        """How a root ends without a call, because its channel is known to be of no use; None: ask it."""
        lane, now = taken.delivery.lane, self._clock.now()
        if taken.unknown or not isinstance(taken.delivery.content, ROOTS) or lane not in self._lost:
            return None
        reason, asked = self._lost[lane]
        if now >= asked + ASK_EVERY:
            self._lost[lane] = (reason, now)
            return None
        return Outcome(ending=Ending.DEAD, reason=reason, place_lost=True)

    async def heard(self, taken: Taken, outcome: Outcome) -> None:
        """A root ended, and that is written down: its channel is well, or it is an alarm."""
        if not isinstance(taken.delivery.content, ROOTS):
            return
        lane, now = taken.delivery.lane, self._clock.now()
        with contextlib.suppress(StoreTrouble):
            if outcome.ending is Ending.DONE:
                self._lost.pop(lane, None)
                await self._store.alarms.end(_key(lane), now)
            elif outcome.place_lost:
                reason = outcome.reason or "it is gone"
                if lane not in self._lost:
                    log.error("target_lost", lane=str(lane), reason=reason)
                    self._lost[lane] = (reason, now)
                facts = {"lane": str(lane), "reason": reason, "fallback": await self._goes_to(taken)}
                await self._store.alarms.begin(_key(lane), Trouble.TARGET_GONE, facts, now)

    async def _goes_to(self, taken: Taken) -> str | None:
        """Where its ticket is now; None for a card to watch, which goes nowhere."""
        ticket = await self._store.tickets.get(taken.delivery.ticket) if taken.delivery.ticket else None
        if ticket is None or isinstance(taken.delivery.content, OpenWatch):
            return None
        return str(ticket.policy.lane) if ticket.policy.lane is not None else "the console"


def _key(lane: Lane) -> str:
    return f"target {lane}"
