"""Spans, times of day and dates as an admin writes them."""

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from bridge.domain.policy import Span
from bridge.rulebook.complaints import did_you_mean, quoted

LONGEST = timedelta(days=3650)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(?:[0-9]{1,9}[smhdw])+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_NAME = re.compile(r"\w[\w.-]{0,63}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def wrong(message: str) -> PydanticCustomError:
    """An error whose message is already the sentence for the admin."""
    return PydanticCustomError("said", "{said}", {"said": message})


def duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise wrong(f"{quoted(value)} has no unit; write for example {quoted(value)}s or {quoted(value)}m")
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise wrong(f"{quoted(value)} is not a duration; write for example 90s, 3m, 22h or 7d")
    try:
        total = sum(
            (timedelta(**{_UNITS[unit]: int(count)}) for count, unit in re.findall(r"([0-9]+)([smhdw])", value)),
            timedelta(0),
        )
    except OverflowError:
        total = timedelta.max
    if total > LONGEST:
        raise wrong(f"{quoted(value)} is longer than ten years")
    return total


def time_of_day(text: str) -> time:
    """`24:00` is the end of the day, `time.max`. Raises: ValueError with a sentence."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{quoted(text)} is not a time of day; write for example 09:00")
    hour, minute = int(found[1]), int(found[2])
    if (hour, minute) == (24, 0):
        return time.max
    if hour > 23 or minute > 59:
        raise ValueError(f"{quoted(text)} is not a time of day")
    return time(hour, minute)


def opening(value: object) -> Span:
    if isinstance(value, Span):
        return value
    start, dash, end = value.partition("-") if isinstance(value, str) else ("", "", "")
    if not dash:
        raise wrong(f"{quoted(value)} is not an opening time; write for example 09:00-18:00")
    try:
        span = Span(time_of_day(start.strip()), time_of_day(end.strip()))
    except ValueError as error:
        raise wrong(str(error)) from None
    if span.start >= span.end:
        raise wrong(f'{quoted(value)} ends before it begins; past midnight, write "22:00-24:00" and begin the next day')
    return span


def one_date(value: object) -> date:
    if isinstance(value, date):
        return value
    text = value if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else ""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise wrong(f"{quoted(value)} is not a date; write for example 2026-12-25") from None


def moment(value: object) -> datetime:
    """An ISO time; without an offset it is meant in the file's timezone."""
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise wrong(f"{quoted(value)} is not a time; write for example 2026-11-24T23:30+01:00") from None
    if not 2000 <= found.year <= 2200:
        raise wrong(f"{quoted(value)} is too far away")
    return found


def timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(value, available_timezones())
        raise wrong(f"{quoted(value)} is not a timezone; write for example Europe/Paris{hint}") from None
    return value


def days(key: str) -> list[int]:
    """`mon`, `mon-fri` or `sat,sun` → weekdays, Monday is 0. Raises: ValueError with a sentence."""
    found: list[int] = []
    for part in key.split(","):
        first, dash, last = part.strip().partition("-")
        ends = [first, last] if dash else [first]
        if unknown := [end for end in ends if end not in DAYS]:
            raise ValueError(f"{quoted(unknown[0])} is not a weekday; write {', '.join(DAYS)} or mon-fri")
        begin, length = DAYS.index(first), (DAYS.index(last) - DAYS.index(first)) % 7 if dash else 0
        found += [(begin + step) % 7 for step in range(length + 1)]
    return found


def name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise wrong(f"{quoted(value)} is not a name; use letters, digits, - _ and . (at most 64)")
    return value


def plain_name(value: str) -> str:
    if not _PLAIN_NAME.fullmatch(value):
        raise wrong(f"{quoted(value)} is not a name; use a-z, digits, - _ and . (at most 64)")
    return value


Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    WithJsonSchema({"type": "string", "pattern": "^([0-9]+[smhdw])+$", "examples": ["90s", "3m", "22h", "7d"]}),
]
Opening = Annotated[
    Span,
    BeforeValidator(opening),
    WithJsonSchema(
        {"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2} *- *[0-9]{1,2}:[0-9]{2}$", "examples": ["09:00-18:00"]}
    ),
]
Day = Annotated[
    date, BeforeValidator(one_date), WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})
]
Moment = Annotated[
    datetime, BeforeValidator(moment), WithJsonSchema({"type": "string", "examples": ["2026-11-24T23:30+01:00"]})
]
Timezone = Annotated[str, AfterValidator(timezone)]
Name = Annotated[str, AfterValidator(name)]
PlainName = Annotated[str, AfterValidator(plain_name)]
