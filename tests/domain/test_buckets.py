"""How often something may happen."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.buckets import Buckets, Rate

RATE = Rate(per_second=2, burst=3)


def test_a_burst_passes_and_then_as_many_as_the_rate_says():
    buckets = Buckets()
    assert [buckets.take("a", RATE, 0) for _ in range(3)] == [None] * 3
    assert buckets.take("a", RATE, 0) == timedelta(seconds=0.5)
    assert buckets.take("a", RATE, 0.25) == timedelta(seconds=0.25)
    assert buckets.take("a", RATE, 0.5) is None
    assert buckets.take("a", RATE, 0.5) is not None


def test_asking_takes_nothing():
    buckets = Buckets()
    assert [buckets.wait("a", RATE, 0) for _ in range(10)] == [None] * 10
    for _ in range(3):
        buckets.take("a", RATE, 0)
    assert buckets.wait("a", RATE, 0) == timedelta(seconds=0.5)


def test_one_name_never_pays_for_another():
    buckets = Buckets()
    while buckets.take("loud", RATE, 0) is None:
        pass
    assert buckets.take("quiet", RATE, 0) is None


def test_a_bucket_never_holds_more_than_its_burst():
    buckets = Buckets()
    buckets.take("a", RATE, 0)
    assert [buckets.take("a", RATE, 10_000) is None for _ in range(5)] == [True, True, True, False, False]


def test_invented_names_do_not_fill_the_memory_and_those_in_use_stay():
    buckets = Buckets(kept=3)
    while buckets.take("loud", RATE, 0) is None:
        pass
    for number in range(100):
        buckets.take(str(number), RATE, 0)
        assert buckets.take("loud", RATE, 0) is not None


@given(
    st.lists(st.floats(0, 2), max_size=60),
    st.integers(1, 20),
    st.integers(1, 20),
)
def test_in_no_span_more_pass_than_burst_and_rate_allow(gaps, per_second, burst):
    buckets, rate, now, passed = Buckets(), Rate(per_second=per_second, burst=burst), 0.0, []
    for gap in gaps:
        now += gap
        if buckets.take("a", rate, now) is None:
            passed.append(now)
    for first, start in enumerate(passed):
        for last, end in enumerate(passed[first:], first):
            assert last - first + 1 <= burst + (end - start) * per_second + 1e-6


@given(st.integers(1, 1000), st.integers(1, 1000), st.floats(0, 1e6))
def test_whoever_waits_as_long_as_told_is_let_in(per_second, burst, start):
    buckets, rate = Buckets(), Rate(per_second=per_second, burst=burst)
    while (wait := buckets.take("a", rate, start)) is None:
        pass
    assert buckets.take("a", rate, start + wait.total_seconds() + 1e-3) is None
