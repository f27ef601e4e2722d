"""The same on PostgreSQL. Its answers come over sockets, so that no run of a seed is quite like another."""

import asyncio
import gc

import pytest

from tests.simulation.disks import Server
from tests.simulation.rules import the_book
from tests.simulation.run import Run

pytestmark = [
    pytest.mark.postgres,
    # A killed process closes nothing, and says so when its memory is cleared away.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def cleared_away():
    """Here, where it may be said, and not in the middle of whatever test comes next."""
    yield
    gc.collect()


@pytest.mark.parametrize("seed", [3, 5, 11])
def test_on_postgresql_too_the_middle_the_world_and_the_model_agree(seed, postgres, tmp_path):
    url = asyncio.run(postgres.create())
    ran = Run(seed, Server(url), the_book(tmp_path)).run(most=30.0)
    print(dict(ran.figures), dict(ran.struck))
    assert ran.violations == []
