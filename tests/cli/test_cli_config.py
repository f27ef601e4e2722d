"""`migrate` and `config check`: what an admin does before anything runs."""

import sqlite3

import pytest

from tests.cli.command_line import packages

TARGET = "target: {platform: console}  "
SLACK = "platforms:\n  acme: {kind: slack, bot_token: {env: BOT}, app_token: {env: APP}, sokets: 3}\n"
DISCORD = "platforms:\n  acme: {kind: discord, token: {env: BOT}, guild: acme}\n"


def changed(handrail, old, new):
    path = handrail.folder / "handrail.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(handrail, text):
    lines = (handrail.folder / "handrail.yaml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


async def test_migrate_makes_the_database_once_and_then_leaves_it(handrail):
    applied = ["0001_first", "0002_it_holds", "0003_words_gone", "0004_slack"]
    assert await handrail.good("migrate") == "".join(f"applied {name}\n" for name in applied)
    with sqlite3.connect(handrail.folder / "data" / "handrail.db") as database:
        before = database.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
    database.close()
    assert await handrail.good("migrate") == "The database is up to date.\n"
    with sqlite3.connect(handrail.folder / "data" / "handrail.db") as database:
        assert database.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall() == before
    database.close()


async def test_a_database_that_cannot_be_opened_is_one_sentence(handrail):
    (handrail.folder / "data").mkdir()
    (handrail.folder / "data" / "handrail.db").write_bytes(b"this is no database, it is a letter to somebody\n" * 50)
    assert "the database cannot" in (await handrail("migrate")).one_sentence()
    assert "the database cannot" in (await handrail("tickets", "list")).one_sentence()


async def test_a_command_before_the_first_start_says_what_is_missing(handrail):
    assert "handrail migrate" in (await handrail("tickets", "list")).one_sentence()


async def test_the_config_people_start_with_has_no_complaints(handrail):
    assert await handrail.good("config", "check") == "handrail.yaml: no complaints.\n"
    assert await handrail.good("config", "check", "handrail.yaml", HANDRAIL_CONFIG="other.yaml")


async def test_every_complaint_has_its_line_and_the_command_fails(handrail):
    changed(handrail, "  team: support\n", "  team: suport\n")
    changed(handrail, "after: 3m,", "after: 3 parsecs,")
    said = await handrail("config", "check")
    assert said.code == 1
    assert said.out == ""
    first, second = said.err.splitlines()
    assert first.startswith(f"handrail.yaml:{line_of(handrail, '3 parsecs')}:")
    assert second.startswith(f"handrail.yaml:{line_of(handrail, 'team: suport')}:")
    assert "did you mean support?" in second


async def test_a_file_that_is_not_there_is_one_sentence(handrail):
    assert "missing.yaml" in (await handrail("config", "check", "missing.yaml")).one_sentence()


@pytest.mark.parametrize(
    ("section", "env", "complaints"),
    [
        (
            SLACK,
            {"BOT": "sesame-sesame", "APP": "xapp-1"},
            [
                "platforms.acme.bot_token: is no bot token (it begins with xoxb-)",
                "platforms.acme.sokets: unknown key (did you mean sockets?)",
            ],
        ),
        (
            DISCORD,
            {"BOT": "sesame-sesame"},
            ["platforms.acme.guild: is not of the form expected here (The server's id, in quotes.)"],
        ),
        (
            DISCORD.replace(", guild: acme", ""),
            {"BOT": "sesame-sesame"},
            ["platforms.acme: guild is missing (The server's id, in quotes.)"],
        ),
        (
            DISCORD.replace("discord", "discrod"),
            {"BOT": "sesame-sesame"},
            ['platforms.acme.kind: no kind of platform is called "discrod" (did you mean discord?)'],
        ),
    ],
    ids=["slack", "discord", "missing", "kind"],
)
async def test_a_platforms_own_options_are_judged_with_the_rest(handrail, section, env, complaints):
    changed(handrail, "demo:", section + "demo:")
    for words in (("config", "check"), ("run", "--port", "0"), ("migrate",)):
        said = await handrail(*words, **env)
        line = line_of(handrail, "acme:")
        assert [found.split(" ", 1)[1] for found in said.one_sentence().splitlines()] == complaints
        assert all(found.startswith(f"handrail.yaml:{line}:") for found in said.err.splitlines())
        assert "sesame" not in said.err


async def test_options_are_judged_without_the_platforms_library(handrail):
    section = SLACK.replace(", sokets: 3", "") + '  game: {kind: discord, token: {env: BOT}, guild: "118000"}\n'
    changed(handrail, "demo:", section + "demo:")
    handrail.env = {**handrail.env, "BOT": "xoxb-1", "APP": "xapp-1"}
    found = packages(await handrail.imports("config", "check"))
    assert "pydantic" in found
    assert found & {"slack_sdk", "slack_bolt", "discord", "tortoise", "aiohttp"} == set()


async def test_a_site_where_nothing_can_be_written_needs_secrets_only_for_what_its_file_names(handrail):
    (handrail.folder / "data").write_text("in the way", encoding="utf-8")
    complaints = (await handrail("config", "check")).one_sentence()
    assert "environment variable HANDRAIL_DEMO_KEY is not set" in complaints

    path = handrail.folder / "handrail.yaml"
    kept, skipped = [], False
    for line in path.read_text(encoding="utf-8").splitlines():
        skipped = line.startswith(("bots:", "demo:", "tests:")) or (skipped and line.startswith((" ", "#")))
        kept += [] if skipped else [line]
    path.write_text("\n".join(kept), encoding="utf-8")
    *warned, last = (await handrail.good("config", "check")).splitlines()
    assert last == "handrail.yaml: no complaints."
    assert all("no test ends in" in line for line in warned)
