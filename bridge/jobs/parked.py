"""Words written in a thread before we knew that the thread is ours."""

from datetime import datetime

import structlog

from bridge.crashpoint import crashpoint
from bridge.desk.desk import Desk
from bridge.domain.errors import StoreTrouble
from bridge.domain.events import PersonWrote
from bridge.domain.refs import ThreadRef
from bridge.jobs.patience import Patience
from bridge.store import Store
from bridge.store.parked import AT_MOST

log = structlog.get_logger(__name__)


class RelayParked:
    """Hands parked words to the desk once their thread is bound, or every `OpenThread` of their lane has an outcome.

    By then a thread of ours is bound; one that is not is somebody else's, and its words are forgotten.
    """

    def __init__(self, desk: Desk, store: Store) -> None:
        self._desk = desk
        self._store = store
        self._patience = Patience()

    async def __call__(self, now: datetime) -> None:
        ready = await self._store.parked.ready(now)
        self._patience.keep_only(event.key for event in ready)
        waiting: set[ThreadRef | None] = set()
        for event in ready:
            if event.thread in waiting:
                continue  # nothing overtakes earlier words of its thread
            settled = self._patience.allows(event.key, now) and await self._settle(event, now)
            if not settled and event.at > now - AT_MOST:
                waiting.add(event.thread)

    async def _settle(self, event: PersonWrote, now: datetime) -> bool:
        """False: it stays, for another try."""
        try:
            if event.thread is not None and await self._store.threads.ticket_of(event.thread) is not None:
                crashpoint("parked.before_take_up")
                await self._desk.handle(event)
                crashpoint("parked.taken_up")
            else:
                log.debug("parked_words_were_not_for_us", scope=event.key.scope)
        except StoreTrouble:
            raise  # not this row's fault: all of them wait for the database
        except Exception as error:  # noqa: BLE001 — one bad row must not stop the others
            self._patience.tried(event.key, now, error)
            return False
        await self._store.parked.remove(event.key)
        return True
