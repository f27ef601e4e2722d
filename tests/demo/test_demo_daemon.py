"""The demo on the real daemon, which is killed in the middle of the story."""

import shutil
import uuid

import aiohttp
import pytest

from tests.demo.demo_page import Page
from tests.journeys.site import ROOT, Process

KEY = "hr_demo_key_00000000000000000000000000000000"


@pytest.fixture
async def daemon(tmp_path):
    """The config file people start with, as it is."""
    shutil.copy(ROOT / "config" / "handrail.yaml", tmp_path / "handrail.yaml")
    process = Process(tmp_path, {"HANDRAIL_DEMO_KEY": KEY})
    await process.start()
    yield process
    await process.kill()


@pytest.fixture
async def page(daemon):
    async with aiohttp.ClientSession() as http:
        yield Page(http, f"{daemon.url}/demo", str(uuid.uuid4()))


async def tickets_of(page):
    where = page.base.removesuffix("/demo") + "/v1/tickets"
    asked = {"external_conversation_id": page.visitor}
    async with page.http.get(where, params=asked, headers={"Authorization": f"Bearer {KEY}"}) as got:
        return (await got.json())["tickets"]


async def transcript(page, ticket):
    where = page.base.removesuffix("/demo") + f"/v1/tickets/{ticket}/transcript"
    headers = {"Authorization": f"Bearer {KEY}", "Accept": "text/markdown"}
    async with page.http.get(where, headers=headers) as got:
        return await got.text()


async def again(daemon):
    await daemon.kill()
    await daemon.start()


async def test_a_daemon_killed_at_every_step_loses_nothing_and_doubles_nothing(daemon, page):
    asked = await page.say("Where is my refund for order 4411?")
    await again(daemon)
    wanted = await page.say("a human please")
    await again(daemon)
    await page.say("a human please", wanted)
    more = await page.say("and is it my bank?")
    await again(daemon)
    await page.say("and is it my bank?", more)
    talk = await page.until(lambda talk: not any(line["waiting"] for line in talk["lines"]))
    assert talk["owner"] == "queue"
    await page.act("POST", "/leave")
    await again(daemon)

    talk = await page.until(lambda talk: talk["owner"] == "bot" and talk["lines"][-1]["who"] == "system")
    assert [line["id"] for line in talk["lines"] if line["who"] == "user"] == [asked, wanted, more]
    assert [line["text"] for line in talk["lines"] if line["who"] == "system"] == ["You're back with the shop bot."]
    (nested,) = await tickets_of(page)
    assert nested["ticket"]["state"] == "closed"
    told = await transcript(page, nested["ticket"]["id"])
    for text in ("Where is my refund for order 4411?", "a human please", "and is it my bank?"):
        assert told.count(f"> {text}\n") == 1, told
