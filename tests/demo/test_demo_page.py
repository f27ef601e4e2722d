"""The page in a real browser, as a visitor sees it."""

import pytest
from playwright.async_api import expect

from tests.browser import chromium

pytestmark = pytest.mark.browser


@pytest.fixture
async def browser():
    async with chromium() as running:
        yield running


async def test_a_visitor_talks_to_the_bot_then_to_ana_then_to_the_bot(handrail, page, browser, tmp_path):
    context = await browser.new_context(viewport={"width": 390, "height": 760})
    tab = await context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    await tab.goto(f"{page.base}/")
    await tab.get_by_label("Your name").fill("Mara")
    await tab.get_by_role("button", name="My refund has not arrived").click()
    await tab.get_by_role("listitem").get_by_role("button", name="Talk to a person").click()
    await expect(tab.get_by_role("status")).to_have_text("Waiting for a person")

    (call,) = await handrail.carried_out(1)
    visitor = call.body["conversation"]["external_id"]
    assert call.body["user"]["name"] == "Mara"

    async def told(kind, owner=None, **extra):
        assert await handrail.tell(page.callback, handrail.event(visitor, kind, owner, **extra)) == 204

    await told("ticket.assigned", "human", assignee={"name": "Ana"})
    await expect(tab.get_by_role("status")).to_have_text("Ana is with you")
    await told("activity.changed", activity="typing")
    await expect(tab.get_by_text("Ana is typing")).to_be_visible()
    text = "**Found it**: see [the form](https://shop.example/r), <b>no</b> markup"
    await told("message.created", message={"id": "msg_1", "text": text, "author": {"name": "Ana"}})
    await expect(tab.get_by_text("Found it: see the form, <b>no</b> markup")).to_be_visible()
    await expect(tab.get_by_role("link", name="the form")).to_have_attribute("href", "https://shop.example/r")

    await tab.get_by_role("textbox", name="Message").fill("tank you")
    await tab.keyboard.press("Enter")
    mine = tab.get_by_role("listitem").filter(has_text="tank you")
    await mine.hover()
    await mine.get_by_role("button", name="Edit").click()
    await tab.get_by_role("textbox", name="Message").fill("thank you")
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_text("edited")).to_be_visible()
    await told("ticket.closed", "bot")
    await expect(tab.get_by_role("status")).to_have_text("The shop bot answers")

    await tab.reload()
    await expect(tab.get_by_role("listitem").filter(has_text="thank you")).to_be_visible()
    await tab.screenshot(path=tmp_path / "after.png")
    assert complaints == []
    await context.close()


async def test_what_is_written_while_the_server_is_away_arrives_once(handrail, page, browser):
    context = await browser.new_context()
    tab = await context.new_page()
    await tab.goto(f"{page.base}/")
    await context.set_offline(True)
    await tab.get_by_role("textbox", name="Message").fill("when are you open?")
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_text("sending …")).to_be_visible()
    await context.set_offline(False)

    await expect(tab.get_by_text("We're open Monday to Friday")).to_have_count(1)
    await expect(tab.get_by_text("sending …")).to_have_count(0)
    await context.close()
