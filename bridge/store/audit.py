"""The audit: rows are added and read. That nobody changes or deletes one, the database itself sees to."""

from datetime import datetime

from tortoise.expressions import Q

from bridge.domain.audit import Audited, AuditPage
from bridge.store.audit_rows import to_audited
from bridge.store.cursors import cursor_of, read_cursor
from bridge.store.database import Database
from bridge.store.keeping_models import AuditRow
from bridge.store.writer import Tx, Writer

PAGE = 500


class Audit:
    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    async def write(self, audited: Audited) -> None:
        """Add a row by itself. What is audited together with another write goes through `Tx.audit` or `Ask.audit`."""

        async def job(tx: Tx) -> None:
            tx.audit(audited)

        await self._writer.work(job)

    async def page(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        action: str | None = None,
        about: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> AuditPage:
        """Latest first. `action` is a whole action or the noun before its dot, `about` the object of the act."""
        limit = min(limit, PAGE)
        which = Q()
        if since is not None:
            which &= Q(at__gte=since)
        if until is not None:
            which &= Q(at__lt=until)
        if action is not None:
            which &= Q(action=action) | Q(action__startswith=f"{action}.")
        if about is not None:
            which &= Q(object=about)
        if (after := read_cursor(cursor, int)) is not None:
            which &= Q(ord__lt=after[0])
        with self._database.reads() as connection:
            rows = await AuditRow.filter(which).order_by("-ord").limit(limit + 1).using_db(connection)
        further = cursor_of(rows[limit - 1].ord) if len(rows) > limit else None
        return AuditPage(rows=tuple(to_audited(row) for row in rows[:limit]), next=further)
