"""Moves a site's store to another database, of the same kind or the other.

Everything is written and compared in one transaction of the target: until it commits the target is empty, so a copy
that fails or is killed leaves nothing behind and is simply begun again.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from bridge.domain.audit import Audited
from bridge.domain.errors import StoreTrouble
from bridge.store import advisory
from bridge.store.address import Address, parse_url
from bridge.store.alone import Alone
from bridge.store.audit_rows import audit_row
from bridge.store.bulk import insert
from bridge.store.copied_rows import (
    Sum,
    go_on_after,
    is_empty,
    last_number,
    name_of,
    rows_of,
    sum_of,
    tables,
    write,
)
from bridge.store.database import TROUBLE, Database, migrate
from bridge.store.keeping_models import AuditRow
from bridge.store.strands import run

_APPLIED = "SELECT name FROM tortoise_migrations ORDER BY name"
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_TABLE_IN_PG = "SELECT 1 AS there FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
_TABLE_IN_SQLITE = "SELECT 1 AS there FROM sqlite_master WHERE type = 'table' AND name = $1"

OnProgress: TypeAlias = Callable[[str, int], None]
"""Table, rows written so far."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One table."""

    table: str
    before: Sum
    after: Sum

    @property
    def same(self) -> bool:
        return self.before == self.after


async def count(source: str, target: str) -> Sequence[Copied]:
    """What a copy would move. Nothing is written, and a target that is not there yet is not made.

    Raises: StoreTrouble with a sentence, ValueError for an address that is none.
    """
    async with _apart(source, target):
        if _is_there(parse_url(target)):
            await _refuse_unless_empty(target)
        async with _reading(source) as old:
            sums = [(name_of(model), await sum_of(old, model)) for model in tables()]
    return [Copied(name, total, total) for name, total in sums]


async def copy(source: str, target: str, audited: Audited, on_progress: OnProgress) -> Sequence[Copied]:
    """Copy everything; the target keeps it only if every table is the same there.

    Raises: StoreTrouble with a sentence, ValueError for an address that is none.
    """
    async with _apart(source, target):
        if _is_there(parse_url(target)):
            await _refuse_unless_empty(target)
        await migrate(target)
        try:
            return await _copy(source, target, audited, on_progress)
        except TROUBLE as error:
            raise StoreTrouble(f"the copy stopped, and the target is empty again: {type(error).__name__}") from error


class _Different(Exception):
    """The tables, not all of them the same."""

    def __init__(self, found: Sequence[Copied]) -> None:
        super().__init__()
        self.found = found


async def _copy(source: str, target: str, audited: Audited, on_progress: OnProgress) -> Sequence[Copied]:
    async with _reading(source) as old, _opened(target) as made:
        try:
            async with made.transaction() as new:
                if await run(old, _APPLIED) != await run(new, _APPLIED):
                    raise StoreTrouble("the site's tables are of an older version; run handrail migrate first")
                found = [await _copy_table(model, old, new, on_progress) for model in tables()]
                _insist(found)
                await insert(new, AuditRow, [audit_row(audited)])
        except _Different as different:
            return different.found
    return found


def _insist(found: Sequence[Copied]) -> None:
    """Raises: _Different, which ends the transaction without a commit."""
    if not all(each.same for each in found):
        raise _Different(found)


async def _copy_table(
    model: type[Model], old: BaseDBAsyncClient, new: BaseDBAsyncClient, on_progress: OnProgress
) -> Copied:
    before = Sum()
    async for chunk in rows_of(old, model):
        for row in chunk:
            before = before.with_row(row)
        await write(new, model, chunk)
        on_progress(name_of(model), before.rows)
    await go_on_after(new, model, await last_number(old, model))
    return Copied(name_of(model), before, await sum_of(new, model))


# ── the two databases ─────────────────────────────────────────────────────


@asynccontextmanager
async def _apart(source: str, target: str) -> AsyncIterator[None]:
    """Both to ourselves: no daemon runs on either, and none can start.

    Raises: StoreTrouble.
    """
    old, new = parse_url(source), parse_url(target)
    if _place(old) == _place(new):
        raise StoreTrouble("the copy would go where the site is already")
    if not _is_there(old):
        raise StoreTrouble(f"there is no site to copy: {old.path} does not exist")
    async with AsyncExitStack() as left:
        await _claim(old, left, "a handrail runs on this site; stop it first, so that nothing changes under the copy")
        await _claim(new, left, "a handrail runs on the target; stop it first")
        yield


async def _claim(address: Address, left: AsyncExitStack, refusal: str) -> None:
    if address.dialect == "sqlite":
        if not _is_there(address):
            return  # nobody runs on what is not there; a lock would have to make its folder
        alone = Alone(address.path)
        try:
            alone.claim()
        except StoreTrouble:
            raise StoreTrouble(refusal) from None
        left.callback(alone.release)
        return
    try:
        connection = await advisory.connect(address)
    except TROUBLE as error:
        raise StoreTrouble(f"the database cannot be opened: {error}") from error
    left.push_async_callback(connection.close)
    if not await advisory.lock_alone(connection):
        raise StoreTrouble(refusal)


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _reading(url: str) -> AsyncIterator[BaseDBAsyncClient]:
    """One picture of the whole site, also while somebody's command writes."""
    async with _opened(url) as database:
        if not await _has(database, "tortoise_migrations"):
            raise StoreTrouble("there is no site to copy: the database has no tables of ours")
        async with database.transaction() as connection:
            if database.dialect == "postgres":
                await connection.execute_query(_SNAPSHOT)
            yield connection


async def _refuse_unless_empty(url: str) -> None:
    async with _opened(url) as database:
        with database.reads() as connection:
            for model in tables():
                if await _has(database, name_of(model)) and not await is_empty(connection, model):
                    raise StoreTrouble(
                        f"the target is not empty: its table {name_of(model)} has rows. Name an empty database"
                    )


async def _has(database: Database, table: str) -> bool:
    with database.reads() as connection:
        return bool(
            await run(connection, _TABLE_IN_PG if database.dialect == "postgres" else _TABLE_IN_SQLITE, [table])
        )


def _is_there(address: Address) -> bool:
    return address.dialect == "postgres" or Path(address.path).expanduser().exists()


def _place(address: Address) -> object:
    if address.dialect == "sqlite":
        return Path(address.path).expanduser().resolve()
    wanted = dict(address.credentials)
    return wanted["host"], wanted["port"], wanted["database"]
