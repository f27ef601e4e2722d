import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.domain.text import excerpt, split

FAMILY = "👨‍👩‍👧‍👦"
ANY_TEXT = st.text(max_size=400)
PROSE = st.lists(
    st.sampled_from(
        ["a", "word", "Größe", "\n", "\n\n", " ", "  ", "```", "```py\n", "~~~\n", "`x`", "&", "<b>", FAMILY]
    ),
    max_size=120,
).map("".join)


def words_of(text: str) -> str:
    return "".join(text.split())


def is_subsequence(small: str, large: str) -> bool:
    letters = iter(large)
    return all(letter in letters for letter in small)


def open_fence(piece: str) -> str | None:
    """The marker of the fence still open at the end of a piece, as CommonMark reads it."""
    marker = None
    for line in piece.splitlines():
        if marker is not None:
            bare = line.strip()
            if len(line) - len(line.lstrip(" ")) <= 3 and len(bare) >= len(marker) and not bare.strip(marker[0]):
                marker = None
        elif opening := re.match(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})", line):
            marker = opening[1]
    return marker


def escaped_size(text: str) -> int:
    return len(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def test_a_short_text_stays_as_it_is():
    assert split("  hello\n\nthere ", 100) == ["  hello\n\nthere "]


@pytest.mark.parametrize("blank", ["", " ", "\n\n", "\t \n" * 300])
def test_a_blank_text_has_no_pieces(blank):
    assert split(blank, 10) == []


def test_a_long_text_is_cut_between_paragraphs_first():
    assert split("one one\n\ntwo two\nthree", 14) == ["one one", "two two\nthree"]


def test_without_a_paragraph_it_is_cut_between_lines():
    assert split("one one one\ntwo two two", 14) == ["one one one", "two two two"]


def test_without_a_line_it_is_cut_between_words():
    assert split("one two three four", 10) == ["one two", "three four"]


def test_a_fence_is_closed_and_opened_again_at_a_cut():
    code = "\n".join(f"line {n}" for n in range(6))
    assert split(f"see:\n\n```py\n{code}\n```\n\nthat was it", 40) == [
        "see:\n\n```py\nline 0\nline 1\nline 2\n```",
        "```py\nline 3\nline 4\nline 5\n```",
        "that was it",
    ]


def test_code_keeps_its_indent_over_a_cut():
    pieces = split("```\nif a:\n    first()\n    second()\n    third()\n```", 32)
    assert pieces == ["```\nif a:\n    first()\n```", "```\n    second()\n    third()\n```"]


@pytest.mark.parametrize(
    "whole", [FAMILY, "e\u0301\u0302", "👍🏽", "🇫🇷", "각".encode().decode(), "\u1112\u1161\u11ab", "❤️"]
)
def test_what_looks_like_one_character_is_never_cut_in_two(whole):
    for limit in range(len(whole), 3 * len(whole)):
        for piece in split(whole * 12, limit):
            assert piece == whole * (len(piece) // len(whole))


def test_a_pair_of_surrogates_stays_together():
    assert all(len(piece) % 2 == 0 for piece in split("\ud83d\ude00" * 9, 5))


def test_a_mark_upon_mark_longer_than_the_limit_is_cut_all_the_same():
    pieces = split("Z" + "\u0301" * 50, 10)
    assert all(len(piece) <= 10 for piece in pieces)
    assert "".join(pieces) == "Z" + "\u0301" * 50


@given(ANY_TEXT, st.integers(min_value=1, max_value=80))
def test_no_piece_is_longer_than_the_limit_or_empty(text, limit):
    for piece in split(text, limit):
        assert len(piece) <= limit
        assert piece.strip()


@given(PROSE, st.integers(min_value=5, max_value=120))
def test_the_limit_is_kept_in_the_size_the_platform_counts(text, limit):
    assert all(escaped_size(piece) <= limit for piece in split(text, limit, escaped_size))


@given(ANY_TEXT.filter(lambda text: "```" not in text and "~~~" not in text), st.integers(min_value=1, max_value=80))
def test_no_word_is_lost(text, limit):
    assert "".join(words_of(piece) for piece in split(text, limit)) == words_of(text)


@given(PROSE, st.integers(min_value=1, max_value=120))
def test_no_word_is_lost_around_fences(text, limit):
    assert is_subsequence(words_of(text), "".join(words_of(piece) for piece in split(text, limit)))


@example("```" + "👨‍👩‍👧‍👦a" + "👨‍👩‍👧‍👦" * 2, 24)
@given(PROSE, st.integers(min_value=24, max_value=120))
def test_every_piece_of_a_cut_text_closes_its_fences(text, limit):
    pieces = split(text, limit)
    if len(pieces) > 1:
        assert [open_fence(piece) for piece in pieces] == [None] * len(pieces)


def test_a_hundred_thousand_characters_are_cut_in_no_time():
    assert sum(len(piece) for piece in split("x" * 100_000, 3_000)) == 100_000


def test_an_excerpt_is_one_line_that_ends_at_a_word():
    assert excerpt("The  refund\nhas not arrived", 20) == "The refund has not…"
    assert excerpt("short", 20) == "short"


@given(ANY_TEXT, st.integers(min_value=0, max_value=60))
def test_an_excerpt_is_never_longer_than_asked(text, limit):
    short = excerpt(text, limit)
    assert len(short) <= limit
    assert "\n" not in short
