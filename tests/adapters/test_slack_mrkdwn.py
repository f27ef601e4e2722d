"""What members write in Slack, as the user's bot gets it: CommonMark in plain words, and no id of anybody."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from adapters.chat.slack.events.words import Names, to_commonmark
from adapters.chat.slack.render.commonmark import rich_words
from tests.wire.slack import blocks as block_kit

NAMES = Names({"U0BEN": "Ben & <Co>"}, {"S0SUPPORT": "support"})
NOBODY = Names({}, {})
ID = re.compile(r"\b[UWSCT]0[A-Z0-9]{3,}\b")


def said(text: str, names: Names = NAMES) -> str:
    return to_commonmark(text, names, {})


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code_in(commonmark: str) -> list[str]:
    return [token.content for token in MarkdownIt("commonmark").parse(commonmark) if token.type == "fence"]


@pytest.mark.parametrize(
    ("slack", "code"),
    [
        ("```total = 3\nprint(total)```", "total = 3\nprint(total)\n"),
        ("```\ntotal = 3\nprint(total)\n```", "total = 3\nprint(total)\n"),
        ("like so: ```a &lt; b\nb &lt; c``` and then", "a < b\nb < c\n"),
        ("```*not bold*\n~not struck~```", "*not bold*\n~not struck~\n"),
    ],
)
def test_a_block_of_code_keeps_its_first_line(slack, code):
    assert code_in(said(slack)) == [code]


def test_the_words_around_a_block_of_code_stay_words():
    assert said("like so: ```a\nb``` and *then*") == "like so: \n```\na\nb\n```\n and **then**"


@pytest.mark.parametrize(
    ("slack", "plain"),
    [
        ("a *bold* and _leaning_ and ~gone~ `word`", "a **bold** and _leaning_ and ~~gone~~ `word`"),
        ("*_both_*", "**_both_**"),
        ("&gt; what they said\nwhat I say", "> what they said\nwhat I say"),
        ("1. first\n2. second", "1. first\n2. second"),
        ("• one\n    ◦ inner\n• two", "- one\n    - inner\n- two"),
        ("<!date^1795428000^{time}>", "2026-11-23 10:00 UTC"),
        ("<!date^soon^{time}>", "a date"),
        ("<!date^99999999999999999^{time}>", "a date"),
        ("<#C0OPS|>", "#channel"),
        ("<@U0BEN>: <mailto:a@b.example|write>", "@Ben & <Co>: write (a@b.example)"),
        ("<tel:+331|+331>", "+331"),
        ("<https://a.example/?q=&lt;b&gt;&amp;c>", "https://a.example/?q=<b>&c"),
        ("&amp;lt;!channel&amp;gt;", "&lt;!channel&gt;"),
        ("", ""),
    ],
)
def test_what_is_written_is_said_in_plain_words(slack, plain):
    assert said(slack) == plain


MENTIONS = ["<@U0NOBODY>", "<@W0NOBODY|>", "<#C0SECRET>", "<#C0SECRET|>", "<!subteam^S0SECRET>", "<!here>"]
MARKS = ["*", "`", "_", "~", "```", "&gt;", "<!subteam^S0SECRET|@ops>", "<!date^1^{ago}^https://a.example|then>"]
TOKENS = st.sampled_from([*MENTIONS, *MARKS])


@settings(deadline=None)
@given(st.lists(st.one_of(TOKENS, st.text(max_size=12).map(escaped)), max_size=20).map("".join))
def test_no_id_of_a_member_a_group_or_a_channel_reaches_the_user(text):
    typed = re.sub(r"<[^<>]*>", "", text)
    assert set(ID.findall(said(text, NOBODY))) <= set(ID.findall(typed))


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120))
def test_plain_words_come_back_from_the_thread_as_they_were_typed(text):
    """Member → bot → thread: nothing is escaped twice on the way, and nothing is swallowed."""
    plain = re.sub(r"[^\w &<>;.,!?'\"/-]", "", text).strip()
    if not plain or plain[0] in "#>-" or re.match(r"\d+[.)]", plain) or "_" in plain or "<" in plain:
        return
    there = said(escaped(plain), NOBODY)
    assert there == plain
    assert block_kit.shown(rich_words(there)).split() == plain.split()
