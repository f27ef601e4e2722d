"""A desk over a real store and a real rulebook."""

import pytest

from tests.desk.house import House, book_for


@pytest.fixture
def house(sqlite_store, clock, tmp_path) -> House:
    return House(sqlite_store, book_for(tmp_path), clock)
