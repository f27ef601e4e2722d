"""Looks at a database without changing it, for `handrail doctor`."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bridge.domain.errors import StoreTrouble
from bridge.store.address import Dialect, parse_url
from bridge.store.alone import Alone
from bridge.store.claims import moment
from bridge.store.database import Database
from bridge.store.strands import run

STEPS = Path(__file__).parent / "migrations"
FULL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    dialect: Dialect
    file: Path | None
    """Of SQLite."""
    made: bool
    """There is a database at all."""
    pending: tuple[str, ...] = ()
    """Migrations this version has and the database has not."""
    newer: tuple[str, ...] = ()
    """Those the database has and this version does not know."""
    durable: bool = True
    """A commit is on disk when it is answered."""
    version: str = ""
    clock: datetime | None = None
    """The database's own time, if it has one."""
    in_use: bool | None = None
    """A daemon runs on this SQLite file. None: PostgreSQL serves several."""


async def check_up(url: str) -> Checkup:
    """Raises: ValueError for an address that is none, StoreTrouble when the database cannot be opened."""
    file = _file_of(url)
    if file is not None and not _is_there(file):
        return Checkup(dialect="sqlite", file=file, made=False)
    database = await Database.open(url)
    try:
        return await _read(database, file)
    finally:
        await database.close()


def _file_of(url: str) -> Path | None:
    address = parse_url(url)
    return Path(address.path).expanduser() if address.dialect == "sqlite" else None


def _is_there(file: Path) -> bool:
    return file.exists()


async def _read(database: Database, file: Path | None) -> Checkup:
    known = {step.stem for step in STEPS.glob("[0-9]*.py")}
    with database.reads() as connection:
        table = "sqlite_master WHERE type = 'table' AND name" if file else "information_schema.tables WHERE table_name"
        made = await run(connection, f"SELECT 1 AS there FROM {table} = 'tortoise_migrations'")  # noqa: S608 - constants
        applied = (
            {row["name"] for row in await run(connection, "SELECT name FROM tortoise_migrations")} if made else set()
        )
        if file is not None:
            ((mode,),) = [list(row.values()) for row in await run(connection, "PRAGMA journal_mode")]
            ((sync,),) = [list(row.values()) for row in await run(connection, "PRAGMA synchronous")]
            ((version,),) = [list(row.values()) for row in await run(connection, "SELECT sqlite_version()")]
            durable, clock = str(mode) == "wal" and int(sync) >= FULL, None
        else:
            (row,) = await run(
                connection, "SELECT clock_timestamp() AS now, current_setting('synchronous_commit') AS sync"
            )
            ((version,),) = [list(one.values()) for one in await run(connection, "SHOW server_version")]
            durable, clock = row["sync"] != "off", moment(row["now"])
    return Checkup(
        dialect=database.dialect, file=file, made=bool(made), pending=tuple(sorted(known - applied)),
        newer=tuple(sorted(applied - known)), durable=durable, version=str(version), clock=clock,
        in_use=_in_use(file) if file else None,
    )  # fmt: skip


def _in_use(file: Path) -> bool:
    alone = Alone(str(file))
    try:
        alone.claim()
    except StoreTrouble:
        return True
    alone.release()
    return False
