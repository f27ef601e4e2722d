"""What is there, said quickly."""

import re

import pytest

from tests.cli.command_line import packages

COMMANDS = (
    ("run", "Run the daemon until Ctrl-C or SIGTERM"),
    ("migrate", "Bring the database up to date"),
    ("transcript", "A ticket's conversation"),
    ("tickets list", "waiting longest first"),
    ("tickets show", "card and its log"),
    ("tickets close", "its bot has the conversation again"),
    ("tickets why", "Why a ticket is where it is"),
    ("tickets reroute", "Move running tickets to the rules"),
    ("tickets orphans", "does not name any more"),
    ("bots new", "Make keys and secrets"),
    ("bots test", "signed endpoint.ping"),
    ("config check", "Every complaint at once"),
    ("config test", "Run the file's own"),
    ("config explain", "with all that it inherits"),
    ("config schema", "JSON Schema"),
    ("config diff", "Which past tickets would now go elsewhere"),
    ("simulate", "who is pinged when"),
    ("route try", "Which route takes it and why"),
    ("console invite", "It works once"),
    ("deliveries list", "whose outcome nobody knows"),
    ("deliveries retry", "one that waits for its next attempt"),
    ("deliveries drop", "It shall never leave"),
    ("deliveries adopt", "and it is there"),
    ("deliveries post-again", "and it is not there"),
    ("lanes list", "Every lane where something waits"),
    ("lanes pause", "Send nothing there"),
    ("lanes resume", "Send there again"),
    ("alarm test", "Have the daemon tell a drill on every road"),
    ("events list", "Events that failed five times"),
    ("events release", "its alarm is over"),
    ("store copy", "Copy the whole site to an empty database"),
    ("users find", "none of their words"),
    ("users export", "Everything that is kept about a user"),
    ("users erase", "for good. Ids, counts and the log stay"),
    ("users erasures", "They name nobody"),
    ("slack manifest", "Print the app manifest to paste"),
    ("audit", "Who did what to the site"),
    ("doctor", "Changes nothing"),
)
HEAVY = {"tortoise", "aiohttp", "discord", "slack_sdk", "slack_bolt", "asyncpg", "ruamel", "apscheduler",
         "structlog", "jinja2", "adapters"}  # fmt: skip


@pytest.mark.parametrize(("command", "sentence"), COMMANDS, ids=[command for command, _ in COMMANDS])
async def test_every_command_says_what_it_is_for(handrail, command, sentence):
    shown = " ".join((await handrail.good(*command.split(), "--help")).split())
    assert f"Usage: handrail {command}" in shown
    assert sentence in shown


def first_words(shown):
    """The names of the commands in a list of them."""
    lines = shown.partition("Commands:")[2].splitlines()
    return {line.split()[0] for line in lines if re.match(r"  \w", line)}


async def test_help_lists_every_command(handrail):
    shown = await handrail.good("--help")
    assert first_words(shown) == {command.split()[0] for command, _ in COMMANDS}


async def test_help_imports_nothing_that_takes_time(handrail):
    assert packages(await handrail.imports("--help")) & {*HEAVY, "pydantic"} == set()


async def test_help_of_one_command_imports_nothing_of_what_it_works_with(handrail):
    # Typer itself asks pydantic about a command's options.
    assert packages(await handrail.imports("tickets", "close", "--help")) & HEAVY == set()


async def test_a_word_that_is_no_command_is_refused(handrail):
    said = await handrail("ticket", "list")
    assert said.code == 2
    assert "No such command 'ticket'" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("group", sorted({command.split()[0] for command, _ in COMMANDS if " " in command}))
async def test_a_group_alone_shows_what_it_has(handrail, group):
    said = await handrail(group)
    assert first_words(said.out + said.err) >= {
        command.split()[1] for command, _ in COMMANDS if command.startswith(f"{group} ")
    }
