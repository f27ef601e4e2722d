from collections.abc import AsyncIterator

import pytest

from tests.adapters.every_chat_platform import EVERY_CHAT_PLATFORM
from tests.adapters.far_side import Shore
from tests.given_time import GivenClock


@pytest.fixture
def clock() -> GivenClock:
    return GivenClock()


@pytest.fixture(params=sorted(EVERY_CHAT_PLATFORM))
async def shore(request: pytest.FixtureRequest, clock: GivenClock) -> AsyncIterator[Shore]:
    """A connected adapter in front of its wire server, once per platform."""
    async with EVERY_CHAT_PLATFORM[request.param](clock) as shore:
        yield shore
