"""Business hours: the clock on the office wall, daylight saving included."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.domain.calendars import add, between, closes_at, is_open, next_opening
from bridge.domain.policy import Calendar, Span

ALL_DAY = Span(time(0), time.max)
NINE_TO_SIX = Span(time(9), time(18))


def calendar(*spans: Span, timezone: str = "Europe/Berlin", days: range = range(5), **exceptions) -> Calendar:
    return Calendar(
        name="office",
        timezone=timezone,
        weekly=dict.fromkeys(days, spans),
        exceptions={date.fromisoformat(key[1:].replace("_", "-")): hours for key, hours in exceptions.items()},
    )


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


OFFICE = calendar(NINE_TO_SIX, d2026_12_24=(Span(time(9), time(12)),), d2026_12_25=())


def test_it_is_open_from_the_first_minute_and_closed_at_the_last():
    assert not is_open(OFFICE, berlin("2026-11-23T08:59:59"))
    assert is_open(OFFICE, berlin("2026-11-23T09:00"))
    assert is_open(OFFICE, berlin("2026-11-23T17:59:59"))
    assert not is_open(OFFICE, berlin("2026-11-23T18:00"))


def test_a_span_counts_on_over_nights_and_weekends():
    friday = berlin("2026-11-27T17:30")
    assert add(OFFICE, friday, timedelta(hours=1)) == berlin("2026-11-30T09:30")


def test_an_exception_replaces_its_weekday_and_a_closed_date_counts_nothing():
    assert add(OFFICE, berlin("2026-12-24T11:58"), timedelta(minutes=3)) == berlin("2026-12-28T09:01")
    assert between(OFFICE, berlin("2026-12-24T08:00"), berlin("2026-12-26T00:00")) == timedelta(hours=3)


def test_what_is_due_at_once_outside_hours_is_due_when_the_office_opens():
    assert add(OFFICE, berlin("2026-11-28T12:00"), timedelta(0)) == berlin("2026-11-30T09:00")
    assert add(OFFICE, berlin("2026-11-23T12:00"), timedelta(0)) == berlin("2026-11-23T12:00")


def test_without_a_calendar_the_wall_counts():
    start = berlin("2026-11-28T12:00")
    assert add(None, start, timedelta(hours=20)) == start + timedelta(hours=20)
    assert between(None, start, start + timedelta(hours=20)) == timedelta(hours=20)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)]
)
def test_a_day_has_as_many_hours_as_berlin_gives_it(day, hours):
    always = calendar(ALL_DAY, days=range(7))
    start = berlin(f"{day}T00:00")
    end = berlin((date.fromisoformat(day) + timedelta(days=1)).isoformat() + "T00:00")
    assert between(always, start, end) == timedelta(hours=hours)


def test_an_hour_the_clock_skips_does_not_count():
    night = calendar(Span(time(1), time(4)), days=range(7))
    assert between(night, berlin("2026-03-29T00:00"), berlin("2026-03-29T12:00")) == timedelta(hours=2)
    assert add(night, berlin("2026-03-29T00:00"), timedelta(minutes=90)) == berlin("2026-03-29T03:30")


def test_hours_that_begin_in_the_skipped_hour_begin_when_the_clock_jumps():
    assert next_opening(calendar(Span(time(2, 30), time(4)), days=range(7)), berlin("2026-03-29T00:00")) == berlin(
        "2026-03-29T03:00"
    )


def test_an_hour_the_clock_shows_twice_counts_twice():
    night = calendar(Span(time(2), time(3)), days=range(7))
    assert between(night, berlin("2026-10-25T00:00"), berlin("2026-10-25T12:00")) == timedelta(hours=2)
    assert add(night, berlin("2026-10-25T00:00"), timedelta(minutes=90)) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_lord_howe_shifts_by_half_an_hour():
    always = calendar(ALL_DAY, timezone="Australia/Lord_Howe", days=range(7))
    zone = ZoneInfo("Australia/Lord_Howe")
    back, forward = datetime(2026, 4, 5, tzinfo=zone), datetime(2026, 10, 4, tzinfo=zone)
    assert between(always, back, datetime(2026, 4, 6, tzinfo=zone)) == timedelta(hours=24, minutes=30)
    assert between(always, forward, datetime(2026, 10, 5, tzinfo=zone)) == timedelta(hours=23, minutes=30)
    night = calendar(Span(time(1, 30), time(2)), timezone="Australia/Lord_Howe", days=range(7))
    assert between(night, back, back + timedelta(hours=12)) == timedelta(hours=1)


def test_a_day_may_end_at_midnight_and_the_next_begin_there():
    always = calendar(ALL_DAY, days=range(7))
    nights = calendar(Span(time(0), time(6)), Span(time(22), time.max), days=range(7))
    assert add(nights, berlin("2026-11-23T23:30"), timedelta(hours=1)) == berlin("2026-11-24T00:30")
    assert closes_at(nights, berlin("2026-11-23T23:30")) == berlin("2026-11-24T06:00")
    assert closes_at(always, berlin("2026-11-23T23:30")) is None


def test_the_next_opening_of_an_open_office_is_now():
    now = berlin("2026-11-23T10:00")
    assert next_opening(OFFICE, now) == now
    assert next_opening(OFFICE, berlin("2026-11-23T18:00")) == berlin("2026-11-24T09:00")
    assert closes_at(OFFICE, now) == berlin("2026-11-23T18:00")
    assert closes_at(OFFICE, berlin("2026-11-23T20:00")) is None


def test_a_calendar_that_never_opens_says_so():
    never = Calendar(name="never", timezone="Europe/Berlin", weekly={})
    now = berlin("2026-11-23T10:00")
    assert next_opening(never, now) is None
    assert add(never, now, timedelta(0)) is None
    assert between(never, now, now + timedelta(days=30)) == timedelta(0)
    assert closes_at(never, now) is None


def test_a_calendar_that_has_opened_for_the_last_time_says_so():
    once = Calendar(
        name="once", timezone="Europe/Berlin", weekly={}, exceptions={date(2026, 11, 24): (Span(time(9), time(10)),)}
    )
    assert add(once, berlin("2026-11-23T10:00"), timedelta(minutes=60)) == berlin("2026-11-24T10:00")
    assert add(once, berlin("2026-11-23T10:00"), timedelta(minutes=61)) is None


ZONES = st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "America/New_York", "Asia/Kolkata", "Africa/Cairo"])
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=1100)).map(
    lambda passed: datetime(2025, 1, 1, tzinfo=UTC) + passed
)
SPANS = st.timedeltas(timedelta(0), timedelta(days=2))


@st.composite
def calendars(draw) -> Calendar:
    weekly = {}
    for day in draw(st.sets(st.integers(0, 6), min_size=1)):
        edges = sorted(draw(st.lists(st.integers(0, 24 * 4), min_size=2, max_size=4, unique_by=lambda edge: edge // 3)))
        pairs = zip(edges[::2], edges[1::2], strict=False)
        weekly[day] = tuple(Span(quarter(start), quarter(end)) for start, end in pairs)
    closed = draw(st.sets(st.dates(date(2025, 1, 1), date(2027, 12, 31)), max_size=5))
    return Calendar(name="any", timezone=draw(ZONES), weekly=weekly, exceptions=dict.fromkeys(closed, ()))


def quarter(number: int) -> time:
    return time.max if number == 24 * 4 else time(number // 4, number % 4 * 15)


@given(calendars(), MOMENTS, SPANS)
def test_what_was_added_lies_between(office, start, span):
    end = add(office, start, span)
    assert end is not None
    assert between(office, start, end) == span


@given(calendars(), MOMENTS, SPANS, SPANS)
def test_more_time_is_never_earlier(office, start, shorter, longer):
    assume(shorter <= longer)
    first, second = add(office, start, shorter), add(office, start, longer)
    assert first is not None
    assert second is not None
    assert first <= second


@given(calendars(), MOMENTS, SPANS, SPANS)
def test_what_is_counted_in_two_parts_is_counted_once(office, start, one, two):
    middle, end = start + one, start + one + two
    assert between(office, start, end) == between(office, start, middle) + between(office, middle, end)


@given(calendars(), MOMENTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(office, start):
    opening = next_opening(office, start)
    assert opening is not None
    assert is_open(office, opening)
    assert between(office, start, opening) == timedelta(0)


@given(calendars(), MOMENTS)
def test_it_is_open_until_it_closes(office, start):
    closing = closes_at(office, start)
    if closing is None:
        return
    assert is_open(office, start)
    assert between(office, start, closing) == closing - start
    assert not is_open(office, closing)


@given(calendars(), MOMENTS)
def test_a_minute_counts_wholly_partly_or_not_at_all(office, start):
    counted = between(office, start, start + timedelta(minutes=1))
    assert timedelta(0) <= counted <= timedelta(minutes=1)
    assert (
        counted == timedelta(0) or is_open(office, start) or next_opening(office, start) < start + timedelta(minutes=1)
    )
