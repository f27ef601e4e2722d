"""Where a site keeps what it knows, and what of it a killed process leaves behind."""

import asyncio
import shutil
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import asyncpg

HURRY = 10
"""The database's own clock, which judges leases, runs so much faster than ours: given time passes quickly."""
GIVEN_CLOCK = f"""
    CREATE SCHEMA given;
    CREATE TABLE given.began AS SELECT pg_catalog.clock_timestamp() AS at;
    CREATE FUNCTION given.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
        $$ SELECT at + (pg_catalog.clock_timestamp() - at) * {HURRY} FROM given.began $$;
"""


class Disk(Protocol):
    """One site's database."""

    sockets: bool
    """Is it reached over sockets, in real time?"""

    @property
    def url(self) -> str: ...

    def outlives(self) -> None:
        """The process is dead: nothing it still does may reach what it left."""
        ...


class File:
    """SQLite: the next process finds a copy of the files as they were at that moment, whole transactions or not."""

    sockets = False

    def __init__(self, folder: Path, template: Path) -> None:
        self._folder = folder
        self._file = folder / "0.db"
        self._copies = 0
        shutil.copyfile(template, self._file)

    @property
    def url(self) -> str:
        return f"sqlite://{self._file}"

    def outlives(self) -> None:
        self._copies += 1
        fresh = self._folder / f"{self._copies}.db"
        for tail in ("", "-wal"):
            source = Path(f"{self._file}{tail}")
            if source.exists():
                shutil.copyfile(source, f"{fresh}{tail}")
        self._file = fresh


class Server:
    """PostgreSQL: it notices that its client died, and rolls back what was not committed."""

    sockets = True

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self._name = parts.path.removeprefix("/")
        self._host = parse_qs(parts.query)["host"][0]
        asyncio.run(self._do(self._name, GIVEN_CLOCK))
        asyncio.run(self._do("postgres", f'ALTER DATABASE "{self._name}" SET search_path = given, pg_catalog, public'))

    def outlives(self) -> None:
        asyncio.run(
            self._do(
                "postgres", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._name}'"
            )
        )

    async def _do(self, database: str, statement: str) -> None:
        connection = await asyncpg.connect(host=self._host, user="postgres", database=database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
