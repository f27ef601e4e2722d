"""The wall clock is set while an outcome is unknown."""

from datetime import datetime, timedelta

import pytest

from tests.delivery.threads import Thread
from tests.given_time import GivenClock


class SetClock(GivenClock):
    """Its wall time may be set; its monotonic time goes on as if nothing had been."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


async def test_a_clock_that_is_set_between_two_looks_makes_neither_of_them(opened: Thread):
    opened.shore.far_side.fail_next_post()
    await opened.user_says("really?")
    await opened.settle()
    await opened.passes(6)

    opened.clock.ahead = timedelta(minutes=1)
    await opened.passes(3)
    assert await opened.shown() == [], "ten seconds between the looks are ten seconds"

    await opened.passes(20)
    assert len(await opened.shown()) == 1
    assert await opened.left() == []
