from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.delivery.backoff import CALLBACKS, CHATS, Schedule, after_unknown, sane

FIRST = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def ages(schedule: Schedule) -> list[float]:
    """Ages in seconds of all tries, when every one fails at once."""
    now: datetime | None = FIRST
    tries: list[float] = []
    while now is not None:
        tries.append((now - FIRST).total_seconds())
        now = schedule.next_try(len(tries), FIRST, now, 0.0)
    return tries


def test_a_callback_is_tried_quick_first_then_ever_slower_for_three_days():
    tries = ages(CALLBACKS)

    assert tries[:10] == [0, 1, 2, 5, 10, 20, 30, 60, 90, 120]
    assert tries.count(600) == 1
    assert [age for age in tries if 600 < age <= 3600] == list(range(660, 3601, 60))
    assert [age / 3600 for age in tries if age > 3600] == [3, 8, 18, 32, 52, 76]


def test_a_post_to_a_platform_is_tried_for_a_week():
    tries = ages(CHATS)

    assert tries[:8] == [0, 1, 2, 5, 10, 20, 30, 90]
    assert timedelta(days=7) <= timedelta(seconds=tries[-1]) < timedelta(days=7, minutes=10)


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(0, 300_000), st.floats(0, 1))
def test_a_next_try_lies_ahead_and_jitter_adds_a_tenth_at_most(attempt, age, jitter):
    now = FIRST + timedelta(seconds=age)
    plain = CALLBACKS.next_try(attempt, FIRST, now, 0.0)
    jittered = CALLBACKS.next_try(attempt, FIRST, now, jitter)

    if plain is None:
        assert jittered is None
        assert age >= 76 * 3600
    else:
        assert jittered is not None
        assert now < plain <= jittered <= plain + (plain - now) * 0.1 + timedelta(milliseconds=1)


def test_a_delivery_that_waited_for_us_is_still_tried_quickly_before_it_is_given_up():
    after_a_week_away = FIRST + timedelta(days=7)

    assert CALLBACKS.next_try(1, FIRST, after_a_week_away, 0.0) == after_a_week_away + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("asked", "seconds"), [(None, 30), (0, 30), (-1, 30), (1, 1), (900, 900), (901, 900), (10**9, 30)]
)
def test_a_wait_is_believed_within_reason(asked, seconds):
    assert sane(None if asked is None else timedelta(seconds=asked)) == timedelta(seconds=seconds)


def test_a_look_that_cannot_be_made_is_repeated_ever_slower():
    assert [after_unknown(looks).total_seconds() for looks in (0, 1, 2, 5, 100)] == [10, 20, 40, 300, 300]
