"""A look at a database for `handrail doctor`: it changes nothing. Both databases."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.domain.errors import StoreTrouble
from bridge.store.checkup import check_up
from tests.conftest import Postgres


async def test_a_sound_database_is_said_to_be_so(store_url: str):
    found = await check_up(store_url)

    assert (found.made, found.pending, found.newer, found.durable) == (True, (), (), True)
    assert found.version
    if found.dialect == "postgres":
        assert found.clock is not None
        assert abs(found.clock - datetime.now(UTC)) < timedelta(minutes=1)
        assert found.in_use is None
    else:
        assert found.in_use is False


async def test_a_file_that_is_not_there_stays_so(tmp_path: Path):
    found = await check_up(f"sqlite://{tmp_path}/none.db")

    assert not found.made
    assert not await asyncio.to_thread((tmp_path / "none.db").exists)


async def test_an_empty_database_has_all_migrations_before_it(postgres: Postgres):
    url = await postgres.create_empty()

    found = await check_up(url)

    assert (found.made, len(found.pending) >= 2) == (False, True)
    await postgres.drop(url)


async def test_a_database_that_is_away_is_said_plainly():
    with pytest.raises(StoreTrouble, match="cannot be opened"):
        await check_up("postgres://u:hunter2@127.0.0.1:1/db")
