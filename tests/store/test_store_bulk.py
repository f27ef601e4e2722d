"""Many rows of several tables in one go: one turn of SQLite's thread, one statement of PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tortoise.exceptions import OperationalError

from bridge.store.bulk import Bulk
from bridge.store.database import Database
from bridge.store.models import BotRow, CounterRow, TimerRow, UserRow

AT = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))


@pytest.fixture
async def database(store_url: str) -> AsyncIterator[Database]:
    found = await Database.open(store_url)
    yield found
    await found.close()


def user(number: int, **said: object) -> dict[str, object]:
    told = {"name": None, "locale": None, "timezone": None, "avatar_url": None, "email": None, "verified": False}
    return {"id": f"usr_{number}", "bot": "shop", "external_id": f"u{number}", **told, **said}


async def test_rows_of_several_tables_arrive_as_they_are_in_their_order(database: Database):
    timers = [{"ticket": f"tkt_{9 - n}", "kind": "waiting", "subject": "", "due": AT} for n in range(9)]
    async with database.transaction() as connection:
        bulk = Bulk(connection)
        bulk.insert(UserRow, [user(1, name="Zoë 'O\"Neill\\ {1,NULL}", verified=True), user(2)])
        bulk.insert(TimerRow, timers)
        bulk.insert(BotRow, [{"name": "shop", "cursor": 2**40}])
        bulk.insert(CounterRow, [])
        await bulk.send()
    with database.reads() as connection:
        users = await UserRow.all().order_by("id").using_db(connection)
        kept = await TimerRow.all().order_by("ord").using_db(connection)
        bot = await BotRow.get(name="shop").using_db(connection)
    assert [(one.name, one.verified) for one in users] == [("Zoë 'O\"Neill\\ {1,NULL}", True), (None, False)]
    assert [one.ticket for one in kept] == [row["ticket"] for row in timers]
    assert {one.due for one in kept} == {AT.astimezone(UTC)}
    assert bot.cursor == 2**40


async def test_a_row_that_stands_is_brought_up_to_date_but_for_what_is_kept(database: Database):
    async with database.transaction() as connection:
        bulk = Bulk(connection)
        bulk.insert(UserRow, [user(1, name="Mara", email="m@shop.example")])
        await bulk.send()
        bulk.upsert(UserRow, [user(1, name="Mara B.", external_id="other"), user(2)], ("id",), "bot", "external_id")
        await bulk.send()
        await bulk.send()  # nothing waits any more
    with database.reads() as connection:
        first, second = await UserRow.all().order_by("id").using_db(connection)
    assert (first.name, first.email, first.external_id) == ("Mara B.", None, "u1")
    assert second.external_id == "u2"


@pytest.mark.parametrize("store_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_a_value_too_long_for_its_column_is_refused_not_cut(database: Database):
    async with database.transaction() as connection:
        bulk = Bulk(connection)
        bulk.insert(UserRow, [user(1), user(2, name="x" * 513)])
        with pytest.raises(OperationalError, match="too long"):
            await bulk.send()
    with database.reads() as connection:
        assert not await UserRow.all().using_db(connection)
