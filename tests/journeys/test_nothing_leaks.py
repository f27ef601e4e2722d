"""A whole story with canaries in every field: none is heard in logs, figures, refusals or the audit."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.console.visitor import Visitor
from tests.journeys.platforms import PLACES, Place
from tests.journeys.site import KEY, Site, running_site, until
from tests.wire.bot import SECRET, Mood

CANARY = "kanari"
EVIL = f"{CANARY}\r\n2026-11-22 [error] forged\x1b[31m <@U1> <!channel> @everyone"


def everywhere(number: int) -> dict[str, object]:
    """An escalation that has the bird in every field that takes one."""
    word = f"{CANARY}{number}"
    return {
        "user": {
            "external_id": f"u-{number}", "name": f"{EVIL} name{number}", "email": f"{word}@mail.example",
            "locale": word, "avatar_url": f"https://{word}.example/a.png",
        },
        "title": f"{EVIL} title{number}", "description": EVIL, "summary": EVIL, "channel": word, "language": word,
        "reason": {"code": word, "text": EVIL}, "tags": [word], "attributes": {word: EVIL}, "metadata": {word: EVIL},
        "transcript": [{"id": "t1", "from": "user", "text": EVIL}],
        "links": [{"title": EVIL, "url": f"https://{word}.example/o"}],
    }  # fmt: skip


@pytest.fixture(params=sorted(PLACES))
async def place(request):
    async with PLACES[request.param]() as made:
        yield made


@pytest.fixture
async def site(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HANDRAIL_LOG", "DEBUG")
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    async with running_site(tmp_path, platforms=place.platforms, team=place.team, target=place.target) as made:
        await until(place.connected, why="the platform is connected")
        yield made


@pytest.fixture
async def http():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def refusals(site: Site, http: aiohttp.ClientSession, ticket: str) -> str:
    """Everything that can be refused, with the bird in it; all the refusals together."""
    good = {"Authorization": f"Bearer {KEY}"}
    told = []
    for headers, path, body in (
        ({"Authorization": f"Bearer hr_{CANARY}_wrong_key_0000000000"}, "/v1/tickets", {"title": EVIL}),
        ({"webhook-signature": f"v1,{CANARY}", "handrail-bot": CANARY}, "/v1/tickets", {}),
        (good, "/v1/tickets", {"title": 7, "user": {"external_id": "a"}}),
        (good, f"/v1/tickets/{ticket}/messages", {"text": ""}),
        (good, f"/v1/tickets/{ticket}/messages", {"text": EVIL, "attachments": [{"url": "http://10.0.0.1/x"}]}),
        (good, "/v1/tickets/tkt_x/messages", {"text": EVIL}),
        ({**good, "Idempotency-Key": "call-1"}, "/v1/tickets", {"user": {"external_id": "b"}, "title": EVIL}),
    ):
        async with http.post(site.url + path, json=body, headers=headers) as answer:
            assert 400 <= answer.status < 500, await answer.text()
            told.append(await answer.text())
    for raw in (EVIL.encode(), b"\xff" + EVIL.encode(), json.dumps(EVIL).encode()):
        headers = {**good, "Content-Type": "application/json"}
        async with http.post(f"{site.url}/v1/tickets", data=raw, headers=headers) as answer:
            assert 400 <= answer.status < 500
            told.append(await answer.text())
    return "\n".join(told)


async def figures(site: Site, http: aiohttp.ClientSession) -> str:
    async with http.get(f"{site.url}/metrics") as answer:
        return await answer.text()


async def test_no_word_name_or_secret_is_heard_where_it_does_not_belong(
    place: Place, site: Site, http: aiohttp.ClientSession
) -> None:
    far = place.far_side
    site.bot.answer_next(500, mood=Mood.GARBAGE, times=1)
    site.bot.answer_next(422)
    ticket = (await site.escalates(**everywhere(1)))["id"]
    [thread] = await until(place.threads, why="the thread is open")
    await site.user_says(ticket, EVIL, "m1")
    await site.call("PATCH", f"/v1/tickets/{ticket}/messages/m1", {"text": f"{EVIL} edited"})
    await far.click(thread, "Claim", by=far.colleague)
    await until(lambda: "ticket.assigned" in site.bot.types, why="the bot hears of the claim")
    await far.member_writes(thread, f"{CANARY} says the team", by=far.colleague)
    await until(lambda: any(CANARY in said for said in site.replies()), why="the user reads the answer")

    console = Visitor(http, site.url)
    link = site.sign_in_link()
    assert (await console.post(urlsplit(link).path)).status == 303
    await console.get("/")
    page = await console.get(f"/?q={CANARY}")
    number = re.findall(r'data-number="(\d+)"', page.text + (await console.get("/?s=open")).text)[0]
    await console.say(int(number), f"{EVIL} note")
    told = await refusals(site, http, ticket)
    measured = await figures(site, http)
    session = next(cookie.value for cookie in http.cookie_jar)
    assert await site.stop() == 0

    logged = (site.folder / "daemon.log").read_text(encoding="utf-8")
    assert len(logged) > 2000
    with closing(sqlite3.connect(site.folder / "data" / "handrail.db")) as database:
        audited = str(database.execute("SELECT * FROM audit").fetchall())
    secrets = [KEY, SECRET, *place.env.values(), link.rpartition("/")[2], session]
    for name, heard in {"log": logged, "figures": measured, "refusals": told, "audit": audited}.items():
        assert CANARY not in heard.lower(), (name, about(heard, CANARY))
        assert "forged" not in heard, (name, about(heard, "forged"))
        for secret in (*secrets, *(secret.removeprefix("whsec_") for secret in secrets)):
            assert secret not in heard, (name, about(heard, secret))


def about(heard: str, word: str) -> str:
    """Where it stands, for the one who has to repair it."""
    at = heard.lower().find(word.lower())
    return heard[max(0, at - 300) : at + 100]
