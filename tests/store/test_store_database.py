"""Opening, migrating, restarting, and a database that is locked, full or away."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import stat
import sys
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

from bridge.domain.deliveries import DeliveryState
from bridge.domain.errors import StoreTrouble
from bridge.store import Store, migrate
from bridge.store.address import APP, parse_url, tortoise_config
from bridge.store.writer import Tx
from tests.conftest import OpenStore, Postgres
from tests.given_time import GivenClock
from tests.samples import SHOP, SUPPORT, asks, opening, opens, user_says

ALL = ["0001_first", "0002_it_holds", "0003_words_gone", "0004_slack"]


async def test_migrating_from_empty_runs_once_and_leaves_a_working_store(tmp_path: Path, open_store: OpenStore):
    url = f"sqlite://{tmp_path}/new/folder/handrail.db"

    assert await migrate(url) == ALL
    assert await migrate(url) == []

    store = await open_store(url)
    assert (await store.writer.decide(opens(opening()))).ticket.number == 1001
    assert stat.S_IMODE((tmp_path / "new/folder").stat().st_mode) == 0o700


async def test_postgres_migrates_from_empty_and_two_daemons_that_start_at_once_do_it_once(postgres: Postgres):
    name = await postgres.create_empty()

    ran = await asyncio.gather(*(migrate(name) for _ in range(3)))

    assert sorted(ran) == [[], [], ALL]
    await postgres.drop(name)


async def test_a_migration_that_was_cut_short_left_nothing_and_runs_again(tmp_path: Path):
    """The record of a migration and what it did are one transaction, so there is nothing in between to be found."""
    path = tmp_path / "handrail.db"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE users (mine TEXT)")
    with pytest.raises(StoreTrouble, match="changed nothing"):
        await migrate(f"sqlite://{path}")

    with contextlib.closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("users",)]
        other.execute("DROP TABLE users")
    assert await migrate(f"sqlite://{path}") == ALL


async def test_the_migrations_make_exactly_the_tables_of_the_models():
    context = TortoiseContext()
    with context:
        config = tortoise_config("sqlite://unused.db")
        await context.init(config=config, init_connections=False)
        assert context.apps is not None
        assert [
            writer.operations for writer in await MigrationAutodetector(context.apps, config["apps"]).changes()
        ] == []
    assert APP in config["apps"]


async def test_sqlite_keeps_its_promises_in_its_settings(migrated_file: Path, tmp_path: Path, open_store: OpenStore):
    shutil.copyfile(migrated_file, tmp_path / "a.db")
    store = await open_store(f"sqlite://{tmp_path}/a.db")
    found = {}

    async def look(tx: Tx) -> None:
        for pragma in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "secure_delete"):
            ((found[pragma],),) = (await tx.connection.execute_query(f"PRAGMA {pragma}"))[1]

    await store.writer.work(look)
    full = 2
    assert found == {
        "journal_mode": "wal",
        "synchronous": full,
        "busy_timeout": 5000,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


@pytest.mark.parametrize("url", ["", "mysql://x/y", "handrail.db", "sqlite://"])
def test_an_address_that_is_none_is_refused_with_a_sentence(url: str):
    with pytest.raises(ValueError, match=r"store\.url"):
        parse_url(url)


def test_a_refused_address_does_not_repeat_its_password():
    with pytest.raises(ValueError, match=r"store\.url") as refused:
        parse_url("mysql://user:hunter2@host/db")

    assert "hunter2" not in str(refused.value)


async def test_a_postgres_that_is_not_there_is_said_plainly(clock: GivenClock):
    with pytest.raises(StoreTrouble, match="cannot be opened"):
        await Store.open("postgres://u:hunter2@127.0.0.1:1/db", clock=clock)


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, clock: GivenClock):
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(StoreTrouble, match="file/x"):
        await Store.open(f"sqlite://{tmp_path}/file/x/handrail.db", clock=clock)


@pytest.fixture
def damaged_file(migrated_file: Path, tmp_path: Path) -> Path:
    path = tmp_path / "handrail.db"
    whole = bytearray(migrated_file.read_bytes())
    whole[4096 * 3 : 4096 * 6] = os.urandom(4096 * 3)
    path.write_bytes(whole)
    return path


async def test_a_damaged_file_is_refused(damaged_file: Path, clock: GivenClock):
    with pytest.raises(StoreTrouble, match=r"damaged|malformed"):
        await Store.open(f"sqlite://{damaged_file}", clock=clock)


SECOND = """
import asyncio, sys
from bridge.ports.clock import SystemClock
from bridge.store import Store

async def main():
    store = await Store.open(sys.argv[1], clock=SystemClock())
    await store.start(beside=len(sys.argv) > 2)
    await store.sessions.invite("ana")
    await store.close()

asyncio.run(main())
"""


async def test_a_second_daemon_on_one_file_is_refused_but_a_command_is_not(
    migrated_file: Path, tmp_path: Path, open_store: OpenStore, clock: GivenClock
):
    shutil.copyfile(migrated_file, tmp_path / "a.db")
    url = f"sqlite://{tmp_path}/a.db"
    store = await open_store(url)
    await store.writer.decide(opens(opening()))
    (taken,) = await store.outbox.take(SUPPORT, clock.now(), 1)

    async def second(*arguments: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SECOND, url, *arguments, stderr=asyncio.subprocess.PIPE
        )
        _, said = await process.communicate()
        return process.returncode, said.decode()

    code, said = await second()
    assert (code, "another handrail runs on this database" in said) == (1, True)
    assert (await second("beside"))[0] == 0
    assert [member.name for member in await store.sessions.members()] == ["ana"]
    assert [view.id for view in await store.outbox.views([DeliveryState.SENDING])] == [taken.id]


async def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path, clock: GivenClock):
    path = tmp_path / "handrail.db"
    path.write_bytes(b"no database at all, but long enough to look like one" * 100)

    with pytest.raises(StoreTrouble, match="cannot be opened"):
        await Store.open(f"sqlite://{path}", clock=clock)

    assert path.read_bytes().startswith(b"no database")


async def test_after_a_restart_what_was_on_its_way_is_unknown_and_all_else_is_there(
    migrated_file: Path, tmp_path: Path, open_store: OpenStore, clock: GivenClock
):
    shutil.copyfile(migrated_file, tmp_path / "a.db")
    url = f"sqlite://{tmp_path}/a.db"
    first = await open_store(url)
    change = opening()
    await first.writer.decide(opens(change, "k1"))
    (taken,) = await first.outbox.take(SUPPORT, clock.now(), 1)
    await first.close()

    second = await open_store(url)

    assert (await second.writer.decide(opens(opening(), "k1"))).replayed
    assert (await second.writer.decide(opens(opening()))).ticket.number == 1002
    (view,) = await second.outbox.views([DeliveryState.UNKNOWN])
    assert view.id == taken.id
    (again, _) = await second.outbox.take(SUPPORT, clock.now(), 2)
    assert (again.unknown, again.attempted_at) == (True, clock.now())


async def test_a_locked_database_is_trouble_and_the_writer_lives_on(
    migrated_file: Path, tmp_path: Path, open_store: OpenStore
):
    path = tmp_path / "a.db"
    shutil.copyfile(migrated_file, path)
    store = await open_store(f"sqlite://{path}?busy_timeout=50")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        outcomes = await asyncio.gather(
            *(store.writer.decide(opens(opening())) for _ in range(3)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [StoreTrouble] * 3
        other.execute("ROLLBACK")
        assert (await asyncio.wait_for(store.writer.decide(opens(opening())), 10)).ticket.number == 1001

        # Transactions are what they were before the trouble: they take their turn at the beginning.
        other.execute("PRAGMA busy_timeout = 1")

        async def job(_: Tx) -> None:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")

        await store.writer.work(job)


async def test_a_write_waits_for_another_process_instead_of_failing(
    migrated_file: Path, tmp_path: Path, open_store: OpenStore
):
    path = tmp_path / "a.db"
    shutil.copyfile(migrated_file, path)
    store = await open_store(f"sqlite://{path}")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(store.writer.decide(opens(opening())))
        done, _ = await asyncio.wait([writing], timeout=0.2)
        assert not done
        other.execute("COMMIT")

    assert (await writing).ticket.number == 1001


async def test_a_full_disk_is_trouble_until_there_is_room(migrated_file: Path, tmp_path: Path, open_store: OpenStore):
    shutil.copyfile(migrated_file, tmp_path / "a.db")
    store = await open_store(f"sqlite://{tmp_path}/a.db")
    change = opening()
    await store.writer.decide(opens(change))

    async def limit(pages: int) -> None:
        """How large the file may grow, for the connection that writes."""

        async def job(tx: Tx) -> None:
            await tx.connection.execute_query(f"PRAGMA max_page_count = {pages}")

        await store.writer.work(job)

    await limit(1)
    long = asks(change.ticket.id, lambda now: user_says(now.ticket, "x" * 1_000_000))
    with pytest.raises(StoreTrouble):
        await store.writer.decide(long)
    assert await store.messages.of(change.ticket.id) == []

    await limit(1_000_000)
    assert await store.writer.decide(long) is not None


async def test_a_store_that_was_not_started_takes_no_write(store_url: str, open_store: OpenStore):
    store = await open_store(store_url, start=False)

    with pytest.raises(StoreTrouble):
        await store.writer.decide(opens(opening()))


async def test_reading_tables_that_are_not_there_is_trouble(tmp_path: Path, open_store: OpenStore):
    store = await open_store(f"sqlite://{tmp_path}/empty.db", start=False)

    with pytest.raises(StoreTrouble):
        await store.tickets.list(SHOP)
