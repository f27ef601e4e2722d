from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.delivery.pace import Pace
from bridge.ports.chat import Budget
from tests.given_time import GivenClock

POSTS = Budget(name="channel C0HELP", limit=1, per=timedelta(seconds=1))
METHOD = Budget(name="chat.postMessage", limit=3, per=timedelta(seconds=60))


def test_a_channel_gets_one_post_a_second():
    clock = GivenClock()
    pace = Pace(clock)

    assert pace.spend("acme", [POSTS]) is None
    assert pace.spend("acme", [POSTS]) == timedelta(seconds=1)
    clock.advance(0.75)
    assert pace.spend("acme", [POSTS]) == timedelta(seconds=0.25)
    clock.advance(0.25)
    assert pace.spend("acme", [POSTS]) is None


def test_a_steady_budget_gives_its_units_back_one_by_one_and_makes_up_for_what_was_late():
    clock = GivenClock()
    pace = Pace(clock)
    steady = Budget(name="posts", limit=3, per=timedelta(seconds=3), steady=True)
    assert [pace.spend("acme", [steady]) for _ in range(3)] == [None, None, None]
    assert pace.spend("acme", [steady]) == timedelta(seconds=1)
    clock.advance(2.5)
    assert [pace.spend("acme", [steady]) for _ in range(3)] == [None, None, timedelta(seconds=0.5)]
    clock.advance(60)
    assert [pace.spend("acme", [steady]) for _ in range(4)] == [None, None, None, timedelta(seconds=1)]


@settings(deadline=None)
@given(st.integers(1, 5), st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_a_steady_budget_is_never_faster_than_its_burst_and_its_rate(limit, steps):
    clock = GivenClock()
    pace = Pace(clock)
    budget = Budget(name="posts", limit=limit, per=timedelta(seconds=limit), steady=True)
    went = []
    for step in steps:
        clock.advance(step)
        while pace.spend("acme", [budget]) is None:
            went.append(clock.monotonic())
    for first, began in enumerate(went):
        for last in range(first, len(went)):
            assert last - first + 1 <= limit + (went[last] - began) + 1e-6


def test_who_has_to_wait_for_one_budget_spends_nothing_of_the_other():
    clock = GivenClock()
    pace = Pace(clock)
    pace.spend("acme", [POSTS, METHOD])
    for _ in range(10):
        assert pace.spend("acme", [POSTS, METHOD]) is not None
    clock.advance(1)

    assert pace.spend("acme", [POSTS, METHOD]) is None


def test_platforms_do_not_share_budgets_of_the_same_name():
    pace = Pace(GivenClock())

    assert pace.spend("acme", [POSTS]) is None
    assert pace.spend("other", [POSTS]) is None


def test_a_blocked_budget_waits_as_long_as_the_platform_said():
    clock = GivenClock()
    pace = Pace(clock)
    pace.block("acme", "chat.postMessage", timedelta(seconds=30))
    pace.block("acme", "chat.postMessage", timedelta(seconds=5))

    assert pace.spend("acme", [POSTS]) is None
    clock.advance(1)
    assert pace.spend("acme", [POSTS, METHOD]) == timedelta(seconds=29)
    clock.advance(29)
    assert pace.spend("acme", [POSTS, METHOD]) is None


@settings(deadline=None)
@given(st.integers(1, 5), st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_no_span_ever_holds_more_than_the_limit(limit, steps):
    clock = GivenClock()
    pace = Pace(clock)
    budget = Budget(name="b", limit=limit, per=timedelta(seconds=2))
    went: list[float] = []
    for step in steps:
        clock.advance(step)
        if pace.spend("acme", [budget]) is None:
            went.append(clock.monotonic())

    for start in went:
        assert len([at for at in went if start <= at < start + 2 - 1e-9]) <= limit


def test_budgets_of_many_tickets_are_forgotten_once_they_are_whole():
    clock = GivenClock()
    pace = Pace(clock)
    for number in range(10_000):
        assert pace.spend("acme", [Budget(name=f"thread {number}", limit=1, per=timedelta(seconds=1))]) is None
        clock.advance(0.01)

    assert pace.known < 3_000
    assert pace.spend("acme", [Budget(name="thread 9999", limit=1, per=timedelta(seconds=1))]) is not None


@settings(deadline=None)
@given(st.booleans(), st.lists(st.floats(0, 3), min_size=1, max_size=40))
def test_whoever_waited_as_long_as_told_may_go(steady, steps):
    """Told to come back at this very moment, a delivery would be taken and given back for ever."""
    clock = GivenClock()
    pace = Pace(clock)
    budget = Budget(name="posts", limit=2, per=timedelta(seconds=2), steady=steady)
    for step in steps:
        clock.advance(step)
        wait = pace.spend("acme", [budget])
        if wait is not None:
            assert wait > timedelta(0)
            clock.advance(wait.total_seconds())
            again = pace.spend("acme", [budget])
            assert again is None or again > timedelta(0)
