import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.chat.discord import render
from adapters.chat.discord.render.buttons import ACT, MENU, custom_id, read_custom_id, rows
from adapters.chat.discord.render.marker import Marker, find_marker, nonce
from adapters.chat.discord.render.markup import escape, fit, soften
from bridge.domain.events import Verb
from bridge.domain.paint import Anchor, Listing, Moment, Notice, Speaker, Strong
from bridge.domain.refs import MessageId, new_id
from tests.adapters.far_side import TICKET, button, card, speech
from tests.wire.discord import checks

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LOUD = [*"*_~|`<>[]()#@-+.:/!&\\ \n1a", "everyone", "here", "https://evil.example/a_b", "```", "é", "👍", "<@5>"]
HOSTILE = st.lists(st.sampled_from(LOUD) | st.text(st.characters(codec="utf-8"), max_size=5), max_size=40).map("".join)


def unescaped(shown: str) -> str:
    shown = re.sub(r"(?<!\\)<(https?://[^>\s]*)>", r"\1", shown).replace("\u200b", "")
    return re.sub(r"\\([^A-Za-z0-9\s])", r"\1", shown)


@given(HOSTILE)
@settings(max_examples=300, deadline=None)
def test_words_of_others_lose_nothing_and_bring_nothing_to_life(words):
    words = words.replace("\u200b", "").replace("\\", "/")
    shown = escape(words)

    assert unescaped(shown) == words
    assert checks.pinged(shown, None) == []
    bare = re.sub(r"<https?://[^>\s]*>", "", shown)
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_~|`<>\[\]]", bare)
    assert not re.search(r"(?m)^[ \t]*(?:#{1,3}|-#|[-+]) ", bare)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("# big", "\\# big"),
        ("-# small", "\\-# small"),
        ("- one\n- two", "\\- one\n\\- two"),
        ("1. one", "1\\. one"),
        ("[bank](https://evil.example)", "\\[bank\\](<https://evil.example>)"),
        ("<@1180000000000000005> @everyone", "\\<@1180000000000000005\\> @\u200beveryone"),
        ("https://shop.example/a_b?c=*", "<https://shop.example/a_b?c=>\\*"),
        ("https://evil.example/a_b@everyone", "<https://evil.example/a_b>@\u200beveryone"),
        ("2 * 3 = 6", "2 \\* 3 = 6"),
    ],
)
def test_markup_of_others_is_shown_as_they_typed_it(words, shown):
    assert escape(words) == shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("**yes** and _no_", "**yes** and _no_"),
        ("```\n<@1> @everyone\n```", "```\n<@1> @everyone\n```"),
        ("see [the page](https://a.example/x)", "see the page (<https://a.example/x>)"),
        ("<@5> <@&6> @here", "\\<@5> \\<@&6> @\u200bhere"),
        ("-# w-aaaaaaaaaa", "\\-# w-aaaaaaaaaa"),
        ("||secret||", "\\|\\|secret\\|\\|"),
    ],
)
def test_markup_of_the_team_stays_but_calls_and_disguised_links_do_not(words, shown):
    assert soften(words) == shown


@given(HOSTILE, st.integers(2, 60))
@settings(max_examples=200, deadline=None)
def test_a_line_is_cut_to_its_room_as_painted(words, room):
    assert len(fit(words, room)) <= room


@given(HOSTILE, st.integers(1, 300))
@settings(max_examples=100, deadline=None)
def test_a_card_of_any_words_is_taken_by_discord(words, times):
    words *= times
    anchor = Anchor(words, "https://shop.example/o/(4411)")
    body = render.card(
        card(
            title=words, state_word=words, who=(words, Moment(AT)), status=(Strong(words),), body=(words, words),
            facts=(anchor, words), footer=(words,), rule=words,
            buttons=(button(words or "x"), button("Order", url="https://shop.example")),
        ),
        "dlv_1",
    )  # fmt: skip

    checks.message(body)
    assert find_marker(body) == Marker.ROOT.of("dlv_1")


@given(HOSTILE, st.integers(1, 200), st.sampled_from(Speaker), st.booleans())
@settings(max_examples=100, deadline=None)
def test_every_part_of_any_speech_is_taken_by_discord(words, times, speaker, inside):
    said = speech(words * times, speaker=speaker, name=words[:30] or "Mara", inside=inside, late=True, edited=True)
    for part in render.parts(said):
        body = render.speech(part, "k")
        if body["content"]:
            checks.message(body)
            assert find_marker(body) == Marker.WORDS.of("k")
        assert checks.pinged(str(body["content"]), body["allowed_mentions"]) == []


def test_a_card_reads_as_the_experience_page_says():
    body = render.card(card(facts=("plan ", Strong("pro"), " · ", Anchor("Order ↗", "https://shop.example/4411"))))

    (embed,) = body["embeds"]
    assert embed["title"] == "● High  #1042  Refund not received"
    assert embed["description"].split("\n") == [
        "Mara · French",
        "Asked for a person. Order 4411 returned on 3 Nov.",
        "plan **pro** · [Order ↗](<https://shop.example/4411>)",
        "Nobody has it.",
        "-# Nothing written here reaches Mara.",
    ]
    assert embed["footer"] == {"text": "rule: french"}


def test_times_are_shown_in_the_readers_zone():
    (embed,) = render.card(card(who=("Mara · waiting since ", Moment(AT, relative=True), " ", Moment(AT))))["embeds"]

    seconds = int(AT.timestamp())
    assert f"Mara · waiting since <t:{seconds}:R> <t:{seconds}:t>" in embed["description"]


def test_a_thread_is_named_after_its_ticket_and_never_its_state():
    assert render.thread_name(1042, "Refund not received") == "#1042 Refund not received"
    assert len(render.thread_name(1042, "x" * 300)) <= 100


def test_words_of_a_user_say_whose_they_are_and_when_they_are_late():
    content = render.speech(speech("hello", late=True, edited=True))["content"]

    assert content.split("\n") == ["**Mara** (user)", "hello", f"-# written <t:{int(AT.timestamp())}:t> · edited"]


def test_buttons_carry_all_they_mean_and_fit_in_discords_hundred_characters():
    ticket, message = new_id("tkt"), MessageId(new_id("msg"))
    for verb in Verb:
        asked = button("Do it", verb, message=message)
        asked = type(asked)(label="x", verb=verb, ticket=ticket, epoch=9999, message=message)
        name = custom_id(asked, only="18446744073709551615")

        assert name is not None
        assert len(name) <= 100
        act = read_custom_id(name)
        assert (act.ticket, act.verb, act.epoch, act.message) == (ticket, verb, 9999, message)
        assert act.only == "18446744073709551615"


@given(st.dictionaries(st.sampled_from(["to", "note", "until"]), st.text(st.characters(codec="utf-8"), max_size=8)))
@settings(deadline=None)
def test_a_buttons_choices_come_back_as_they_were(fields):
    name = custom_id(button("x", Verb.SNOOZE, fields=fields))
    if name is not None:
        assert read_custom_id(name).fields == fields


@pytest.mark.parametrize("raw", ["", "tkt:", "tkt:1:dance:3", "tkt:1:claim:x", "other:1:claim:3", "tkt:1:claim"])
def test_an_id_that_is_none_of_ours_means_nothing(raw):
    assert read_custom_id(raw) is None


def test_every_custom_id_matches_exactly_one_pattern():
    shown = rows([button("Claim"), button("Close", Verb.CLOSE)], [button("Why here?", Verb.WHY)])
    names = [item["custom_id"] for row in shown for item in row["components"]]

    for name in names:
        assert bool(re.fullmatch(ACT, name)) != bool(re.fullmatch(MENU, name))
    for option in shown[-1]["components"][0]["options"]:
        assert re.fullmatch(ACT, option["value"])


def test_the_same_button_twice_stands_there_once():
    (row,) = rows([button("Claim"), button("Claim")])
    assert len(row["components"]) == 1


def test_the_nonce_is_short_and_a_matter_of_the_key_alone():
    assert nonce("dlv_1") == nonce("dlv_1") != nonce("dlv_2")
    assert len(nonce("dlv_1" * 100)) == 25


def test_a_listing_that_is_too_long_says_how_much_is_left():
    rows_ = tuple(((f"#{n} " + "words " * 40,), button(f"Claim #{n}", fields={"n": str(n)})) for n in range(60))
    body = render.listing(Listing(title="All", rows=rows_))

    checks.message(body)
    assert re.search(r"… and \d+ more$", body["content"])


def test_a_private_question_binds_its_buttons_to_one_person():
    body = render.notice(
        Notice(line=("Held.",), buttons=(button("Send", Verb.SEND_HELD),)), to="Ana", only="1180000000000000005"
    )

    (row,) = body["components"]
    assert read_custom_id(row["components"][0]["custom_id"]).only == "1180000000000000005"
    assert read_custom_id(row["components"][0]["custom_id"]).ticket == TICKET
