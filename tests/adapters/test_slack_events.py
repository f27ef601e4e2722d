"""Slack's payloads → what happened. Pure: no server, no clock."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.slack.events import messages
from adapters.chat.slack.events.people import Facts, Home, Known
from adapters.chat.slack.events.words import Names, emoji_in, mentions_in, to_commonmark
from bridge.domain.events import PersonDeleted, PersonEdited, PersonWrote, ThreadGone
from bridge.domain.files import of_platform
from bridge.domain.refs import Lane, MessageRef, ThreadRef

HOME = Home(platform="acme-slack", team="T0ACME", bot_id="B0HANDRAIL", bot_user="U0HANDRAIL", url=None)
ANA, BEN = Facts(name="Ana", team="T0ACME"), Facts(name="Ben & Co", team="T0ACME")
KNOWN = Known(
    people={"U0ANA": ANA, "U0BEN": BEN, "U0HANDRAIL": Facts(name="Handrail")},
    handles={"S0SUPPORT": "support"},
    members={"S0SUPPORT": frozenset({"U0ANA"})},
)
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ROOT, TS = "1795428000.000100", "1795428060.000200"


def message(**changes):
    event = {
        "type": "message",
        "channel": "C0HELP",
        "channel_type": "channel",
        "user": "U0ANA",
        "text": "on its way",
        "ts": TS,
        "thread_ts": ROOT,
        "event_ts": TS,
    }
    return {name: value for name, value in (event | changes).items() if value is not None}


def heard(event, known: Known = KNOWN):
    return messages.to_event(event, HOME, known)


def said(text: str, **more) -> str:
    event = heard(message(text=text, **more))
    assert isinstance(event, PersonWrote)
    return event.text


def test_a_reply_in_a_thread_is_a_member_who_wrote():
    event = heard(message())

    assert isinstance(event, PersonWrote)
    lane = Lane("acme-slack", "C0HELP")
    assert event.thread == ThreadRef(lane, ROOT)
    assert event.origin == MessageRef(lane, ROOT, TS)
    assert event.at == datetime(2026, 11, 23, 10, 1, 0, 200, tzinfo=UTC)
    assert (event.person.name, event.person.workspace, event.person.groups) == ("Ana", "T0ACME", {"S0SUPPORT"})
    assert event.key.scope == "acme-slack"


@pytest.mark.parametrize(
    "changes",
    [
        {"thread_ts": None},
        {"thread_ts": TS},
        {"channel_type": "im"},
        {"channel_type": "mpim"},
        {"bot_id": "B0OTHER"},
        {"app_id": "A0OTHER"},
        {"bot_id": "B0HANDRAIL", "user": "U0HANDRAIL"},
        {"user": "U0HANDRAIL"},
        {"user": "USLACKBOT"},
        {"user": None},
        {"subtype": "bot_message"},
        {"subtype": "channel_topic"},
        {"subtype": "message_replied"},
        {"subtype": "me_message"},
        {"subtype": "channel_join"},
        {"text": "", "attachments": [{"is_share": True, "text": "what Ben said elsewhere"}]},
        {"text": " ", "subtype": "file_share", "files": [{"mode": "tombstone"}]},
    ],
)
def test_what_is_not_a_members_word_in_a_thread_is_nothing(changes):
    assert heard(message(**changes)) is None


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast"])
def test_a_reply_with_a_file_or_shown_in_the_channel_is_a_reply_all_the_same(subtype):
    assert isinstance(heard(message(subtype=subtype)), PersonWrote)


def test_files_come_by_name_and_in_a_form_that_only_this_adapter_can_read():
    files = [
        {"name": "receipt.pdf", "mimetype": "application/pdf", "size": 900, "url_private": "https://files.example/x"},
        {"mode": "tombstone"},
    ]
    event = heard(message(subtype="file_share", files=files))

    assert isinstance(event, PersonWrote)
    (file,) = event.attachments
    assert (file.name, file.content_type, file.size) == ("receipt.pdf", "application/pdf", 900)
    assert of_platform(file.url) == ("acme-slack", "https://files.example/x")


@pytest.mark.parametrize(
    ("slack", "plain"),
    [
        ("hello <@U0BEN>", "hello @Ben & Co"),
        ("hello <@U0BEN|ben>", "hello @Ben & Co"),
        ("hello <@U0NEW|newcomer>", "hello @newcomer"),
        ("hello <@U0NEW>", "hello @somebody"),
        ("see <#C0OPS|ops>", "see #ops"),
        ("see <#C0OPS>", "see #channel"),
        ("<!subteam^S0SUPPORT> look", "@support look"),
        ("<!here> look", "@here look"),
        ("<!channel|channel> look", "channel look"),
        ("at <!date^1795428000^{time}|10:00>", "at 10:00"),
        ("<https://shop.example/?a=1&amp;b=2>", "https://shop.example/?a=1&b=2"),
        ("<https://shop.example|shop.example>", "https://shop.example"),
        ("<https://shop.example|the shop>", "the shop (https://shop.example)"),
        ("<mailto:ana@acme.example|ana@acme.example>", "ana@acme.example"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("a *bold* word", "a **bold** word"),
        ("an _odd_ word", "an _odd_ word"),
        ("a ~gone~ word", "a ~~gone~~ word"),
        ("2*3*4", "2*3*4"),
        ("`*code*` and ```*more*```", "`*code*` and ```*more*```"),
        ("• one\n• two", "- one\n- two"),
        ("at 10:30:45", "at 10:30:45"),
    ],
)
def test_mrkdwn_becomes_plain_commonmark(slack, plain):
    assert said(slack) == plain


def test_emoji_are_drawn_or_said_as_the_message_itself_tells():
    elements = [
        {"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fc", "skin_tone": 3},
        {"type": "emoji", "name": "party_parrot"},
    ]
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}]

    assert said("hi :wave::skin-tone-3: :party_parrot: :not_one:", blocks=blocks) == "hi 👋🏼 (party parrot) :not_one:"
    assert emoji_in(None) == {}


@pytest.mark.parametrize(
    ("slack", "mentions"),
    [
        ("plain", ()),
        ("<@U0BEN> and <@U0BEN>", ("Ben & Co",)),
        ("<!subteam^S0SUPPORT|@support>", ("support",)),
        ("<!here> <!channel> <!everyone>", ("everyone",)),
        ("so <@U0HANDRAIL> send this", ()),
        ("&lt;!here&gt;", ()),
    ],
)
def test_whom_a_message_mentions_is_told_by_name(slack, mentions):
    event = heard(message(text=slack))
    assert isinstance(event, PersonWrote)
    assert event.mentions == mentions


@given(st.text(max_size=200).filter(lambda text: not set("*~`•◦▪:") & set(text)))
def test_unescaping_undoes_slacks_escaping_exactly_once(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert to_commonmark(escaped, Names({}, {}), {}) == text


@given(st.text(max_size=300))
def test_no_text_breaks_the_translation(text):
    names = Names({}, {})
    to_commonmark(text, names, {})
    mentions_in(text, names, "U0HANDRAIL")


def changed(before=None, after=None, **more):
    edited = {"user": "U0ANA", "ts": "1795428090.000000"}
    return {
        "type": "message",
        "subtype": "message_changed",
        "channel": "C0HELP",
        "channel_type": "channel",
        "message": message(text="on its way!", edited=edited) | (after or {}),
        "previous_message": message() | (before or {}),
        "ts": "1795428090.000300",
        "event_ts": "1795428090.000300",
    } | more


def test_a_changed_text_is_an_edit():
    event = heard(changed())

    assert isinstance(event, PersonEdited)
    assert event.text == "on its way!"
    assert event.origin == MessageRef(Lane("acme-slack", "C0HELP"), ROOT, TS)


def test_two_edits_of_a_message_are_two_facts():
    later = changed(after={"edited": {"user": "U0ANA", "ts": "1795428095.000000"}})
    assert len({heard(event).key for event in (changed(), later, message())}) == 3


def test_a_preview_added_by_slack_is_no_edit():
    assert heard(changed(after={"text": "on its way", "attachments": [{}]})) is None
    assert heard(changed(after={"edited": None})) is None


def deleted(before, **more):
    return {
        "type": "message",
        "subtype": "message_deleted",
        "channel": "C0HELP",
        "channel_type": "channel",
        "deleted_ts": before["ts"],
        "previous_message": before,
        "ts": "1795428090.000400",
        "event_ts": "1795428090.000400",
    } | more


def test_a_deleted_reply_is_a_deletion():
    event = heard(deleted(message()))
    assert isinstance(event, PersonDeleted)
    assert event.origin == MessageRef(Lane("acme-slack", "C0HELP"), ROOT, TS)


def test_our_deleted_root_is_a_thread_that_is_gone():
    root = {"ts": ROOT, "bot_id": "B0HANDRAIL", "text": "card"}
    tombstone = {"subtype": "tombstone", "ts": ROOT, "thread_ts": ROOT, "user": "USLACKBOT"}

    for event in (heard(deleted(root)), heard(changed(before=root, message=tombstone, previous_message=root))):
        assert isinstance(event, ThreadGone)
        assert event.thread == ThreadRef(Lane("acme-slack", "C0HELP"), ROOT)


def test_anybody_elses_deleted_message_of_the_channel_is_nothing():
    assert heard(deleted({"ts": ROOT, "user": "U0ANA", "text": "lunch?"})) is None
    assert heard(deleted({"ts": TS, "thread_ts": ROOT, "bot_id": "B0OTHER", "text": "x"})) is None


def test_somebody_who_could_not_be_looked_up_has_unknown_groups():
    event = heard(message(user="U0NEW"))
    assert isinstance(event, PersonWrote)
    assert event.person.groups is None


def test_nobodys_groups_are_known_when_a_group_could_not_be_read():
    event = heard(message(), Known(people=KNOWN.people, handles={}, members=None))
    assert isinstance(event, PersonWrote)
    assert event.person.groups is None


@pytest.mark.parametrize("team", [{"user_team": "T0FAR"}, {"source_team": "T0FAR"}, {"team": "T0FAR"}])
def test_somebody_of_another_organisation_is_a_stranger(team):
    event = heard(message(user="U0FAR", **team), Known(people={}, handles={}, members={}))
    assert isinstance(event, PersonWrote)
    assert event.person.stranger
    assert event.person.workspace == "T0FAR"
