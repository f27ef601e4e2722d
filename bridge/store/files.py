"""Files: bytes in the object store, what is known of them in rows. Bytes come first and go last."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Final

from bridge.domain.errors import AlreadySeen, StoreTrouble
from bridge.domain.events import EventKey
from bridge.domain.fanout.files import fetched
from bridge.domain.file_links import NO_LINKS, Links, Signer
from bridge.domain.files import FileState, KeptFile, Received
from bridge.domain.refs import TicketId, new_id
from bridge.domain.words import Message
from bridge.store.bulk import insert
from bridge.store.database import Database
from bridge.store.file_rows import file_values, show, to_file
from bridge.store.keeping_models import FileRow, SiteKeyRow
from bridge.store.now import Now
from bridge.store.spool import Spool
from bridge.store.vault import Vault
from bridge.store.writer import Tx, Writer

LINKS: Final = "file-links"
AT_ONCE: Final = 200
TAKEN_FOR: Final = timedelta(minutes=3)
"""A fetch that has not ended by then was cut off: the file is wanted again."""


class Files:
    def __init__(self, database: Database, writer: Writer, vault: Vault, clock: Now) -> None:
        self._database = database
        self._writer = writer
        self._vault = vault
        self._clock = clock
        self._link_key: bytes | None = None

    async def keep(
        self, spool: Spool, received: Received, *, uploader: str, bot: str | None = None, key: EventKey | None = None
    ) -> tuple[KeptFile, bool]:
        """Keep a file that was sent; with the same key again it is the first one, and True.

        Raises: AlreadySeen when the key was used for something else, StoreTrouble.
        """
        digest = _digest(key) if key is not None else None
        if digest is not None and (before := await self._by_key(digest)) is not None:
            return _same(before, received), True
        file = KeptFile(
            id=new_id("fil"), uploader=uploader, state=FileState.KEPT, name=received.name, bot=bot,
            created_at=self._clock.now(), content_type=received.content_type, size=received.size,
            digest=received.digest,
        )  # fmt: skip
        await self._vault.put(file.id, spool.pieces())
        try:
            kept = await self._writer.work(partial(_keep, file, key, digest))
        except Exception:
            await self.let_go([file.id])
            raise
        if kept.id == file.id:
            return kept, False
        await self.let_go([file.id])
        return _same(kept, received), True

    async def get(self, file_id: str) -> KeptFile | None:
        with self._database.reads() as connection:
            row = await FileRow.filter(id=file_id).using_db(connection).first()
            return to_file(row) if row else None

    async def of_ticket(self, ticket: TicketId) -> list[KeptFile]:
        with self._database.reads() as connection:
            rows = await FileRow.filter(ticket=ticket).order_by("created_at", "id").using_db(connection)
            return [to_file(row) for row in rows]

    async def pieces(self, file: KeptFile) -> AsyncIterator[bytes] | None:
        """Its bytes, None when they are not here (any more). Raises: StoreTrouble."""
        return await self._vault.pieces(file.id) if file.state is FileState.KEPT else None

    async def link_key(self) -> bytes:
        """What this site signs its links with; made when it is needed first."""
        if self._link_key is None:
            self._link_key = await self._writer.work(_link_key)
        return self._link_key

    async def links(self, messages: Iterable[Message], base: str, now: datetime) -> Links:
        """Links to the files of these messages, good for a while from now."""
        kept = [each for message in messages for each in message.attachments if each.file_id and each.size is not None]
        if not kept:
            return NO_LINKS
        signer = Signer(base, await self.link_key())
        return {each.file_id: signer.link(each.file_id, each.name, now) for each in kept if each.file_id}

    # ── files that are fetched ─────────────────────────────────────────────

    async def take_wanted(self, now: datetime, limit: int) -> list[KeptFile]:
        """Files to be fetched now; whoever takes them has a while in which nobody else does."""
        if not await self._any(state=FileState.WANTED.value, due__lte=now):
            return []  # the usual case asks nothing of the writer

        async def job(tx: Tx) -> list[KeptFile]:
            which = FileRow.filter(state=FileState.WANTED.value, due__lte=now).order_by("due").limit(limit)
            rows = await which.using_db(tx.connection).select_for_update(skip_locked=True)
            for row in rows:
                row.attempts += 1
            taken = FileRow.filter(id__in=[row.id for row in rows]).using_db(tx.connection)
            for attempts in {row.attempts for row in rows}:
                same = taken.filter(attempts=attempts - 1)
                await same.update(attempts=attempts, due=now + TAKEN_FOR)
            return [to_file(row) for row in rows]

        return await self._writer.work(job)

    async def fetched(self, file: KeptFile, spool: Spool, received: Received) -> None:
        """A wanted file is here. Raises: StoreTrouble."""
        await self._vault.put(file.id, spool.pieces())
        changes = {
            "name": received.name, "content_type": received.content_type, "size": received.size,
            "digest": received.digest,
        }  # fmt: skip
        if not await self._is_now(file, FileState.KEPT, changes):
            await self.let_go([file.id])

    async def not_fetched(self, file: KeptFile, reason: str, *, again: datetime | None) -> None:
        """It could not be fetched: it is tried again then, or never."""

        async def later(tx: Tx) -> None:
            await FileRow.filter(id=file.id).using_db(tx.connection).update(due=again)

        if again is not None:
            await self._writer.work(later)
        else:
            await self._is_now(file, FileState.FAILED, {"reason": reason})

    async def _is_now(self, file: KeptFile, state: FileState, changes: dict[str, object]) -> bool:
        """Alone, with its ticket locked: a decision that changes the same message neither undoes it nor is undone."""
        tickets = (file.ticket,) if file.ticket is not None else ()
        return await self._writer.work(partial(_settle, file, state, changes), tickets, alone=True)

    # ── forgetting ─────────────────────────────────────────────────────────

    async def unnamed(self, before: datetime, limit: int = AT_ONCE) -> list[str]:
        """Files that came before then and that no message names."""
        with self._database.reads() as connection:
            which = FileRow.filter(message=None, created_at__lt=before).order_by("created_at").limit(limit)
            found = await which.using_db(connection).values_list("id", flat=True)
            return [str(name) for name in found]

    async def delete(self, ids: Sequence[str], *, only_unnamed: bool = False) -> int:
        """Forget these files: first what is known of them, then their bytes; how many there were.

        Repeatable; what a crash leaves of the bytes, `sweep_orphans` finds. Raises: StoreTrouble.
        """

        async def job(tx: Tx) -> list[str]:
            which = FileRow.filter(id__in=list(ids))
            which = which.filter(message=None) if only_unnamed else which
            rows = await which.using_db(tx.connection).select_for_update()
            gone = [row.id for row in rows]
            await FileRow.filter(id__in=gone).using_db(tx.connection).delete()
            return gone

        # Alone: a message of the same batch that names one of them is written down first, or finds it gone.
        gone = await self._writer.work(job, alone=only_unnamed) if ids else []
        if gone:
            await self._vault.delete(gone)
        return len(gone)

    async def sweep_orphans(self, before: datetime) -> int:
        """Forget bytes that were put before then and that no row knows: a crash left them. How many there were."""
        if not self._vault.may_hold_any() or not (self._vault.folder or await self._any()):
            return 0
        swept = 0
        async for batch in self._vault.names():
            old = [name for name, at in batch if at < before and name.startswith("fil_")]
            with self._database.reads() as connection:
                found = await FileRow.filter(id__in=old).using_db(connection).values_list("id", flat=True)
            orphans = sorted(set(old) - {str(name) for name in found})
            await self._vault.delete(orphans)
            swept += len(orphans)
        return swept

    async def _any(self, **which: object) -> bool:
        with self._database.reads() as connection:
            return await FileRow.filter(**which).using_db(connection).exists()

    async def _by_key(self, digest: str) -> KeptFile | None:
        with self._database.reads() as connection:
            row = await FileRow.filter(key=digest).using_db(connection).first()
            return to_file(row) if row else None

    async def let_go(self, names: Sequence[str]) -> None:
        """The bytes of files that no row knows any more."""
        # What stays behind is swept later.
        with contextlib.suppress(StoreTrouble):
            await self._vault.delete(names)


def _digest(key: EventKey) -> str:
    return sha256(f"{key.scope}\0{key.key}".encode()).hexdigest()


def _same(before: KeptFile, received: Received) -> KeptFile:
    if (before.digest, before.name) != (received.digest, received.name):
        raise AlreadySeen("the key was used before with another file")
    return before


async def _keep(file: KeptFile, key: EventKey | None, digest: str | None, tx: Tx) -> KeptFile:
    if key is not None:
        row = await FileRow.filter(key=digest).using_db(tx.connection).first()
        if row is not None:
            return to_file(row)
        if await tx.is_new(key, file.digest or ""):
            tx.remember(key, file.digest or "", None)
    await insert(tx.connection, FileRow, [file_values(file, key=digest)])
    return file


async def _settle(file: KeptFile, state: FileState, changes: dict[str, object], tx: Tx) -> bool:
    """What became of a wanted file, shown where it is named; False when nobody wants it any more."""
    which = FileRow.filter(id=file.id, state=FileState.WANTED.value).using_db(tx.connection)
    if not await which.update(state=state.value, due=None, **changes):
        return False
    row = await FileRow.filter(id=file.id).using_db(tx.connection).get()
    settled = to_file(row)
    await show(tx.connection, settled)
    around = await tx.around(settled.ticket, settled.message)
    change = fetched(around.ticket, around.message(settled.message), settled.id)
    if change is not None:
        await tx.apply(change)
    tx.touch(file.ticket)
    return True


async def _link_key(tx: Tx) -> bytes:
    row = await SiteKeyRow.filter(name=LINKS).using_db(tx.connection).first()
    if row is None:
        # Two replicas may make one at once: the constraint lets one win, and the other reads it when it tries again.
        row = SiteKeyRow(name=LINKS, value=secrets.token_hex(32))
        await insert(tx.connection, SiteKeyRow, [{"name": row.name, "value": row.value}])
    return bytes.fromhex(row.value)
