"""The command line beside a daemon that runs: on the same store, and in nobody's way."""

import json
import sqlite3

import aiohttp
import pytest

from tests.console.visitor import Visitor
from tests.journeys.site import until
from tests.wire.bot import Mood

STEERING = "Refund\x1b]0;owned\x07\x9b2J\u202egnp.exe not received"
NAME = "Mara\x1b[31m"


@pytest.fixture
async def ticket(site):
    return await site.escalates(title=STEERING, user={"external_id": "u_17", "name": NAME})


def printable(text):
    return all(char.isprintable() or char == "\n" for char in text)


async def test_a_ticket_is_listed_shown_and_explained(site, beside, ticket):
    number = str(ticket["number"])
    listed = await beside.good("tickets", "list")
    assert listed.startswith(f"#{number}  open")
    assert "Refund" in listed
    shown = await beside.good("tickets", "show", f"#{number}")
    assert f"#{number}  Refund" in shown
    assert "rule: everything" in shown
    why = await beside.good("tickets", "why", number)
    assert why.startswith("route     everything")
    assert "the same rules are in force" in why
    assert await beside.good("tickets", "list", "--closed") == "No ticket is closed.\n"


async def test_no_word_of_a_user_steers_the_terminal(site, beside, ticket):
    number = str(ticket["number"])
    await site.user_says(ticket["id"], "and \x1b[2J\x9b1mthis\r\u202egone", "m2")
    for words in (("tickets", "list"), ("tickets", "show", number), ("tickets", "why", number), ("transcript", number),
                  ("transcript", number, "--json", "--notes")):  # fmt: skip
        assert printable(await beside.good(*words)), words


async def test_a_transcript_comes_in_words_and_as_exact_json(site, beside, ticket):
    text = "and \x1b[2Jthis, Zoë"
    await site.user_says(ticket["id"], text, "m2")
    number = str(ticket["number"])
    told = await beside.good("transcript", number)
    assert told.startswith(f"# #{number} Refund")
    assert "> where is my refund?" in told
    messages = json.loads(await beside.good("transcript", number, "--json"))
    assert [message["text"] for message in messages] == ["where is my refund?", text]


async def test_what_is_closed_here_is_told_to_the_bot_by_the_daemon_that_runs(site, beside, ticket):
    number = str(ticket["number"])
    assert await beside.good("tickets", "close", number, "--outcome", "spam") == f"#{number} is closed: spam.\n"
    await until(lambda: "ticket.closed" in site.bot.types, 8, why="the bot hears that it has the conversation again")
    closed = next(call for call in site.bot.events.values() if call.type == "ticket.closed")
    assert closed.data["ticket"]["outcome"] == "spam"
    assert (await beside("tickets", "close", number)).one_sentence() == f"#{number} is closed already."
    assert f"#{number}  closed" in await beside.good("tickets", "list", "--closed")
    assert await beside.good("tickets", "list") == "Nobody is waiting.\n"


async def test_a_call_that_is_on_its_way_stays_so_while_a_command_runs(site, beside):
    site.bot.answer_next(mood=Mood.WAIT)
    await site.escalates()
    await site.bot.seen(1)
    await beside.good("console", "invite", "Ben")
    assert outbox(beside) == ["sending"]
    site.bot.go()
    await until(lambda: outbox(beside) == ["done"], why="the call is done")
    assert len(site.bot.calls) == 1


def outbox(beside):
    with sqlite3.connect(f"file:{beside.folder}/data/handrail.db?mode=ro", uri=True) as database:
        rows = database.execute("SELECT state FROM outbox ORDER BY id").fetchall()
    database.close()
    return [state for (state,) in rows]


@pytest.mark.parametrize("number", ["77", "#77", "seven", "99999999999999999999", "-1"])
async def test_a_ticket_that_does_not_exist_is_one_sentence(handrail, number):
    await handrail.good("migrate")
    said = await handrail("tickets", "show", "--", number)
    assert said.one_sentence() == f"There is no ticket {number}."


async def test_an_outcome_that_does_not_exist_is_one_sentence(handrail):
    said = await handrail("tickets", "close", "1", "--outcome", "fine")
    assert said.one_sentence().startswith("--outcome is one of resolved, ")


async def test_an_invitation_signs_in_once(site, beside):
    link = (await beside.good("console", "invite", "Ben")).strip()
    path = link.removeprefix(f"http://127.0.0.1:{site.port}")
    assert path.startswith("/sign-in/"), link
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        ben = Visitor(http, site.url)
        assert "Sign in as Ben" in (await ben.get(path)).words
        assert (await ben.post(path)).status == 303
        assert "Ben" in (await ben.get("/")).words
        assert (await ben.post(path)).status == 404
