"""Why a ticket goes where it goes, who is reminded when, and the files we ship."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from bridge.domain.events import Escalated, UserFacts
from bridge.domain.refs import BotName, TicketId, UserId
from bridge.domain.ticket import Climb, Kind, Priority, Ticket
from bridge.domain.words import Brief, User
from bridge.rulebook import load
from bridge.rulebook.explain import told, told_why, try_route, why
from bridge.rulebook.facts import facts_of_escalated, facts_of_payload, facts_of_ticket
from bridge.rulebook.route_tests import run, unreached
from bridge.rulebook.schema import schema_text
from bridge.rulebook.source import read
from tests.rulebook.written import ACME, CONFIG, ENV, EXAMPLES, SITE, book_of, changed

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PAYLOAD = {
    "conversation": {"external_id": "web-8812"},
    "user": {"external_id": "u_17", "name": "Mara", "locale": "fr-FR", "verified": True},
    "title": "Refund not received",
    "reason": {"code": "user_requested", "confidence": 0.31},
    "channel": "web",
    "priority": "high",
    "tags": ["refund"],
    "attributes": {"plan": "pro", "order_total": 250},
}
EVENT = Escalated(
    bot=BotName("shop-bot"),
    key=None,
    fingerprint="",
    at=NOW,
    conversation="web-8812",
    user=UserFacts(external_id="u_17", name="Mara", locale="fr-FR", verified=True),
    title="Refund not received",
    reason_code="user_requested",
    confidence=0.31,
    channel="web",
    priority=Priority.HIGH,
    tags=("refund",),
    attributes={"plan": "pro", "order_total": 250},
)
BRIEF = Brief(
    ticket=TicketId("tkt_1"),
    title="Refund not received",
    reason_code="user_requested",
    confidence=0.31,
    tags=("refund",),
    attributes={"plan": "pro", "order_total": 250},
)
USER = User(id=UserId("usr_1"), bot=BotName("shop-bot"), external_id="u_17", name="Mara", locale="fr-FR", verified=True)


def ticket_of(book, name="fallback") -> Ticket:
    return Ticket(
        id=TicketId("tkt_1"),
        bot=BotName("shop-bot"),
        conversation="web-8812",
        user=UserId("usr_1"),
        policy=book.route_named(name).policy,
        route_reason="no other rule matches",
        created_at=NOW,
        waiting_since=NOW,
        priority=Priority.HIGH,
        channel="web",
        waiting_climb=Climb(since=NOW),
    )


def test_facts_are_the_same_from_paper_from_an_event_and_from_a_ticket(tmp_path):
    paper, event = facts_of_payload(PAYLOAD, "shop-bot"), facts_of_escalated(EVENT)
    ticket = facts_of_ticket(ticket_of(book_of(tmp_path)), BRIEF, USER)
    names = ("bot", "kind", "channel", "priority", "language", "reason.code", "confidence", "tags", "title")
    names += (
        "user.locale",
        "user.name",
        "user.verified",
        "user.external_id",
        "attributes.plan",
        "attributes.order_total",
    )
    for name in names:
        assert paper.value(name) == event.value(name) == ticket.value(name), name
    assert paper.value("language") == "fr-fr"
    assert event.kind == Kind.CONVERSATION


def test_what_a_bot_leaves_unsaid_about_a_known_user_still_counts():
    silent = replace(EVENT, user=UserFacts(external_id="u_17"))
    assert facts_of_escalated(silent).value("language") is None
    assert facts_of_escalated(silent, USER).value("language") == "fr-fr"


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"user": "Mara", "attributes": [1], "tags": "refund", "reason": None, "priority": 5, "confidence": True},
        {"attributes.plan": {"deep": 1}, "attributes": {"plan": [1]}, "tags": [1, None, "x"], "tool.name": 5},
        {"attributes": {"a": None}, "user": {"locale": {}}, "": 1, ".": 2, "user.": 3},
    ],
)
def test_a_payload_on_paper_may_be_anything(tmp_path, payload):
    assert try_route(book_of(tmp_path), payload, NOW).pick.route.name == "fallback"


def test_dotted_and_nested_keys_mean_the_same():
    dotted = facts_of_payload({"attributes.plan": "pro", "attributes": {"vip": True}, "user.locale": "fr"})
    assert dotted.attributes == {"plan": "pro", "vip": True}
    assert dotted.user == {"locale": "fr"}


def test_a_trial_tells_the_route_the_reason_and_every_reminder():
    book = load(ACME, ENV)
    at = datetime.fromisoformat("2026-12-24T11:58+01:00")
    lines = told(
        book, try_route(book, {"priority": "urgent", "language": "de", "attributes": {"order_total": 250}}, at)
    )
    assert lines[:7] == [
        f"route     fallback   ({ACME}:{book.lines['fallback']})",
        "because   no other rule matches",
        "shown in  acme-slack/C0HELP, for team support",
        "not       big-refunds: kind is not approval (it is conversation), action is not refund (not given)",
        "not       night: it is during office hours",
        "not       french: language does not start with fr (it is de)",
        "reminder  Thu 24 Dec 2026 11:58:00 CET  notify team",
    ]
    assert lines[7] == "reminder  Sat 26 Dec 2026 10:01:00 CET  mention team"
    assert lines[-1] == "reminder  Mon 28 Dec 2026 09:18:00 CET  alert leads"


def test_a_ticket_keeps_its_rules_and_is_told_what_todays_would_do(tmp_path):
    old = book_of(tmp_path)
    ticket = ticket_of(old)
    same = why(old, ticket, BRIEF, USER, NOW)
    assert (same.same_rules, same.would_move) == (True, True)  # it was opened before its user had a locale
    new = book_of(tmp_path, changed("prefix: fr", "prefix: de"))
    other = why(new, ticket, BRIEF, USER, NOW)
    assert (other.same_rules, other.would_move, other.reason) == (False, False, "no other rule matches")
    assert [at for _, at in other.reminders] == [NOW + timedelta(minutes=3)]
    assert f"today     rules {new.digest}: it would come here again" in told_why(new, other)
    assert told_why(old, same)[-1] == "today     the same rules are in force"


# ── the file's own tests ───────────────────────────────────────────────────


def test_a_route_test_that_fails_says_what_came_instead(tmp_path):
    text = (
        SITE
        + """\
tests:
  - name: wrong
    at: "2026-11-24T11:00"
    given: {language: de}
    expect: {route: french, platform: console, team: leads, ladder: [{do: mention, at: "2026-11-24T11:05"}]}
  - {name: right, at: "2026-11-24T11:00", given: {language: fr}, expect: {route: french, channel: C0HELP}}
  - {name: none, at: "2026-11-24T11:00", given: {}, expect: {ladder: []}}
"""
    )
    book = book_of(tmp_path, text)
    wrong, right, none = run(book, NOW)
    assert wrong.failures == (
        "route: expected french, got fallback because no other rule matches",
        "platform: expected console, got acme-slack",
        "team: expected leads, got support",
        "ladder: no mention at 2026-11-24T11:05:00+01:00",
    )
    assert right.failures == ()
    assert none.failures == ("ladder: expected no reminder",)
    assert unreached(book, (wrong,)) == ("french",)


# ── the files we ship ──────────────────────────────────────────────────────


@pytest.mark.parametrize("path", [*EXAMPLES, ACME], ids=lambda path: path.name)
def test_every_shipped_file_is_good_fits_its_schema_and_passes_its_own_tests(path):
    book = load(path, ENV)
    source, _ = read(path)
    jsonschema.validate(source.data, json.loads(schema_text()), jsonschema.Draft202012Validator)
    results = run(book, NOW)
    assert results
    assert [(result.test.name, result.failures) for result in results if result.failures] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_route_of_a_shipped_file_is_reached_by_a_test(path):
    book = load(path, ENV)
    assert unreached(book, run(book, NOW)) == ()


def test_the_default_file_asks_for_the_demos_three_secrets_and_nothing_else():
    asked = {name for name in ENV if name.startswith("HANDRAIL_DEMO")}
    book = load(CONFIG / "handrail.yaml", {name: ENV[name] for name in asked})
    assert (book.root.policy.lane, book.demo.enabled, book.demo.bot) == (None, True, "shop-bot")
    callback = book.bots[book.demo.bot].callback
    assert (callback.url, callback.private) == ("http://127.0.0.1:8700/demo/callback", True)


def test_the_schema_in_the_repository_is_that_of_the_models():
    written = (CONFIG / "schema.json").read_text(encoding="utf-8")
    assert written == schema_text(), "write it anew: bridge.rulebook.schema.write(config/schema.json)"


def test_the_schema_refuses_what_the_loader_refuses():
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    source, _ = read(ACME)
    assert validator.is_valid(source.data)
    assert not validator.is_valid({**source.data, "rutes": {}})
    assert not validator.is_valid({**source.data, "version": 2})
    assert not validator.is_valid({key: value for key, value in source.data.items() if key != "routes"})
