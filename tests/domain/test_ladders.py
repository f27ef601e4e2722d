"""Reminder steps: when the next one is due, what is left out, and clocks that stand still."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.calendars import between
from bridge.domain.ladders import due_steps, next_due, plan, shift
from bridge.domain.policy import Calendar, Ladder, Span, Step, StepKind, Until
from bridge.domain.ticket import Climb

PARIS = ZoneInfo("Europe/Paris")
NINE_TO_SIX = (Span(time(9), time(18)),)
OFFICE = Calendar(
    name="office",
    timezone="Europe/Paris",
    weekly={**dict.fromkeys(range(5), NINE_TO_SIX), 5: (Span(time(10), time(13)),)},
    exceptions={date(2026, 12, 24): (Span(time(9), time(12)),), date(2026, 12, 25): ()},
)
START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


NOTIFY = Step(after=minutes(0), do=StepKind.NOTIFY, who="team", priorities=frozenset({"high", "urgent"}))
MENTION = Step(after=minutes(3), do=StepKind.MENTION, who="team")
DIGEST = Step(after=minutes(10), do=StepKind.DIGEST)
ALERT = Step(after=minutes(20), do=StepKind.ALERT, who="leads")
LADDER = Ladder(
    name="waiting",
    clock=None,
    until=Until.CLAIMED,
    steps=(NOTIFY, MENTION, DIGEST, ALERT),
    repeat_every=minutes(60),
    repeat_times=3,
)


def test_the_holiday_stops_the_clock():
    raised = datetime(2026, 12, 24, 11, 58, tzinfo=PARIS)
    on_office_time = replace(LADDER, clock=OFFICE)
    assert next_due(on_office_time, Climb(since=raised), "normal") == datetime(2026, 12, 26, 10, 1, tzinfo=PARIS)


def test_a_step_for_other_priorities_is_passed_over():
    assert next_due(LADDER, Climb(since=START), "urgent") == START
    assert next_due(LADDER, Climb(since=START), "normal") == START + minutes(3)


def test_the_last_step_comes_again_as_often_as_said():
    times = [at - START for step, at in plan(LADDER, Climb(since=START), "normal") if step is ALERT]
    assert times == [minutes(20), minutes(80), minutes(140), minutes(200)]


def test_nothing_is_due_before_its_time():
    climb = Climb(since=START, step=1)
    due = due_steps(LADDER, climb, "normal", START + minutes(3) - timedelta(microseconds=1))
    assert (due.step, due.late, due.climb) == (None, False, climb)


def test_a_step_in_time_runs_and_the_next_one_follows():
    due = due_steps(LADDER, Climb(since=START), "normal", START + minutes(3))
    assert (due.step, due.late) == (MENTION, False)
    assert next_due(LADDER, due.climb, "normal") == START + minutes(10)


def test_after_a_long_sleep_only_the_latest_step_runs_and_is_late():
    due = due_steps(LADDER, Climb(since=START), "normal", START + minutes(16))
    assert (due.step, due.late) == (DIGEST, True)
    assert due_steps(LADDER, due.climb, "normal", START + minutes(16)).step is None


def test_the_latest_step_in_its_own_minute_is_not_late_even_after_missed_ones():
    due = due_steps(LADDER, Climb(since=START), "normal", START + minutes(10.5))
    assert (due.step, due.late) == (DIGEST, False)
    assert due_steps(LADDER, Climb(since=START), "normal", START + minutes(11.1)).late


def test_a_step_alone_is_late_after_five_minutes():
    assert not due_steps(LADDER, Climb(since=START, step=2), "normal", START + minutes(14.9)).late
    assert due_steps(LADDER, Climb(since=START, step=2), "normal", START + minutes(15)).late


def test_repeats_that_were_missed_do_not_burst():
    due = due_steps(LADDER, Climb(since=START, step=4), "normal", START + minutes(141))
    assert (due.step, due.climb.step) == (ALERT, 6)
    assert next_due(LADDER, due.climb, "normal") == START + minutes(200)


def test_a_ladder_ends():
    assert next_due(LADDER, Climb(since=START, step=7), "normal") is None
    assert next_due(replace(LADDER, steps=()), Climb(since=START), "normal") is None


def test_a_ladder_on_a_clock_that_never_runs_is_never_due():
    never = Calendar(name="never", timezone="Europe/Paris", weekly={})
    climb = Climb(since=START)
    assert next_due(replace(LADDER, clock=never), climb, "normal") is None
    assert shift(replace(LADDER, clock=never), climb, START, START + minutes(60)) == climb


def test_the_clock_stands_still_while_the_platform_is_away():
    climb = shift(LADDER, Climb(since=START), START + minutes(1), START + minutes(41))
    assert next_due(LADDER, climb, "normal") == START + minutes(43)


def test_an_outage_at_night_costs_an_office_clock_nothing():
    ladder = replace(LADDER, clock=OFFICE)
    evening = datetime(2026, 11, 23, 17, 59, tzinfo=PARIS)
    climb = Climb(since=evening)
    away = (datetime(2026, 11, 23, 20, 0, tzinfo=PARIS), datetime(2026, 11, 24, 6, 0, tzinfo=PARIS))
    assert shift(ladder, climb, *away) == climb
    into_the_day = shift(ladder, climb, away[0], datetime(2026, 11, 24, 9, 30, tzinfo=PARIS))
    assert next_due(ladder, into_the_day, "normal") == datetime(2026, 11, 24, 9, 32, tzinfo=PARIS)


def test_an_outage_before_the_climb_began_is_not_given_back():
    climb = Climb(since=START)
    assert shift(LADDER, climb, START - minutes(30), START) == climb
    assert shift(LADDER, climb, START - minutes(30), START + minutes(5)).since == START + minutes(5)


MOMENTS = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda passed: datetime(2026, 1, 1, tzinfo=UTC) + passed)
SPANS = st.timedeltas(timedelta(0), timedelta(days=9))
CLOCKS = st.sampled_from([None, OFFICE])


@given(CLOCKS, MOMENTS, SPANS, SPANS)
def test_the_clock_reads_after_an_outage_what_it_read_before(clock, since, until_away, away):
    ladder, climb = replace(LADDER, clock=clock), Climb(since=since)
    gone, back = since + until_away, since + until_away + away
    moved = shift(ladder, climb, gone, back)
    assert between(clock, moved.since, back) == between(clock, since, gone)


@given(CLOCKS, MOMENTS, st.lists(SPANS, max_size=12), st.sampled_from(["low", "urgent"]))
def test_every_look_gives_at_most_one_step_and_the_ladder_only_goes_up(clock, since, waits, priority):
    ladder, climb, now = replace(LADDER, clock=clock), Climb(since=since), since
    for wait in waits:
        now += wait
        due = due_steps(ladder, climb, priority, now)
        assert due.climb.step >= climb.step
        assert (due.step is None) == (due.climb == climb)
        following = next_due(ladder, due.climb, priority)
        assert following is None or following > now
        climb = due.climb


@given(CLOCKS, MOMENTS, st.sampled_from(["low", "urgent"]))
def test_a_plan_is_in_the_order_of_time(clock, since, priority):
    times = [at for _, at in plan(replace(LADDER, clock=clock), Climb(since=since), priority)]
    assert times == sorted(set(times))
