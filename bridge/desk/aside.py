"""An event nobody can handle is put aside after five tries, so that it neither turns for ever nor stops the others."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import structlog

from bridge.domain.alarms import Trouble, about_event
from bridge.domain.errors import StoreTrouble
from bridge.domain.events import ChatEvent, ClockEvent, EventKey
from bridge.ports.clock import Clock
from bridge.store.quarantine import AT_MOST
from bridge.store.store import Store

log = structlog.get_logger(__name__)

Answered = TypeVar("Answered")


class Aside:
    """What this process knows of them; the rows know it for every process and every start."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: set[EventKey] | None = None

    async def through(
        self, event: ChatEvent | ClockEvent, handle: Callable[[], Awaitable[Answered]], nothing: Answered
    ) -> Answered:
        """Handle it; `nothing` once it is put aside, so that whoever reports it stops.

        Raises: what handling raises, while there are tries left; StoreTrouble always, since that is no fault of it.
        """
        if self._known is None:
            self._known = {found.key for found in await self._store.quarantine.put_aside()}
        if event.key in self._known:
            if await self._store.quarantine.holds(event.key):
                return nothing
            self._known.discard(event.key)  # an operator released it
        try:
            return await handle()
        except StoreTrouble:
            raise
        except Exception as error:
            if not await self._give_up(event, error):
                raise
            self._known.add(event.key)
            return nothing

    async def _give_up(self, event: ChatEvent | ClockEvent, error: Exception) -> bool:
        key, what, now = event.key, type(event).__name__, self._clock.now()
        tries = await self._store.quarantine.failed(key, what, _where(error), now)
        if tries < AT_MOST:
            return False
        log.error("event_quarantined", scope=key.scope, key=key.key, what=what, tries=tries, exc_info=error)
        facts = {"scope": key.scope, "key": key.key, "what": what, "error": _where(error)}
        await self._store.alarms.begin(about_event(key.scope, key.key), Trouble.EVENT_QUARANTINED, facts, now)
        return True


def _where(error: Exception) -> str:
    """Its kind and place; its text may hold words of users."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}{place}"
