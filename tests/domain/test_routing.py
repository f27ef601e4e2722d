"""Which route takes a ticket, and the sentence that says why."""

import re
from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from bridge.domain.conditions import (
    AnyOf,
    AtLeast,
    AtMost,
    Contains,
    Either,
    Every,
    Exists,
    Not,
    Prefix,
    Regex,
    holds,
)
from bridge.domain.policy import Calendar, Policy, Span
from bridge.domain.routing import Matcher, Route, RouteFacts, When, pick_route

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
OFFICE = Calendar(name="office", timezone="UTC", weekly={0: (Span(time(9), time(18)),)})
FACTS = RouteFacts(bot="shop-bot", priority="high", language="fr-CA", tags=("refund", "late"), title="Mara is angry")


def route(name: str, *match: Matcher, when: When | None = None, children: tuple[Route, ...] = ()) -> Route:
    policy = Policy(route=name, rulebook="abc", lane=None, team="support")
    return Route(name=name, policy=policy, match=match, when=when, children=children)


FRENCH = route("french", Matcher("language", Prefix("fr")))
URGENT = Matcher("priority", AnyOf(("high", "urgent")))


def test_the_root_takes_what_nobody_else_does_and_says_so():
    pick = pick_route(route("all", children=(FRENCH,)), replace(FACTS, language="de"), NOON)
    assert (pick.route.name, pick.reason) == ("all", "no other rule matches")
    assert pick.passed == (("french", "language does not start with fr (it is de)"),)
    assert pick_route(route("all"), FACTS, NOON).reason == "it is the only rule"


def test_the_first_child_that_matches_wins():
    night = route("night", URGENT, when=When(OFFICE, inside=False))
    pick = pick_route(route("all", children=(night, FRENCH)), FACTS, NOON)
    assert (pick.route.name, pick.reason) == ("french", "language starts with fr")
    assert pick.passed == (("night", "it is during office hours"),)


def test_the_reason_names_everything_that_was_asked():
    night = route("night", URGENT, when=When(OFFICE, inside=False))
    pick = pick_route(route("all", children=(night, FRENCH)), FACTS, NIGHT)
    assert (pick.route.name, pick.reason) == ("night", "priority is high or urgent, outside office hours")


def test_a_node_whose_children_do_not_match_is_itself_the_answer():
    late = route("late-french", Matcher("tags", AnyOf(("late",))), when=When(OFFICE, inside=True))
    french = replace(FRENCH, children=(late,))
    root = route("all", children=(french, route("second", URGENT)))
    deep = pick_route(root, FACTS, NOON)
    assert (deep.route.name, deep.reason) == (
        "late-french",
        "language starts with fr, tags include late, during office hours",
    )
    shallow = pick_route(root, replace(FACTS, tags=()), NOON)
    assert (shallow.route.name, shallow.reason) == ("french", "language starts with fr")
    assert shallow.passed == (("late-french", "tags do not include late (not given)"),)


def test_a_route_that_asks_nothing_takes_whatever_gets_there():
    pick = pick_route(route("all", children=(route("rest"), FRENCH)), FACTS, NOON)
    assert (pick.route.name, pick.reason) == ("rest", "it takes whatever gets this far")


def test_the_language_falls_back_to_the_locale_however_it_is_spelled():
    assert RouteFacts(bot="b", user={"locale": "fr_FR"}).value("language") == "fr-fr"
    assert RouteFacts(bot="b", language="DE", user={"locale": "fr_FR"}).value("language") == "de"
    assert RouteFacts(bot="b").value("language") is None


def test_what_people_wrote_or_are_called_stays_out_of_the_reasons():
    matchers = (Matcher("title", Contains("refund")), Matcher("user.name", AnyOf(("Ben",))))
    pick = pick_route(route("all", children=(route("one", *matchers),)), replace(FACTS, user={"name": "Mara"}), NOON)
    assert "Mara" not in pick.passed[0][1]


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        (AnyOf(("a", "b")), "b", True),
        (AnyOf(("a",)), None, False),
        (AnyOf((1,)), True, False),
        (AnyOf((True,)), 1, False),
        (AnyOf((True,)), True, True),
        (AnyOf((2,)), 2.0, True),
        (AnyOf(("2",)), 2, False),
        (AnyOf(("late",)), ("refund", "late"), True),
        (Prefix("fr"), "fr-CA", True),
        (Prefix("fr"), "FR", False),
        (Prefix("1"), 12, False),
        (AtLeast(100), 100, True),
        (AtLeast(100), 99.9, False),
        (AtLeast(0), True, False),
        (AtLeast(100), "250", False),
        (AtLeast(100), None, False),
        (AtMost(5), 5, True),
        (AtMost(5), 6, False),
        (Exists(wanted=True), "", True),
        (Exists(wanted=True), None, False),
        (Exists(wanted=True), (), False),
        (Exists(wanted=False), None, True),
        (Contains("fun"), "refund", True),
        (Contains("fun"), ("refund",), False),
        (Contains("refund"), ("refund",), True),
        (Contains("1"), 1, False),
        (Not(AnyOf(("a",))), None, True),
        (Not(AnyOf(("late",))), ("refund", "late"), False),
        (Either((AnyOf(("a",)), AtLeast(3))), 4, True),
        (Either((AnyOf(("a",)), AtLeast(3))), 2, False),
        (Every((AtLeast(3), AtMost(5))), 4, True),
        (Every((AtLeast(3), AtMost(5))), 6, False),
        (Regex("^a+$", re.compile("^a+$").search), "aaa", True),
        (Regex("^a+$", re.compile("^a+$").search), 3, False),
    ],
)
def test_a_condition_holds_or_not(condition, value, expected):
    assert bool(holds(condition, value)) is expected


@pytest.mark.parametrize(
    ("matcher", "sentence", "opposite"),
    [
        (Matcher("language", Prefix("fr")), "language starts with fr", "language does not start with fr"),
        (Matcher("bot", AnyOf(("a", "b"))), "bot is a or b", "bot is not a or b"),
        (Matcher("tags", AnyOf(("x",))), "tags include x", "tags do not include x"),
        (Matcher("attributes.total", AtLeast(100)), "total is at least 100", "total is not at least 100"),
        (Matcher("title", Regex("re.*d", bool)), "title matches re.*d", "title does not match re.*d"),
        (Matcher("reason.code", Exists(wanted=True)), "reason is given", "reason is not given"),
        (Matcher("channel", Not(AnyOf(("web",)))), "channel is not web", "channel is web"),
        (Matcher("channel", Contains("we")), "channel contains we", "channel does not contain we"),
        (
            Matcher("language", Either((Prefix("fr"), AnyOf(("en",))))),
            "language starts with fr or is en",
            "language does not start with fr and is not en",
        ),
        (Matcher("attributes.vip", AnyOf((True,))), "vip is yes", "vip is not yes"),
    ],
)
def test_a_condition_reads_as_a_sentence(matcher, sentence, opposite):
    assert matcher.says() == sentence
    assert Matcher(matcher.field, Not(matcher.condition)).says() == opposite
