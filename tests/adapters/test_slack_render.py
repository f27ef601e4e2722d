"""Everything we paint stays within Slack's limits, and nothing a user wrote is live in it."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.chat.slack.events.values import read, written
from adapters.chat.slack.render.answers import answer_blocks, digest_blocks
from adapters.chat.slack.render.card import card_blocks
from adapters.chat.slack.render.speech import MAX_TEXT, name_of, parts_of, speech_blocks
from bridge.domain.events import Verb
from bridge.domain.paint import (
    Anchor,
    Button,
    DigestRow,
    Form,
    Listing,
    Moment,
    Notice,
    QueueDigest,
    Speaker,
    Strong,
    Style,
)
from bridge.domain.refs import MessageId
from bridge.domain.words import Attachment
from tests.adapters.far_side import TICKET, button, card, speech
from tests.wire.slack import blocks as block_kit

AT = datetime(2026, 11, 23, 10, 21, tzinfo=UTC)
NASTY = st.sampled_from(
    [
        "<!channel>",
        "<@U0ANA>",
        "<!subteam^S0SUPPORT>",
        "<https://evil.example|bank>",
        "&lt;!here&gt;",
        "[bank](https://evil.example)",
        "\u202e",
        "\u200b",
        "👨‍👩‍👧‍👦",
        "שלום",
        "```",
        "~~~\n",
        "*_~`>",
        ":smile:",
        "\x00",
        "\ud83d",
        "\n\n",
        " ",
    ]
)
WORDS = st.lists(
    st.one_of(NASTY, st.text(max_size=20), st.text(max_size=4).map(lambda text: text * 600)), max_size=12
).map("".join)
SPANS = st.one_of(
    WORDS, WORDS.map(Strong), WORDS.map(lambda text: Anchor(text, "https://shop.example/o")), st.just(Moment(AT))
)
LINES = st.lists(SPANS, max_size=14).map(tuple)
BUTTONS = st.lists(
    st.builds(
        Button,
        label=WORDS,
        verb=st.sampled_from(Verb),
        ticket=st.just(TICKET),
        epoch=st.integers(0, 10_000),
        style=st.sampled_from(Style),
        message=st.sampled_from([None, MessageId("msg_0193" + "0" * 28)]),
        fields=st.dictionaries(st.sampled_from(["to", "until", "note"]), st.text(max_size=60), max_size=2),
        form=st.booleans(),
    ),
    max_size=8,
).map(tuple)
SLOW = settings(
    max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
)


def complaints(painted) -> list[str]:
    """What Slack would refuse, and what we never do."""
    found = list(block_kit.wrong(painted["blocks"]))
    if not painted["text"].strip() or len(painted["text"]) > 4000:
        found.append(f"fallback of {len(painted['text'])} characters")
    return found + [f"live: {who}" for who in block_kit.live(painted["text"], painted["blocks"])]


def marked_up(painted) -> list[str]:
    """Every text Slack reads as mrkdwn, the fallback aside."""
    return [node["text"] for node in block_kit.nodes(painted["blocks"]) if node.get("type") == "mrkdwn"]


@SLOW
@given(
    st.fixed_dictionaries(
        {"who": LINES, "status": LINES, "facts": LINES, "footer": LINES, "title": WORDS, "rule": WORDS}
        | {"body": st.lists(WORDS, max_size=3).map(tuple), "buttons": BUTTONS, "more": BUTTONS}
    )
)
def test_any_card_is_within_the_limits_and_rings_nobody(changes):
    painted = card_blocks(card(**changes))

    assert complaints(painted) == []
    assert all(text.startswith("<!date^") for text in marked_up(painted))


@SLOW
@given(WORDS, WORDS, st.sampled_from(Speaker), st.booleans(), BUTTONS)
def test_any_speech_is_within_the_limits_and_rings_nobody(text, name, speaker, flag, buttons):
    said = speech(text, name=name, speaker=speaker, inside=flag, late=flag, edited=flag, buttons=buttons)

    for part in parts_of(said):
        painted = speech_blocks(part)
        assert complaints(painted) == []
        assert all(text.startswith("<!date^") for text in marked_up(painted))
        assert "\n" not in name_of(part, "user").get("username", "")


@SLOW
@given(
    LINES,
    BUTTONS,
    st.lists(st.tuples(LINES, st.one_of(st.none(), BUTTONS.map(lambda all_: next(iter(all_), None)))), max_size=40),
)
def test_any_answer_is_within_the_limits(line, buttons, rows):
    assert complaints(answer_blocks(Notice(line=line, buttons=buttons))) == []
    assert complaints(answer_blocks(Listing(title="Waiting", rows=tuple(rows)))) == []


@SLOW
@given(WORDS, WORDS, st.integers(0, 60), st.integers(0, 500))
def test_any_digest_is_within_the_limits(title, who, count, more):
    row = DigestRow(
        ticket=TICKET, number=7, title=title, who=who, waiting_since=AT, urgent=False, claim=button("Claim #7")
    )
    assert complaints(digest_blocks(QueueDigest(rows=(row,) * count, at=AT, more=more))) == []


@pytest.mark.parametrize(
    "words", ["&" * 100_000, "x" * 100_000, "👨‍👩‍👧‍👦" * 14_000, "```\n" * 25_000, "a b\n\n" * 20_000]
)
def test_a_hundred_thousand_characters_stay_within_the_limits(words):
    assert complaints(card_blocks(card(title=words, body=(words, words), facts=(words,)))) == []
    for part in parts_of(speech(words)):
        assert complaints(speech_blocks(part)) == []
        assert len(part.text) <= MAX_TEXT


def test_the_card_reads_as_the_page_on_experience_says():
    painted = card_blocks(
        card(
            who=("Mara · French · waiting since ", Moment(AT)),
            facts=("plan pro · ", Anchor("Order ↗", "https://shop.example/o/4411")),
            why="language starts with fr",
        )
    )

    assert block_kit.shown(painted["blocks"]).splitlines() == [
        "● High  #1042  Refund not received",
        "Mara · French · waiting since  <!date^1795429260^{date_short_pretty} {time}|2026-11-23 10:21 UTC>",
        "Nobody has it.",
        "Asked for a person. Order 4411 returned on 3 Nov.",
        "plan pro · Order ↗",
        "Claim Close Why here? Transcript",
        "Nothing written here reaches Mara. · rule: french (language starts with fr)",
    ]
    assert painted["text"] == "● #1042 Refund not received (High)"


def test_choices_behind_the_dots_come_five_at_a_time():
    more = tuple(button(f"Choice {n}", Verb.WHY) for n in range(7))
    (row,) = [block for block in card_blocks(card(buttons=(), more=more))["blocks"] if block["type"] == "actions"]

    assert [len(element["options"]) for element in row["elements"]] == [5, 2]


def test_a_single_choice_is_a_button_of_its_own():
    (row,) = [
        block
        for block in card_blocks(card(buttons=(), more=(button("Why here?"),)))["blocks"]
        if block["type"] == "actions"
    ]
    assert [element["type"] for element in row["elements"]] == ["button"]


def test_a_line_of_more_than_ten_pieces_is_shown_whole():
    line = tuple(piece for n in range(8) for piece in (f"step {n} ", Moment(AT)))
    painted = card_blocks(card(who=line))
    assert complaints(painted) == []
    assert "step 7" in block_kit.shown(painted["blocks"])


def test_no_row_holds_more_than_twenty_five():
    painted = card_blocks(card(buttons=tuple(button(f"Claim {n}") for n in range(30))))
    assert complaints(painted) == []


def test_a_card_without_buttons_has_no_row_of_them():
    assert not block_kit.interactive(card_blocks(card(buttons=(), more=()))["blocks"])


def test_fences_stand_as_code_and_the_rest_as_it_was_written():
    painted = speech_blocks(speech("try *this*:\n```py\nrefund(4411)\n```\nthanks"))

    (words,) = painted["blocks"]
    assert [element["type"] for element in words["elements"]] == [
        "rich_text_section",
        "rich_text_preformatted",
        "rich_text_section",
    ]
    assert "refund(4411)" in block_kit.shown(painted["blocks"])


def test_a_face_must_come_over_https():
    assert (
        name_of(speech("hi", avatar_url="https://cdn.example/m.png"), "user")["icon_url"] == "https://cdn.example/m.png"
    )
    assert "icon_url" not in name_of(speech("hi", avatar_url="http://cdn.example/m.png"), "user")


def test_only_ids_of_slacks_own_shape_ring():
    wanted = ("team:S0SUPPORT", "U0ANA", "team:<!channel>", "<!here>", "everyone", "1180000000000000005")
    painted = speech_blocks(speech("late", mention=wanted))

    assert block_kit.live(painted["text"], painted["blocks"]) == {"team:S0SUPPORT", "U0ANA"}


def test_files_stand_there_by_name_and_size():
    files = (Attachment(name="receipt.pdf", size=31_000_000), Attachment(name="<!here>.png"))
    painted = speech_blocks(speech("", attachments=files))

    assert "receipt.pdf (31 MB)" in block_kit.shown(painted["blocks"])
    assert complaints(painted) == []


def test_a_late_note_says_when_it_was_written():
    shown = block_kit.shown(speech_blocks(speech("x", inside=True, late=True, at=AT))["blocks"])
    assert "Note, stays inside" in shown
    assert "written" in shown


def test_where_a_form_would_be_asked_the_command_is_named():
    form = Form(title="Assign #1042", verb=Verb.ASSIGN, ticket=TICKET, epoch=3, submit="Assign", fields=())
    assert "/handrail assign 1042 @who" in block_kit.shown(answer_blocks(form)["blocks"])


@SLOW
@given(BUTTONS)
def test_what_a_button_carries_comes_back_unchanged(buttons):
    for made in buttons:
        carried = read(written(made))
        assert carried is not None
        assert (carried.ticket, carried.verb, carried.epoch) == (made.ticket, made.verb, made.epoch)
        assert (carried.message, carried.form, dict(carried.fields)) == (made.message, made.form, dict(made.fields))


def test_a_plain_button_carries_ticket_verb_and_epoch():
    assert written(button("Claim")) == f"{TICKET}|claim|3"


@pytest.mark.parametrize("value", [None, "", "x", "tkt|nonsense|3", "tkt|claim|three", "tkt|claim", 7])
def test_a_foreign_value_is_nobodys_button(value):
    assert read(value) is None
