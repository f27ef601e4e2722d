"""Events that could not be handled: how often each was tried, and which are put aside."""

from dataclasses import dataclass
from datetime import datetime

from bridge.domain.audit import Audited
from bridge.domain.events import EventKey
from bridge.store.database import Database
from bridge.store.keeping_models import QuarantineRow
from bridge.store.writer import Tx, Writer

AT_MOST = 5
"""Failed tries after which an event is left aside for good."""
SHOWN = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAside:
    """An event nobody could handle. `reason` is the error's kind and place, never its text."""

    key: EventKey
    what: str
    attempts: int
    reason: str
    since: datetime


class Quarantine:
    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    async def failed(self, key: EventKey, what: str, reason: str, at: datetime) -> int:
        """Count a try that failed, in a transaction of its own; how many there were."""

        async def job(tx: Tx) -> int:
            which = QuarantineRow.filter(scope=key.scope, key=key.key).using_db(tx.connection)
            row = await which.select_for_update().first()
            if row is None:
                row = QuarantineRow(
                    scope=key.scope, key=key.key, what=what, attempts=1, reason=reason, first_at=at, last_at=at
                )
            else:
                row.attempts, row.reason, row.last_at = row.attempts + 1, reason, at
            await row.save(using_db=tx.connection)
            return row.attempts

        return await self._writer.work(job)

    async def put_aside(self) -> list[PutAside]:
        """The latest of those that are not tried any more."""
        with self._database.reads() as connection:
            which = QuarantineRow.filter(attempts__gte=AT_MOST).order_by("-ord").limit(SHOWN)
            return [
                PutAside(
                    key=EventKey(row.scope, row.key), what=row.what, attempts=row.attempts, reason=row.reason,
                    since=row.first_at,
                )
                for row in await which.using_db(connection)
            ]  # fmt: skip

    async def of(self, scope: str) -> frozenset[EventKey]:
        """All of a scope that are not tried any more."""
        with self._database.reads() as connection:
            which = QuarantineRow.filter(scope=scope, attempts__gte=AT_MOST).using_db(connection)
            return frozenset(EventKey(scope, str(key)) for key in await which.values_list("key", flat=True))

    async def holds(self, key: EventKey) -> bool:
        """Is it put aside still?"""
        with self._database.reads() as connection:
            which = QuarantineRow.filter(scope=key.scope, key=key.key, attempts__gte=AT_MOST)
            return await which.using_db(connection).exists()

    async def release(self, key: EventKey, *, by: Audited | None = None) -> bool:
        """Let it be tried again, once it is reported again; whether it was known."""

        async def job(tx: Tx) -> bool:
            which = QuarantineRow.filter(scope=key.scope, key=key.key).using_db(tx.connection)
            released = bool(await which.delete())
            if released and by is not None:
                tx.audit(by)
            return released

        return await self._writer.work(job)
