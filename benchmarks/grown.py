"""A site in use for years: one whole ticket, told by the real desk, copied a million times in the database.

The copies are made by the database itself (`INSERT … SELECT` over the rows of the first), so that a million tickets
with all their rows take minutes instead of hours. SQLite's planner is given no statistics, as on any site: after an
`ANALYZE` it takes the column of open conversations, which is NULL in every closed ticket, for useless and scans.
"""

import contextlib
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
from tortoise.models import Model
from yarl import URL

from bridge.domain.deliveries import Ending
from bridge.domain.events import Intent, Verb
from bridge.domain.refs import Lane, bot_lane
from bridge.ports.clock import SystemClock
from bridge.store import Store, migrate, models
from bridge.store import delivery_models as delivery
from tests.desk.house import ANA, SHOP, House, book_for

CHUNK = 50_000
RECENT = 50_000
"""Copies of rows that are kept for days only: what was delivered, told and answered."""
FIRST = 2_000_000
"""Numbers of the copies begin here, away from the tickets that are really opened."""

_N = "CAST(1000000000000 + n AS TEXT)"
COPIES: Mapping[type[Model], Mapping[str, str]] = {
    models.TicketRow: {
        "id": f"'tkt_00' || {_N}", "number": f"{FIRST} + n", "conversation": f"'conv-' || {_N}",
        "user": f"'usr_00' || {_N}",
    },
    models.UserRow: {"id": f"'usr_00' || {_N}", "external_id": f"'u-' || {_N}"},
    models.EntryRow: {"ticket": f"'tkt_00' || {_N}"},
    models.MessageRow: {
        "id": f"substr(t.id, 1, 30) || {_N}", "ticket": f"'tkt_00' || {_N}", "origin_message": f"'m' || {_N}",
    },
    models.FeedEntryRow: {
        "id": f"substr(t.id, 1, 30) || {_N}", "cursor": "1000000000 + n * 100 + cursor", "ticket": f"'tkt_00' || {_N}",
    },
    models.EventKeyRow: {"key": f"substr(key, 1, 40) || {_N}"},
    delivery.DeliveryRow: {
        "id": f"substr(t.id, 1, 30) || {_N}", "ticket": f"'tkt_00' || {_N}", "message": f"'msg_00' || {_N}",
    },
    delivery.PostRow: {"message": f"'msg_00' || {_N}", "post": f"post || {_N}"},
    delivery.ThreadRow: {"root": f"root || {_N}", "ticket": f"'tkt_00' || {_N}"},
}  # fmt: skip
"""What differs from copy to copy, by table; `n` counts them. All other columns are those of the first ticket."""
LASTING = (models.TicketRow, models.UserRow, models.EntryRow, models.MessageRow, delivery.ThreadRow)


async def one_whole_ticket(store: Store, folder: Path) -> None:
    """Escalated, claimed, answered, closed, and all of it delivered."""
    clock = SystemClock()
    house = House(store, book_for(folder), clock)  # type: ignore[arg-type] - the machine's time instead of a given one
    ticket = (await house.escalates("template")).ticket.id
    thread = await house.opened_thread(ticket)
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.user_says(ticket, "And the refund? I have been waiting since Monday.", external_id="said-1")
    await house.writes_in_console(ANA, "It is on its way.", ticket, Intent.REPLY)
    await house.presses(ANA, Verb.CLOSE, ticket)
    for lane in (thread.lane, bot_lane(SHOP)):
        await deliver_all(store, lane, clock)


async def deliver_all(store: Store, lane: Lane, clock: SystemClock) -> None:
    fence = await store.lanes.lease(lane, "grown", 60)
    while taken := await store.outbox.take(lane, clock.now(), 50, fence):
        for one in taken:
            await store.outbox.finish(one, Ending.DONE, now=clock.now())


async def grown(url: str, copies: Mapping[type[Model], int]) -> None:
    """A migrated database with so many copies of the first ticket's rows, by table."""
    await migrate(url)
    store = await Store.open(url, clock=SystemClock())
    await store.start()
    with tempfile.TemporaryDirectory() as folder:
        await one_whole_ticket(store, Path(folder))
    await store.close()
    run = _in_sqlite if url.startswith("sqlite") else _in_postgres
    await run(url, copies)


def years(tickets: int) -> Mapping[type[Model], int]:
    """So many tickets closed, the last of them lately."""
    return {table: tickets if table in LASTING else min(tickets, RECENT) for table in COPIES}


def _statement(table: type[Model], changes: Mapping[str, str], numbers: str) -> str:
    columns = [name for name in _columns(table) if name != "ord"]
    values = ", ".join(re.sub(r"\b(post|root|key|cursor)\b(?!-)", r't."\1"', changes[c]) if c in changes else f't."{c}"'
                       for c in columns)  # fmt: skip
    names = ", ".join(f'"{name}"' for name in columns)
    # Names and expressions are our own; the numbers come from the loop below.
    return f'INSERT INTO "{_name(table)}" ({names}) SELECT {values} FROM "{_name(table)}_first" t, {numbers}'


def _name(table: type[Model]) -> str:
    return str(table._meta.db_table)  # noqa: SLF001 - Tortoise's own way to a model's table


def _columns(table: type[Model]) -> list[str]:
    return list(table._meta.fields_map)  # noqa: SLF001 - Tortoise's own way to a model's fields


async def _in_sqlite(url: str, copies: Mapping[type[Model], int]) -> None:
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-200000")
        for table, most in copies.items():
            connection.execute(f'CREATE TABLE "{_name(table)}_first" AS SELECT * FROM "{_name(table)}"')
            for start, end in _chunks(most):
                numbers = (
                    f"(WITH RECURSIVE c(n) AS (SELECT {start} UNION ALL SELECT n + 1 FROM c WHERE n < {end - 1}) "
                    "SELECT n FROM c)"
                )
                connection.execute(_statement(table, COPIES[table], numbers))
            connection.execute(f'DROP TABLE "{_name(table)}_first"')
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _in_postgres(url: str, copies: Mapping[type[Model], int]) -> None:
    where = URL(url)
    connection = await asyncpg.connect(host=where.query["host"], user="postgres", database=where.path.strip("/"))
    try:
        for table, most in copies.items():
            await connection.execute(f'CREATE TABLE "{_name(table)}_first" AS SELECT * FROM "{_name(table)}"')
            for start, end in _chunks(most):
                numbers = f"generate_series({start}, {end - 1}) AS n"
                await connection.execute(_statement(table, COPIES[table], numbers))
            await connection.execute(f'DROP TABLE "{_name(table)}_first"')
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _chunks(most: int) -> Iterator[tuple[int, int]]:
    for start in range(0, most, CHUNK):
        yield start, min(start + CHUNK, most)
