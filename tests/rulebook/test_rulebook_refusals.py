"""What a config file may not say, and the sentence that says so."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.rulebook import Kinds
from bridge.rulebook.check import complaints
from bridge.rulebook.wording import sentences
from tests.rulebook.written import ENV, SITE, changed, complaints_of, write

MATCH = "match: {language: {prefix: fr}}"
STEP = "{after: 3m, do: mention, who: team}"
KEYS = "keys: [{env: SHOP_BOT_KEY}]"
SECRET = "a secret never stands in this file: write {env: NAME} or {file: path}"


def test_the_small_site_is_good(tmp_path):
    assert complaints_of(tmp_path, SITE) == []


def mistakes() -> list[tuple[str, ...]]:
    blocks = Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8").rstrip("\n").split("\n\n")[1:]
    return [tuple(line.replace("\\n", "\n").replace("(nothing)", "") for line in block.split("\n")) for block in blocks]


@pytest.mark.parametrize(("old", "new", "complaint"), mistakes())
def test_a_mistake_is_named_with_its_place(tmp_path, old, new, complaint):
    marked = changed(old, new)
    before, mark, _ = marked.partition("¦")
    if mark:
        complaint = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}: {complaint}"
    found = complaints_of(tmp_path, marked.replace("¦", ""))
    assert any(line.startswith(complaint) for line in found), "\n".join(found)


def test_one_mistake_makes_one_complaint(tmp_path):
    for old, new in (("channel: C0HELP", "chanel: C0HELP"), ("after: 3m", "after: 3"), ("kind: slack", "knd: slack")):
        assert len(complaints_of(tmp_path, changed(old, new))) == 1


def test_all_complaints_come_at_once_in_the_order_of_the_file(tmp_path):
    text = changed("port: 8700", "prt: 8700")
    text = changed("after: 3m", "after: soon", text)
    text = changed("ladder: waiting", "ladder: wating", text)
    text = changed("prefix: fr", "regex: '(?=fr)'", text)
    text = changed(
        "kind: slack, bot_token: {env: SLACK_BOT_TOKEN}", "kind: slack, bot_token: {env: SLAK_BOT_TOKEN}", text
    )
    lines = [line.split(": ")[1] for line in complaints_of(tmp_path, text)]
    assert lines == [
        "server.prt",
        "platforms.acme-slack.bot_token",
        "ladders.waiting.steps[0].after",
        "routes.ladder",
        "routes.routes[0].match.language.regex",
    ]


def test_a_section_whose_lines_are_commented_out_is_not_there(tmp_path):
    assert complaints_of(tmp_path, SITE + "tests:\nalarms:\n") == []


def test_tests_that_name_what_is_not_there_are_refused(tmp_path):
    tests = """\
tests:
  - {name: one, given: {bot: shop-bt, prio: high}, expect: {route: frnch, platform: acme-slak, team: suport}}
  - {name: one, at: yesterday, given: {}, expect: {}}
"""
    assert complaints_of(tmp_path, SITE + tests) == [
        '31:30: tests[0].given.bot: no bot is called "shop-bt" (did you mean shop-bot?)',
        "31:39: tests[0].given.prio: unknown fact (did you mean priority?)",
        '31:68: tests[0].expect.route: no route is called "frnch" (did you mean french?)',
        '31:85: tests[0].expect.platform: no platform is called "acme-slak" (did you mean acme-slack?)',
        '31:102: tests[0].expect.team: no team is called "suport" (did you mean support?)',
        "32:12: tests[1].name: another test has this name",
        '32:21: tests[1].at: "yesterday" is not a time; write for example 2026-11-24T23:30+01:00',
    ]


# ── secrets ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("bot_token: {env: SLACK_BOT_TOKEN}", "bot_token: xoxb-1234567890-abcdef", "platforms.acme-slack.bot_token"),
        ("bot_token: {env: SLACK_BOT_TOKEN}", "bot_token: hunter2", "platforms.acme-slack.bot_token"),
        ("bot_token: {env: SLACK_BOT_TOKEN}", "x: {deep: [xapp-1-A0-123-abcdef]}", "platforms.acme-slack.x.deep[0]"),
        (KEYS, "keys: [hr_0123456789abcdef0123]", "bots.shop-bot.keys[0]"),
        (KEYS, "keys: [hunter2]", "bots.shop-bot.keys[0]"),
        (KEYS, KEYS + "\n    secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]", "bots.shop-bot.secrets[0]"),
        (KEYS, KEYS + "\n    secrets: [{env: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}]", "bots.shop-bot.secrets[0].env"),
        ("timezone: Europe/Paris", "timezone: UTC\nstore: {url: 'postgres://me:pw1234@db/handrail'}", "store.url"),
        ("name: french", "name: xoxb-1234567890-abcdef", "routes.routes[0].name"),
    ],
)
def test_a_literal_secret_is_refused_and_never_repeated(tmp_path, old, new, path):
    found = complaints_of(tmp_path, changed(old, new))
    assert any(f"{path}: {SECRET}" in line for line in found), found
    for word in ("1234567890", "hunter2", "0123456789abcdef", "MfKQ9r8", "pw1234", "xapp-1"):
        assert word not in "\n".join(found)


@pytest.mark.parametrize("key", ["xoxb-1234567890-abcdef", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_a_secret_written_as_a_key_is_not_repeated_either(tmp_path, key):
    found = complaints_of(tmp_path, SITE + f"{key}: 1\n")
    assert found
    assert key not in "\n".join(found)


def test_an_unset_variable_is_named(tmp_path):
    env = {name: value for name, value in ENV.items() if name != "SLACK_APP_TOKEN"}
    (line,) = complaints_of(tmp_path, SITE, env)
    assert line.startswith("5:75: platforms.acme-slack.app_token: environment variable SLACK_APP_TOKEN is not set")
    assert line.endswith("(did you mean SLACK_BOT_TOKEN?)")
    assert "is empty" in complaints_of(tmp_path, SITE, {**ENV, "SLACK_APP_TOKEN": " "})[0]


def test_a_weak_signing_secret_or_key_is_refused(tmp_path):
    text = changed(KEYS, KEYS + "\n    secrets: [{env: SHOP_BOT_SECRET}]")
    for weak in ("whsec_c2hvcnQ=", "whsec_!!!", "sesame"):
        (line,) = complaints_of(tmp_path, text, {**ENV, "SHOP_BOT_SECRET": weak})
        assert "does not hold a signing secret" in line
        assert weak not in line
    assert "shorter than 8" in complaints_of(tmp_path, SITE, {**ENV, "SHOP_BOT_KEY": "short"})[0]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing.token", "cannot read missing.token: no such file"),
        (".", "cannot read .: not a file"),
        ("empty.token", "empty.token is empty"),
        ("binary.token", "cannot read binary.token: not UTF-8 text"),
        ("x" * 5000, "cannot read xxx"),
    ],
)
def test_a_secret_file_that_cannot_be_read_is_named(tmp_path, name, sentence):
    (tmp_path / "empty.token").write_text("\n")
    (tmp_path / "binary.token").write_bytes(b"\xff\xfe\x00")
    text = changed("bot_token: {env: SLACK_BOT_TOKEN}", f"bot_token: {{file: {name}}}")
    (line,) = complaints_of(tmp_path, text)
    assert sentence in line


def test_a_pattern_has_a_length(tmp_path):
    for length, refused in ((500, 0), (501, 1)):
        text = changed(MATCH, f"match: {{title: {{regex: {'a' * length}}}}}")
        assert len(complaints_of(tmp_path, text)) == refused


def test_the_kinds_this_program_speaks_are_checked_when_they_are_known(tmp_path):

    path = write(tmp_path, changed("kind: slack", "kind: slak"))
    (line,) = complaints(path, ENV, Kinds(chat=["slack", "discord"], bots=["webhook"]))[:1]
    assert 'platforms.acme-slack.kind: no kind of platform is called "slak" (did you mean slack?)' in line


class Options(BaseModel):
    """Stands for what an adapter brings."""

    model_config = ConfigDict(extra="forbid")
    bot_token: str = Field(pattern="^xoxb-")
    guild: str


def test_a_platforms_own_options_are_judged_by_whoever_speaks_to_it(tmp_path):
    def judge(kind, options):
        try:
            Options.model_validate(options)
        except ValidationError as error:
            return sentences(error)
        return []

    path = write(tmp_path, SITE)
    found = complaints(path, {**ENV, "SLACK_BOT_TOKEN": "sesame"}, Kinds(judge=judge))
    assert [line.removeprefix(f"{path}:") for line in found] == [
        "5:15: platforms.acme-slack: guild is missing",
        "5:40: platforms.acme-slack.bot_token: String should match pattern '^xoxb-'",
        "5:75: platforms.acme-slack.app_token: unknown key",
    ]
