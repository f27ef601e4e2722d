"""What a user may be told while they wait, in their language and on their clock."""

import string
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.availability import Availability
from bridge.domain.measures import Spread
from bridge.domain.policy import Stage
from bridge.domain.saying import availability_text, stage_text, wait_in_words
from bridge.domain.saying.words import TONGUES

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
USUAL = Spread(p50=timedelta(seconds=140), p90=timedelta(minutes=9), p99=timedelta(minutes=20), count=30)


def there(**said) -> Availability:
    return Availability(**{"route": "r", "open": True, "next_opening": None, "timezone": "Europe/Paris"} | said)


@pytest.mark.parametrize("language", sorted(TONGUES))
def test_every_language_has_the_same_placeholders_and_all_names(language):
    tongue, english = TONGUES[language], TONGUES["en"]
    for each in fields(tongue):
        mine, model = getattr(tongue, each.name), getattr(english, each.name)
        if isinstance(model, tuple):
            assert len(mine) == len(model)
        else:
            named = [{part[1] for part in string.Formatter().parse(text) if part[1]} for text in (mine, model)]
            assert named[0] == named[1] or each.name == "weekday", each.name


@pytest.mark.parametrize(
    ("language", "begins"),
    [("fr-CA", "Un membre"), ("de", "Jemand"), ("pt_BR", "Uma"), ("ja", "A member"), (None, "A member"), ("", "A m")],
)
def test_the_language_is_the_users_else_english(language, begins):
    assert availability_text(there(), NOW, language, None).startswith(begins)


def test_an_open_route_promises_only_a_wait_that_many_had():
    assert "3 minutes" in availability_text(there(wait=USUAL), NOW, "en", None)
    few = Spread(p50=timedelta(seconds=140), p90=None, p99=None, count=2)
    assert "usually" not in availability_text(there(wait=few), NOW, "en", None)


@pytest.mark.parametrize(
    ("opening", "timezone", "says"),
    [
        (datetime(2026, 11, 23, 22, 0, tzinfo=UTC), "Europe/Paris", "today at 23:00"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), "Europe/Paris", "tomorrow at 09:00"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), "Asia/Tokyo", "today at 17:00"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), None, "tomorrow at 09:00 (Europe/Paris)"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), "../etc/passwd", "tomorrow at 09:00 (Europe/Paris)"),
        (datetime(2026, 11, 27, 8, 0, tzinfo=UTC), "Europe/Paris", "on Friday at 09:00"),
        (datetime(2026, 12, 26, 9, 0, tzinfo=UTC), "Europe/Paris", "on 26 December at 10:00"),
    ],
)
def test_a_closed_route_says_when_it_opens_on_the_users_clock(opening, timezone, says):
    assert says in availability_text(there(open=False, next_opening=opening), NOW, "en", timezone)


def test_a_route_that_never_opens_promises_nothing():
    assert availability_text(there(open=False), NOW, "en", None) == (
        "Our team is away just now. Your message is kept, and you will be answered here."
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "a minute"), (61, "2 minutes"), (400, "10 minutes"), (2900, "an hour"), (3700, "2 hours")],
)
def test_a_wait_is_rounded_up(seconds, words):
    assert wait_in_words(timedelta(seconds=seconds), "en") == words


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_a_text_in_every_language(stage):
    assert len({stage_text(stage, language) for language in TONGUES}) == len(TONGUES)
