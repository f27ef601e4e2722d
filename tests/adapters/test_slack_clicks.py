"""Slack's interactions → what somebody asked for. Pure: no server, no clock."""

from datetime import UTC, datetime

from adapters.chat.slack.events import clicks
from adapters.chat.slack.events.people import Facts, Home, Known
from bridge.domain.events import FormAsked, Verb
from bridge.domain.refs import Lane

HOME = Home(platform="acme-slack", team="T0ACME", bot_id="B0HANDRAIL", bot_user="U0HANDRAIL", url=None)
KNOWN = Known(
    people={"U0ANA": Facts(name="Ana", team="T0ACME"), "U0BEN": Facts(name="Ben & Co", team="T0ACME")},
    handles={},
    members={"S0SUPPORT": frozenset({"U0ANA"})},
)
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TS = "1795428060.000200"


def command(text: str, **changes):
    body = {
        "command": "/handrail",
        "text": text,
        "user_id": "U0ANA",
        "user_name": "ana",
        "team_id": "T0ACME",
        "channel_id": "C0HELP",
        "trigger_id": "t1",
    }
    return clicks.to_command(body | changes, HOME, KNOWN, AT)


def test_a_command_comes_as_words_with_whom_it_names():
    event = command("assign 1042 <@U0BEN|ben and co> &lt;now&gt;")

    assert event.words == ("assign", "1042", "@Ben & Co", "<now>")
    assert [person.id for person in event.named] == ["U0BEN"]
    assert event.lane == Lane("acme-slack", "C0HELP")
    assert event.person.in_channel


def test_a_command_in_a_direct_message_has_no_lane():
    event = command("list", channel_id="D0ANA")
    assert event.lane is None
    assert not event.person.in_channel


def test_a_click_on_a_link_is_nothing():
    body = {
        "type": "block_actions",
        "user": {"id": "U0ANA"},
        "channel": {"id": "C0HELP"},
        "container": {"message_ts": TS, "channel_id": "C0HELP"},
        "actions": [{"type": "button", "action_id": "open.1", "action_ts": "1.2"}],
    }
    assert clicks.to_pressed(body, HOME, KNOWN, AT) is None
    body["actions"][0]["value"] = "tkt_1|claim|3"
    pressed = clicks.to_pressed(body, HOME, KNOWN, AT)
    assert pressed is not None
    assert pressed.verb is Verb.CLAIM
    assert pressed.key.key == f"action/C0HELP/{TS}/open.1/U0ANA/1.2"


def test_a_click_on_a_button_that_needs_a_form_only_asks_for_it():
    body = {
        "user": {"id": "U0ANA"},
        "container": {"message_ts": TS, "channel_id": "C0HELP"},
        "actions": [{"type": "button", "action_id": "assign.1", "action_ts": "1.2", "value": "tkt_1|assign|3||form"}],
    }
    asked = clicks.to_pressed(body, HOME, KNOWN, AT)
    assert isinstance(asked, FormAsked)
    assert asked.verb is Verb.ASSIGN


def test_a_click_on_the_card_is_answered_in_its_thread():
    body = {"user": {"id": "U0ANA"}, "container": {"message_ts": TS, "channel_id": "C0HELP"}}
    place = clicks.place_of_click(body)
    assert place is not None
    assert place.thread == TS


def test_a_click_without_a_place_is_nothing():
    assert clicks.place_of_click({"user": {"id": "U0ANA"}}) is None
    assert clicks.to_pressed({"user": {"id": "U0ANA"}, "actions": [{}]}, HOME, KNOWN, AT) is None
