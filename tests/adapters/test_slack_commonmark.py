"""CommonMark becomes rich text that looks alike, loses no word and hides no address."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.chat.slack.render.commonmark import rich_words
from tests.wire.slack import blocks as block_kit

MARKS = [
    "*",
    "**",
    "_",
    "~~",
    "`",
    "``",
    "[",
    "](",
    ")",
    "](https://a.example)",
    "<",
    ">",
    "> ",
    "- ",
    "+ ",
    "7) ",
    "1. ",
    "# ",
]
MORE = [
    "\n",
    "\n\n",
    "    ",
    "\\",
    "~~~",
    "```",
    "![",
    "!",
    "---",
    "===",
    "<https://a.example>",
    '"',
    "[foo]: ",
    "\t",
    "|",
]
TEXTS = st.lists(st.sampled_from([*MARKS, *MORE, "ab", "cd1", " ", " x "]), max_size=40).map("".join)


def styled(text: str) -> list[tuple[str, str]]:
    """Each piece with the names of its styles."""
    nodes = [node for node in block_kit.nodes(rich_words(text)) if node.get("type") == "text"]
    return [(node["text"], "+".join(node.get("style", {}))) for node in nodes]


def shown(text: str) -> str:
    return block_kit.shown(rich_words(text))


def letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("plain", [("plain", "")]),
        ("**bold** word", [("bold", "bold"), (" word", "")]),
        ("*odd* ~~gone~~ `x*y`", [("odd", "italic"), (" ", ""), ("gone", "strike"), (" ", ""), ("x*y", "code")]),
        ("***both***", [("both", "bold+italic")]),
        ("**`x`**", [("x", "bold+code")]),
        ("# Head", [("Head", "bold")]),
        ("one\ntwo\n\nthree", [("one\ntwo\n\nthree", "")]),
        ("- a\n- b\n  - c", [("• a\n• b\n  • c", "")]),
        ("7. a\n8. b", [("7. a\n8. b", "")]),
        ("-", [("•", "")]),
        ("[bank](https://evil.example)", [("bank (https://evil.example)", "")]),
        ("[**bank**](https://evil.example)", [("bank", "bold"), (" (https://evil.example)", "")]),
        ("[`bank`](https://evil.example)", [("bank", "code"), (" (https://evil.example)", "")]),
        ("<https://shop.example>", [("https://shop.example", "")]),
        ("<ana@acme.example>", [("ana@acme.example", "")]),
        ("[x](javascript:alert)", [("[x](javascript:alert)", "")]),
        ("![cat](https://a.example/c.png)", [("cat (https://a.example/c.png)", "")]),
        ("<b>hi</b> <!here> &amp;", [("<b>hi</b> <!here> &amp;", "")]),
        ("[foo]: https://a.example\n---", [("[foo]: https://a.example\n---", "")]),
        ("a \\* b", [("a * b", "")]),
    ],
)
def test_each_mark_has_its_look(text, pieces):
    assert styled(text) == pieces


def test_quotes_and_code_stand_in_blocks_of_their_own():
    (block,) = rich_words("see\n\n> she said\n\n```py\nrefund()\n```\nthanks")
    assert [element["type"] for element in block["elements"]] == [
        "rich_text_section",
        "rich_text_quote",
        "rich_text_preformatted",
        "rich_text_section",
    ]


@pytest.mark.parametrize("blank", ["", "  \n ", "\x00", "```\n```"])
def test_a_blank_text_has_no_block(blank):
    assert rich_words(blank) == []


def test_words_behind_a_fence_are_no_language():
    assert shown("```refund me\nplease\n```") == "refund me\nplease"
    assert shown("```py\nrefund()\n```") == "refund()"


@settings(deadline=None)
@given(TEXTS)
def test_no_word_is_lost_and_nothing_is_refused(text):
    assert list(block_kit.wrong(rich_words(text))) == []
    left = iter(letters(shown(text)))
    assert all(letter in left for letter in letters(text))


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_painted(text):
    assert list(block_kit.wrong(rich_words(text))) == []


@pytest.mark.parametrize(
    "text", ["*" * 3000, "[" * 3000, "> " * 1500, "- " * 1500, "`" * 3000, "*_" * 1500, "![" * 1500]
)
def test_a_page_of_marks_is_painted_at_once(text):
    assert list(block_kit.wrong(rich_words(text))) == []
