"""The same on PostgreSQL. Its answers come over sockets, so that no run of a seed is quite like another."""

import asyncio

import pytest

from tests.simulation.disks import Server
from tests.simulation.rules import the_book
from tests.simulation.run import Run

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("seed", [3, 5])
def test_on_postgresql_too_the_middle_the_world_and_the_model_agree(seed, postgres, tmp_path):
    ran = Run(seed, Server(asyncio.run(postgres.create())), the_book(tmp_path)).run()
    assert ran.violations == []
