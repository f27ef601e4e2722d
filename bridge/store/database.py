"""Opening and closing the database, transactions, and what its errors mean."""

import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import ConfigurationError, DBConnectionError, OperationalError
from tortoise.exceptions import IntegrityError as IntegrityError  # noqa: PLC0414 - given on to the writer
from tortoise.transactions import in_transaction

from bridge.domain.errors import StoreTrouble
from bridge.store.address import READS, WRITES, Address, Dialect, parse_url, tortoise_config
from bridge.store.migrating import forward


class Database:
    """One database and its connections: one that writes, and those that read beside it."""

    def __init__(self, context: TortoiseContext, address: Address) -> None:
        self._context = context
        self.dialect: Dialect = address.dialect
        self.address = address

    @classmethod
    async def open(cls, url: str) -> "Database":
        address = parse_url(url)
        if address.dialect == "sqlite":
            _make_folder(address.path)
        context = TortoiseContext()
        database = cls(context, address)
        with database._here():
            try:
                await context.init(config=tortoise_config(url))
                for alias in (WRITES[address.dialect], READS[address.dialect]):
                    await context.connections.get(alias).create_connection(with_db=True)
                    await context.connections.get(alias).execute_query("SELECT 1")
                await database._check(context.connections.get(READS[address.dialect]))
            except TROUBLE as error:
                await database.close()
                raise StoreTrouble(f"the database cannot be opened: {_said(error)}") from error
        return database

    async def _check(self, connection: BaseDBAsyncClient) -> None:
        if self.dialect == "sqlite":
            found = await connection.execute_query_dict("PRAGMA quick_check(1)")
            if [list(row.values()) for row in found] != [["ok"]]:
                raise sqlite3.DatabaseError("the file is damaged; restore a backup (handrail never makes a new one)")

    async def close(self) -> None:
        with self._here(), contextlib.suppress(*TROUBLE):
            await self._context.close_connections()

    @contextmanager
    def _here(self) -> Iterator[None]:
        # Tortoise finds its connections by a context variable; setting it for each use keeps several open databases
        # apart and works in whatever task a caller runs. (The context's own `with` is for one task at a time.)
        token = _current_context.set(self._context)
        try:
            yield
        finally:
            _current_context.reset(token)

    @contextmanager
    def reads(self) -> Iterator[BaseDBAsyncClient]:
        """A connection beside the writer's: sees what is committed. Raises StoreTrouble when the database is away."""
        try:
            with self._here():
                yield self._context.connections.get(READS[self.dialect])
        except TROUBLE as error:
            raise StoreTrouble(f"the database cannot be read: {_said(error)}") from error

    @contextmanager
    def writes(self) -> Iterator[BaseDBAsyncClient]:
        """A connection for one statement that commits by itself. Raises the driver's errors as they are."""
        with self._here():
            yield self._context.connections.get(WRITES[self.dialect])

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[BaseDBAsyncClient]:
        """The writer's own transaction. Raises the driver's errors as they are."""
        with self._here():
            async with in_transaction(WRITES[self.dialect]) as connection:
                yield connection


TROUBLE: tuple[type[Exception], ...] = (
    OperationalError,
    DBConnectionError,
    ConfigurationError,
    sqlite3.DatabaseError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection the server is ending, used before its end was read
    OSError,
    TimeoutError,
)

_PASSING = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_OWN = (
    asyncpg.DataError,
    asyncpg.SyntaxOrAccessError,
    asyncpg.IntegrityConstraintViolationError,
    sqlite3.IntegrityError,
)


def _cause(error: BaseException) -> BaseException:
    inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
    return inner or error


def is_trouble(error: BaseException) -> bool:
    """The database is full, locked or away: nothing the caller did. Poisoned values are not."""
    # Tortoise counts a broken constraint among the operational errors.
    return isinstance(error, TROUBLE) and not isinstance(error, IntegrityError) and not isinstance(_cause(error), _OWN)


def is_passing(error: BaseException) -> bool:
    """Worth another try at once: two writers stood in each other's way."""
    return isinstance(_cause(error), _PASSING)


def _said(error: BaseException) -> str:
    return str(_cause(error)) or type(error).__name__


def _make_folder(path: str) -> None:
    folder = Path(path).expanduser().parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreTrouble(f"the folder {folder} cannot be made: {error.strerror}") from error
    if not os.access(folder, os.W_OK):
        raise StoreTrouble(f"the folder {folder} is not writable; SQLite keeps its WAL file there")
    with contextlib.suppress(OSError):  # SQLite says better what is wrong; its other files take over these rights
        os.close(os.open(Path(path).expanduser(), os.O_CREAT | os.O_RDWR, 0o600))


async def migrate(url: str) -> list[str]:
    """Bring the tables to this version; the names of the migrations that ran, none when all had.

    Raises: StoreTrouble; then nothing was changed.
    """
    database = await Database.open(url)
    try:
        async with database.transaction() as connection:
            return await forward(connection, tortoise_config(url))
    except TROUBLE as error:
        raise StoreTrouble(f"the migration stopped and changed nothing: {_said(error)}") from error
    finally:
        await database.close()
