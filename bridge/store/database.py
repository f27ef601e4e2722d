"""Opening and closing the database, transactions, and what its errors mean."""

import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import ConfigurationError, DBConnectionError, OperationalError
from tortoise.exceptions import IntegrityError as IntegrityError  # noqa: PLC0414 - given on to the writer
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.transactions import in_transaction

from bridge.domain.errors import StoreTrouble

Dialect: TypeAlias = Literal["sqlite", "postgres"]

APP = "handrail"
MODELS = ["bridge.store.models", "bridge.store.delivery_models"]
# Tortoise caches statements by the connection's name; both dialects in one process need names of their own.
WRITES: dict[Dialect, str] = {"sqlite": "sqlite-writes", "postgres": "postgres-writes"}
READS: dict[Dialect, str] = {"sqlite": "sqlite-reads", "postgres": "postgres-reads"}
BUSY_TIMEOUT_MS = 5000


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed store url."""

    dialect: Dialect
    path: str = ""
    busy_timeout: int = BUSY_TIMEOUT_MS
    """Milliseconds a writer waits for another process."""
    credentials: tuple[tuple[str, str | int], ...] = ()


def parse_url(url: str) -> Address:
    """Read `sqlite://rel/path.db`, `sqlite:///abs/path.db` or `postgres://user:pw@host:port/db`.

    Raises: ValueError with a sentence that does not repeat the url, since it may hold a password.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path, _, query = url.removeprefix("sqlite://").partition("?")
        if not path:
            raise ValueError("store.url: the path of the SQLite file is missing (sqlite://data/handrail.db)")
        wait = dict(parse_qsl(query)).get("busy_timeout", "")
        return Address("sqlite", path=path, busy_timeout=int(wait) if wait.isdecimal() else BUSY_TIMEOUT_MS)
    if parts.scheme in ("postgres", "postgresql"):
        more = dict(parse_qsl(parts.query))
        found: dict[str, str | int] = {
            "user": unquote(parts.username or "postgres"),
            "database": unquote(parts.path.removeprefix("/")) or "postgres",
            "host": more.get("host") or parts.hostname or "localhost",
            "port": parts.port or 5432,
        }
        if parts.password is not None:
            found["password"] = unquote(parts.password)
        if "sslmode" in more:
            found["ssl"] = more["sslmode"]
        return Address("postgres", credentials=tuple(found.items()))
    raise ValueError("store.url begins with neither sqlite:// nor postgres://")


def _connection(address: Address, *, reads: bool) -> dict[str, Any]:
    if address.dialect == "sqlite":
        pragmas = {
            "journal_mode": "WAL",
            # A 2xx is a promise: what was committed is on disk, also after a power cut.
            "synchronous": "FULL",
            "busy_timeout": address.busy_timeout,
            "foreign_keys": "ON",
            "secure_delete": "ON",
            "journal_size_limit": 64 * 1024 * 1024,
        }
        if reads:
            pragmas["query_only"] = "ON"
        return {"engine": "bridge.store.sqlite_client", "credentials": {"file_path": address.path, **pragmas}}
    return {
        "engine": "bridge.store.postgres_client",
        "credentials": {
            **dict(address.credentials),
            # One connection writes; a second one is there while a lost one is being replaced.
            "minsize": 1,
            "maxsize": 8 if reads else 2,
            "application_name": "handrail",
            "command_timeout": 30,
            "timeout": 10,
            "server_settings": {"timezone": "UTC", "synchronous_commit": "on"},
        },
    }


def tortoise_config(url: str) -> dict[str, Any]:
    """Tortoise's own form of configuration, for its `tortoise` command as well."""
    address = parse_url(url)
    writes, reads = WRITES[address.dialect], READS[address.dialect]
    return {
        "connections": {writes: _connection(address, reads=False), reads: _connection(address, reads=True)},
        "apps": {APP: {"models": MODELS, "default_connection": writes, "migrations": "bridge.store.migrations"}},
        "use_tz": True,
        "timezone": "UTC",
    }


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


async def migrate(url: str) -> list[str]:
    """Bring the tables to this version, forward only; the names of the migrations that ran."""
    database = await Database.open(url)
    try:
        with database._here():  # noqa: SLF001 - the class's own module
            connection = database._context.connections.get(WRITES[database.dialect])  # noqa: SLF001 - the same
            executor = MigrationExecutor(connection, tortoise_config(url)["apps"])
            before = set(await MigrationRecorder(connection).applied_migrations())
            try:
                await executor.migrate([MigrationTarget(app_label=APP, name="__latest__")], direction="forward")
            except TROUBLE as error:
                raise StoreTrouble(f"the migration stopped: {_said(error)}") from error
            after = await MigrationRecorder(connection).applied_migrations()
            return [key.name for key in after if key not in before]
    finally:
        await database.close()
