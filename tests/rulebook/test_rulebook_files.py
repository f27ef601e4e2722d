"""Files that are no config at all, and YAML that is too clever: bad-input's C rows and their neighbours."""

import os
import random
import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bridge.rulebook import load
from bridge.rulebook.check import complaints
from tests.rulebook.written import CONFIG, ENV, EXAMPLES, SITE, book_of, changed, complaints_of

SHAPE = re.compile(r"^\d+:\d+: [^ ].*: .+")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (SITE + "server: {port: 1}\n", r"^30:1: server: duplicate key server \(first on line 3\)"),
        (changed("plan: string", "plan: string, plan: number"), r"^9:53: .*: duplicate key plan \(first on line 9\)"),
        ("!!python/object/apply:os.system [id]\n", r"^1:1: .*tags are not allowed \(!!python/object/apply:os.system\)"),
        (changed("version: 1", "version: !!int 1"), r"^1:10: version: tags are not allowed \(!!int\)"),
        (changed("version: 1", "version: !x 1"), r"^1:10: version: tags are not allowed \(!x\)"),
        (changed("version: 1", "!!str version: 1"), r"^1:1: version: tags are not allowed"),
        (changed("[ana]", "&all [ana]"), r"^14:20: teams.leads.members: anchors are not allowed \(&all\)"),
        (changed("[ana]", "[*all]"), r"^14:21: teams.leads.members\[0\]: aliases are not allowed \(\*all\)"),
        (SITE + "<<: {version: 1}\n", r"^30:1: <<: unknown key"),
        ("- version: 1\n", r"^1:1: file: must be a mapping of keys to values; found a list"),
        ("version\n", r"^1:1: file: must be a mapping of keys to values; found a text"),
        ("12\n", r"^1:1: file: must be a mapping of keys to values; found a single value"),
        ("", r"^1:1: file: must be a mapping of keys to values; it is empty"),
        ("# nothing yet\n", r"^1:1: file: must be a mapping of keys to values; it is empty"),
        ("{}\n", r"^1:1: file: version is missing"),
        ("version: 1\n\0", r"^2:1: file: control character U\+0000 is not allowed"),
        ("version: 1\nname: \x1b[31m\n", r"^2:7: file: control character U\+001B is not allowed"),
        ('version: 1\nname: "\\0"\n', r"^2:7: name: control character U\+0000 is not allowed"),
        ('version: 1\nname: "\\ud800"\n', r"^2:7: name: control character U\+D800 is not allowed"),
        ('version: "\\U00110000"\n', r"^1:\d+: file: not YAML"),
        ("version: 1\n---\nversion: 1\n", r"^2:1: file: a second document begins here"),
        ("%YAML 1.1\n---\nversion: 1\n", r"^2:1: file: this file is read as YAML 1.2"),
        ("version: [1\n", r"^2:1: file: not YAML: while parsing a flow sequence"),
        ("version: 1\n\troutes: 1\n", r"^2:1: file: not YAML"),
        ("version: 1\n routes: 1\n", r"^2:\d+: file: not YAML"),
        ("? [a, b]\n: 1\n", r"^1:3: file: a key must be a plain word"),
        ("[" * 5000, r"^1:42: file: nested deeper than 40 levels"),
        ("a: " * 3 + "1\n", r"^1:\d+: file: not YAML"),
        ("version: " + "9" * 5000 + "\n", r"^1:10: version: must be 1"),
    ],
)
def test_what_is_no_config_is_refused_with_its_place(tmp_path, raw, expected):
    found = complaints_of(tmp_path, raw)
    assert any(re.search(expected, line) for line in found), found


def test_a_time_without_quotes_stays_a_text(tmp_path):
    """YAML 1.1 would read 750."""
    book = book_of(tmp_path, changed("C0HELP", "12:30"))
    assert book.root.policy.lane.place == "12:30"


@pytest.mark.parametrize("text", ["yes", "no", "on", "off", "2026-12-24", "1_000", ".inf", "0777abc", "1e999"])
def test_what_yaml_1_1_would_turn_into_something_else_stays_a_text(tmp_path, text):
    assert book_of(tmp_path, changed("C0HELP", text)).root.policy.lane.place == text


def test_dates_need_no_quotes(tmp_path):
    book = book_of(tmp_path, changed('"]}}', '"]}, closed: [2026-12-25], exceptions: {2026-12-24: ["09:00-12:00"]}}'))
    assert len(book.calendars["office"].exceptions) == 2


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SITE.replace("\n", "\r\n").encode())
    assert load(path, ENV).root.name == "fallback"


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"version: 1\nname: \xff\n", ":2:7: file: not UTF-8 text"),
        (SITE.encode("utf-16"), ":1:1: file: not UTF-8 text"),
        (b"#" * 1_000_001, ":1:1: file: cannot read: larger than 1000000 bytes"),
    ],
)
def test_bytes_that_are_no_text_are_refused(tmp_path, raw, sentence):
    path = tmp_path / "site.yaml"
    path.write_bytes(raw)
    assert complaints(path, ENV) == [f"{path}{sentence}"]


def test_a_file_that_cannot_be_read_says_so(tmp_path):
    missing = tmp_path / "missing.yaml"
    assert complaints(missing, ENV) == [f"{missing}:1:1: file: no such file"]
    assert complaints(tmp_path, ENV) == [f"{tmp_path}:1:1: file: cannot read: it is a directory"]
    below = tmp_path / "missing.yaml" / "deeper.yaml"
    assert complaints(below, ENV) == [f"{below}:1:1: file: no such file"]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert complaints(pipe, ENV) == [f"{pipe}:1:1: file: cannot read: not a regular file"]
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    (line,) = complaints(loop, ENV)
    assert re.search("no such|cannot read", line)
    (line,) = complaints(tmp_path / ("x" * 300), ENV)
    assert re.search("no such|cannot read", line)


# ── whatever stands in the file, the loader ends with a book or with complaints ──

WORDS = st.sampled_from(
    [
        *("version", "routes", "name", "match", "target", "platform", "env", "steps", "after", "not", "regex", "given"),
        *("null", "~", "true", "1e5", "-1", "''", "[]", "{}", "&a", "*a", "!!x", "<<", "|", ">", "? ", "- ", ": ", "%"),
        *("{env: X}", "(?=a)", "xoxb-1234567890", "2026-02-30", "25:00-99:99", "9" * 50, "é", "\u202e", "\U0001f600"),
        *("\n", "\n  ", "\t", "\x85", "\u2028", "#", "'", '"', "\\", "«name»", "[key]"),
    ]
)
SOURCES = [path.read_text(encoding="utf-8") for path in EXAMPLES] + [SITE]


@st.composite
def mutations(draw) -> str:
    text = draw(st.sampled_from(SOURCES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        text = text[:start] + draw(st.one_of(WORDS, st.text(max_size=6), st.just(""))) + text[end:]
    return text


def check_ends_well(folder, text: str) -> None:
    path = folder / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    for line in complaints(path, ENV):
        assert SHAPE.match(line.removeprefix(f"{path}:"))
        assert len(line.splitlines()) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutations())
@example("routes: {name: {}, routes: [1, {}, []]}\n")
@example("routes: {name: a, target: {platform: console}, routes: {name: b}}\nversion: 1\n")
@example("version: 1\nroutes: []\ntests: {}\nbots: []\nplatforms: 1\nmembers: {a: [b]}\n")
def test_any_mutation_ends_in_a_book_or_in_complaints(tmp_path, text):
    check_ends_well(tmp_path, text)


VALUES = [
    "null",
    "[]",
    "{}",
    "1",
    "-1",
    "true",
    "x",
    "[[]]",
    "{x: 1}",
    "{env: NOPE}",
    "{file: /}",
    "''",
    "[null, {}]",
    "1.5",
]


@pytest.mark.parametrize("value", VALUES)
def test_any_value_anywhere_ends_in_a_book_or_in_complaints(tmp_path, value):
    lines = (CONFIG / "examples" / "both.yaml").read_text(encoding="utf-8").splitlines()
    keys = [index for index, line in enumerate(lines) if re.match(r" *(- )?[\w.-]+:", line)]
    for index in random.Random(value).sample(keys, 5):
        head = re.match(r" *(- )?[\w.-]+:", lines[index])[0]
        indent = len(head) - len(head.lstrip(" -"))
        after = index + 1
        while after < len(lines) and len(lines[after]) - len(lines[after].lstrip(" -")) > indent:
            after += 1
        check_ends_well(tmp_path, "\n".join([*lines[:index], f"{head} {value}", *lines[after:]]))
