"""What the rulebook knows once it is loaded."""

import dataclasses
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from bridge.domain.people import Person
from bridge.domain.policy import Guard, OnThreadGone, RelayMode, ReopenTo, StepKind, Until
from bridge.domain.refs import BotName, Lane, MemberKey
from bridge.domain.routing import RouteFacts
from bridge.rulebook import Secret, load, signing_key
from tests.rulebook.written import ACME, ENV, SIGNING, SITE, book_of, changed

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def acme():
    return load(ACME, ENV)


def policy(book, name):
    return book.route_named(name).policy


# ── routes and what they inherit ───────────────────────────────────────────


def test_every_key_of_a_route_arrives_in_its_policy(acme):
    root = policy(acme, "fallback")
    assert root.lane == Lane("acme-slack", "C0HELP")
    assert (root.team, root.rulebook, root.approval) == ("support", acme.digest, "default")
    assert (root.waiting.name, root.waiting.until, root.waiting.rearm) == ("waiting", Until.CLAIMED, True)
    assert [step.do for step in root.waiting.steps] == ["notify", "mention", "digest", "alert"]
    assert (root.waiting.steps[3].who, root.waiting.repeat_times) == ("leads", 3)
    assert root.waiting.steps[0].priorities == {"high", "urgent"}
    assert [step.do for step in root.answering.steps] == [StepKind.NUDGE, StepKind.RELEASE]
    assert root.relay.persona == "{first_name} from Acme"
    assert root.relay.guard == {Guard.MENTION, Guard.SIDE_TALK}
    assert (root.idle.warn, root.idle.close) == (timedelta(hours=22), timedelta(hours=24))
    assert (root.reopen_within, root.reopen_to) == (timedelta(days=7), ReopenTo.LAST_ASSIGNEE)
    assert (root.on_thread_gone, root.retain) == (OnThreadGone.REOPEN, timedelta(days=90))


def test_a_child_changes_what_it_says_and_keeps_the_rest(acme):
    root, child = policy(acme, "fallback"), policy(acme, "big-refunds")
    expected = dataclasses.replace(
        root,
        route="big-refunds",
        lane=Lane("acme-slack", "C0BILLING"),
        watch=(Lane("acme-discord", "1180000000000000088"),),
        approval="refunds",
        fallback=(Lane("acme-slack", "C0HELP"),),
    )
    assert child == expected


def test_sections_are_inherited_key_by_key(tmp_path):
    text = changed("ladder: waiting\n", "ladder: waiting\n  relay: {mode: explicit, undo: 9s, guard: [mention]}\n")
    text = text.replace("match: {language", "relay: {undo: 0s}\n      match: {language")
    relay = policy(book_of(tmp_path, text), "french").relay
    assert (relay.mode, relay.undo, relay.guard) == (RelayMode.EXPLICIT, timedelta(0), {Guard.MENTION})


def test_lists_replace(tmp_path):
    text = changed("ladder: waiting\n", "relay: {guard: [mention, side_talk]}\n")
    text = text.replace("match: {language", "relay: {guard: []}\n      match: {language")
    assert policy(book_of(tmp_path, text), "french").relay.guard == frozenset()


def test_an_empty_value_switches_off_what_would_be_inherited(tmp_path):
    text = changed("ladder: waiting\n", "ladder: waiting\n  claim: {hold: answering}\n  idle: {warn: 1h, close: 2h}\n")
    off = (
        "claim: {hold: }\n      ladder:\n      idle:\n      approval:\n      relay: {stale_after: }\n      match: {lang"
    )
    book = book_of(tmp_path, text.replace("match: {lang", off))
    root, child = book.root.policy, policy(book, "french")
    assert None not in (root.waiting, root.answering, root.idle, root.approval, root.relay.stale_after)
    assert (child.waiting, child.answering, child.idle, child.approval, child.relay.stale_after) == (None,) * 5


def test_unset_means_no_ladders_no_idle_and_a_guarded_relay(tmp_path):
    book = book_of(tmp_path, "version: 1\nroutes: {name: all, target: {platform: console}}\n")
    root = book.root.policy
    assert (root.waiting, root.answering, root.idle, root.approval, root.lane) == (None,) * 5
    assert (root.relay.undo, root.relay.guard) == (timedelta(seconds=5), {Guard.MENTION, Guard.SIDE_TALK})
    assert root.team == "channel"
    assert book.server.public_url == "http://127.0.0.1:8700"


def test_another_platform_begins_without_a_channel_and_the_console_needs_none(tmp_path):
    console = changed("match: {language", "target: {platform: console}\n      match: {language")
    assert policy(book_of(tmp_path, console), "french").lane is None
    channel = changed("match: {language", "target: {channel: C0FR}\n      match: {language")
    assert policy(book_of(tmp_path, channel), "french").lane == Lane("acme-slack", "C0FR")


def test_a_fallback_ends_with_the_root_unless_the_console_comes_first(tmp_path):
    places = "{platform: acme-slack, channel: C0TWO}"
    target = "target: {channel: C0FR, fallback: [%s]}\n      match: {language"
    book = book_of(tmp_path, changed("match: {language", target % places))
    assert policy(book, "french").fallback == (Lane("acme-slack", "C0TWO"), Lane("acme-slack", "C0HELP"))
    book = book_of(tmp_path, changed("match: {language", target % (places + ", {platform: console}")))
    assert policy(book, "french").fallback == (Lane("acme-slack", "C0TWO"),)


def test_words_are_the_sites_or_the_routes(tmp_path):
    text = SITE + "words: {user: customer, note: intern}\n"
    text = text.replace("match: {language", "words: {user: client}\n      match: {language")
    book = book_of(tmp_path, text)
    assert (book.root.policy.user_word, policy(book, "french").user_word) == ("customer", "client")
    assert policy(book, "french").relay.note_word == "intern"


def test_an_attribute_may_be_asked_where_a_bot_of_that_branch_declares_it(tmp_path):
    two = changed("bots:\n", "bots:\n  other: {keys: [{env: GAME_BOT_KEY}]}\n")
    asked = "match: {bot: %s, attributes.plan: pro}"
    assert book_of(tmp_path, two.replace("match: {language: {prefix: fr}}", asked % "shop-bot"))
    with pytest.raises(Exception, match="no bot declares"):
        book_of(tmp_path, two.replace("match: {language: {prefix: fr}}", asked % "other"))


def test_a_pattern_that_would_never_end_elsewhere_is_quick_here(tmp_path):
    book = book_of(tmp_path, changed("{language: {prefix: fr}}", "{title: {regex: '(a+)+$'}}"))
    facts = RouteFacts(bot="shop-bot", title="a" * 50_000 + "!")
    assert book.route(facts, NOON).route.name == "fallback"
    assert book.route(RouteFacts(bot="shop-bot", title="a\ud800a"), NOON).route.name == "french"


def test_languages_know_no_case(tmp_path):
    for condition in ("FR-CA", "[de, fr_ca]", "{prefix: FR}", "{regex: ^FR}", "{contains: CA}"):
        book = book_of(tmp_path, changed("{prefix: fr}", condition))
        facts = RouteFacts(bot="shop-bot", user={"locale": "fr_CA"})
        assert book.route(facts, NOON).route.name == "french", condition


# ── shores ─────────────────────────────────────────────────────────────────


def test_secrets_are_resolved_for_those_who_need_them_and_hidden_from_all_others(acme, tmp_path):
    assert dict(acme.platforms["acme-slack"].options) == {"bot_token": "xoxb-for-tests", "app_token": "xapp-for-tests"}
    bot = acme.bots[BotName("shop-bot")]
    assert bot.keys == (sha256(b"hr_shop_key_for_tests").hexdigest(),)
    assert [secret.reveal() for secret in bot.secrets] == [SIGNING, SIGNING]
    assert bot.callback.options() == {
        "url": "https://bot.example/handrail",
        "secrets": (SIGNING,),
        "events": "all",
        "private": False,
    }
    shown = f"{acme!r}{acme.platforms['acme-slack']!r}{bot!r}{bot.secrets[0]}"
    assert not [value for value in ENV.values() if value in shown]
    assert bot.keys[0] not in shown


def test_a_secret_may_stand_in_a_file_beside_the_config(tmp_path):
    (tmp_path / "slack.token").write_text("xoxb-from-a-file\n")
    book = book_of(tmp_path, changed("bot_token: {env: SLACK_BOT_TOKEN}", "bot_token: {file: slack.token}"))
    assert book.platforms["acme-slack"].options["bot_token"] == "xoxb-from-a-file"


def test_a_key_may_be_named_by_its_hash_only(tmp_path):
    digest = sha256(b"hr_any").hexdigest()
    book = book_of(tmp_path, changed("env: SHOP_BOT_KEY", f"sha256: {digest.upper()}"))
    assert book.bots[BotName("shop-bot")].keys == (digest,)


def test_a_signing_secret_needs_24_bytes_and_may_miss_its_prefix_or_padding():
    assert signing_key(SIGNING) == bytes(range(24))
    assert signing_key(SIGNING.removeprefix("whsec_").rstrip("=")) == bytes(range(24))
    assert signing_key("whsec_" + "QUFB" * 7) is None
    assert signing_key("whsec_" + "QUFB" * 8) is not None
    assert "QUFB" not in repr(Secret("QUFB"))


def test_the_digest_names_the_rules_and_not_their_secrets_or_comments(tmp_path):
    first = book_of(tmp_path).digest
    assert book_of(tmp_path, "# a comment\n" + SITE, {**ENV, "SLACK_BOT_TOKEN": "xoxb-another"}).digest == first
    assert book_of(tmp_path, changed("3m", "4m")).digest != first
    assert len(first) == 12


# ── people ─────────────────────────────────────────────────────────────────


def person(platform="acme-slack", id="U0SOME", **facts) -> Person:  # noqa: A002 - the field's own name
    return Person(platform=platform, workspace="T0", id=id, name="Some", **facts)


def test_one_human_has_one_key_over_all_accounts(acme):
    keys = [
        acme.member_key("acme-slack", "U0ANA"),
        acme.member_key("acme-discord", "1180000000000000005"),
        acme.member_key("console", "ana@acme.example"),
    ]
    assert keys == [MemberKey("ana")] * 3
    assert acme.member_key("acme-slack", "U0BEN") is None
    assert acme.member_key("acme-discord", "U0ANA") is None
    assert acme.member_key("console", "ana") is None
    assert acme.member_name(MemberKey("ana")) == "ana"
    assert acme.member_name(MemberKey("acme-slack:U0BEN")) is None
    assert acme.account(MemberKey("ana"), "acme-discord") == "1180000000000000005"
    assert acme.account(MemberKey("lea"), "acme-discord") is None


def test_a_listed_member_belongs_even_as_a_guest(acme):
    assert acme.belongs("leads", person(id="U0LEA", guest=True), in_ticket_channel=False)
    assert not acme.belongs("leads", person(id="U0BEN"), in_ticket_channel=True)


@pytest.mark.parametrize(("platform", "group"), [("acme-slack", "S0SUPPORT"), ("acme-discord", "1180000000000000070")])
def test_a_group_or_role_makes_a_team_but_never_of_guests(acme, platform, group):
    groups = frozenset({group, "other"})
    assert acme.belongs("support", person(platform, groups=groups), in_ticket_channel=False)
    assert not acme.belongs("support", person(platform, groups=frozenset({"other"})), in_ticket_channel=True)
    assert not acme.belongs("support", person(platform, groups=groups, guest=True), in_ticket_channel=True)
    assert not acme.belongs("support", person(platform, groups=groups, stranger=True), in_ticket_channel=True)
    assert not acme.belongs("support", person(platform, groups=None), in_ticket_channel=True)


def test_guests_count_where_the_file_takes_them_but_never_people_of_another_organisation(tmp_path):
    book = book_of(tmp_path, changed("slack_group: S0SUPPORT", "members_of: channel, guests: allow"))
    assert book.belongs("support", person(guest=True), in_ticket_channel=True)
    assert not book.belongs("support", person(guest=True), in_ticket_channel=False)
    assert not book.belongs("support", person(guest=True, stranger=True), in_ticket_channel=True)


def test_whoever_is_in_the_channel_belongs_where_the_file_says_so(tmp_path):
    book = book_of(tmp_path, changed("slack_group: S0SUPPORT", "members_of: channel"))
    assert book.belongs("support", person(), in_ticket_channel=True)
    assert not book.belongs("support", person(), in_ticket_channel=False)
    assert not book.belongs("support", person(guest=True), in_ticket_channel=True)
    assert not book.belongs("support", person(stranger=True), in_ticket_channel=True)
    assert book.belongs("support", person("console", "ben"), in_ticket_channel=False)
    assert not book.belongs("nobody", person(), in_ticket_channel=True)


def test_the_groups_to_be_known_are_those_that_teams_name(acme):
    assert acme.groups("slack") == {"S0SUPPORT"}
    assert acme.groups("discord") == {"1180000000000000070"}


def test_the_lanes_of_a_book_are_those_of_its_routes(acme):
    assert {str(lane) for lane in acme.lanes()} == {
        "acme-slack/C0HELP",
        "acme-slack/C0BILLING",
        "acme-slack/C0FR",
        "acme-discord/1180000000000000042",
        "acme-discord/1180000000000000088",
    }
    assert acme.alarms == (Lane("acme-slack", "C0OPS"), None)
