"""The main story in a real browser, on the daemon of `make run` with the config file as it is shipped."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser import DESK, PHONE, chromium, sign_in, window
from tests.journeys.site import ROOT, Process

pytestmark = pytest.mark.browser


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Process]:
    """The shipped file; only its reminders come sooner, so that nobody has to wait for them."""
    shipped = (ROOT / "config" / "handrail.yaml").read_text(encoding="utf-8")
    sooner = shipped.replace("after: 1m, do: digest", "after: 2s, do: digest")
    assert sooner != shipped
    (tmp_path / "handrail.yaml").write_text(sooner, encoding="utf-8")
    daemon = Process(tmp_path, {})
    await daemon.start()
    try:
        yield daemon
    finally:
        await daemon.kill()


class Webchat:
    """What Mara sees and does."""

    def __init__(self, page: Page, site: Process) -> None:
        self.page, self._url = page, f"{site.url}/demo/"

    async def opens(self) -> None:
        await self.page.goto(self._url)
        await expect(self.page.locator("#status-text")).to_have_text("The shop bot answers")

    async def says(self, text: str) -> None:
        await self.page.locator("#text").fill(text)
        await self.page.locator("#text").press("Enter")
        await expect(self.line("user", text)).to_be_visible()

    def line(self, who: str, text: str):
        return self.page.locator(f"#lines .line.{who}", has_text=text)

    async def reads(self, who: str, text: str) -> None:
        await expect(self.line(who, text)).to_be_visible(timeout=15_000)

    async def edits(self, old: str, new: str) -> None:
        await self.line("user", old).get_by_role("button", name="Edit").click()
        await self.page.locator("#text").fill(new)
        await self.page.locator("#text").press("Enter")
        await expect(self.line("user", new)).to_contain_text("edited")


class Console:
    """What a member sees and does."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def opens(self, number: str) -> None:
        await self.page.locator(f"#go-{number}").click()
        await expect(self.page.locator("#pane")).to_have_attribute("data-number", number)

    async def reads(self, text: str) -> None:
        await expect(self.page.locator("#pane")).to_contain_text(text, timeout=15_000)

    async def writes(self, text: str, *, note: bool = False) -> None:
        await self.page.locator("#mode-note" if note else "#mode-reply").click()
        await self.page.locator("#say-text").fill(text)
        await self.page.locator("#say-text").press("Control+Enter")
        await expect(self.said(text)).to_be_visible()

    def said(self, text: str):
        return self.page.locator(".said", has_text=text)

    async def changes(self, text: str, *, to: str | None) -> None:
        message = self.said(text)
        await message.locator("summary[aria-label='Change this message']").click()
        if to is None:
            await message.get_by_role("button", name="Delete").click()
            return
        await message.locator("textarea").fill(to)
        await message.get_by_role("button", name=re.compile("Save|correction")).click()


async def test_the_whole_story_from_asking_for_a_person_to_the_bots_return(site: Process, browser: Browser) -> None:
    async with AsyncExitStack() as open_windows:
        mara = Webchat(await open_windows.enter_async_context(window(browser, PHONE, cuts=True)), site)
        ana = Console(await open_windows.enter_async_context(window(browser, DESK, cuts=True)))
        ben = Console(await open_windows.enter_async_context(window(browser, DESK, cuts=True)))
        await sign_in(ana.page, await _invited(site, "Ana"))
        await sign_in(ben.page, await _invited(site, "Ben"))
        number = await mara_asks_for_a_person(mara, ana)
        await both_claim_and_one_is_told_whose_it_is(number, ana, ben)
        await they_talk_with_an_edit_a_deletion_and_a_note(mara, ana)
        await _shot(ana.page, "console")
        await the_power_is_cut_in_the_middle(site, mara, ana)
        await another_ticket_is_called_out(site, browser, ben)
        await the_bot_speaks_again_and_mara_returns(number, mara, ana)


async def _invited(site: Process, name: str) -> str:
    link = (await site.handrail("console", "invite", name)).strip().splitlines()[-1]
    return re.sub(r"http://[^/]+", site.url, link)


async def mara_asks_for_a_person(mara: Webchat, ana: Console) -> str:
    await expect(ana.page.locator("#pane")).to_contain_text("Talk to the demo bot")
    await mara.opens()
    await mara.page.locator("#name").fill("Mara")
    await mara.says("My refund has not arrived")
    await mara.reads("bot", "A colleague can")
    await mara.says("a person please")
    await mara.reads("bot", "I'm handing you over")
    row = ana.page.locator("#rows .row").first
    await expect(row).to_contain_text("Mara")
    await expect(ana.page.get_by_text("No ticket yet")).to_be_hidden()
    number = await row.get_attribute("data-number")
    assert number is not None
    return number


async def both_claim_and_one_is_told_whose_it_is(number: str, ana: Console, ben: Console) -> None:
    async def never_answers(_route: Route) -> None:
        """Ben's updates do not come, so his screen is old when he clicks."""

    await ana.opens(number)
    await ben.page.route("**/live**", never_answers)
    await ben.page.goto(re.sub(r"(//[^/]+).*", rf"\1/t/{number}", ben.page.url))
    await ana.page.get_by_role("button", name="Claim").first.click()
    await ana.reads("You have it")
    await ben.page.get_by_role("button", name="Claim").first.click()
    await expect(ben.page.locator("#toasts")).to_contain_text(f"Ana took #{number}")
    await expect(ben.page.locator("#toasts")).to_contain_text("Ask Ana to hand over")
    await ben.page.unroute("**/live**")
    await ben.page.reload()


async def they_talk_with_an_edit_a_deletion_and_a_note(mara: Webchat, ana: Console) -> None:
    await mara.reads("system", "Ana")
    await ana.writes("I am cheking your refund")
    await ana.changes("I am cheking", to="I am checking your refund")
    await mara.reads("member", "I am checking your refund")
    await expect(mara.line("member", "cheking")).to_have_count(0)
    await expect(ana.said("I am checking")).to_contain_text("at the bot")
    await mara.says("it was order 4410")
    await ana.reads("it was order 4410")
    await mara.edits("it was order 4410", "it was order 4411")
    await ana.reads("it was order 4411")
    await mara.says("oops, wrong window")
    await ana.reads("oops, wrong window")
    await mara.line("user", "oops").get_by_role("button", name="Delete").click()
    await expect(ana.said("oops")).to_have_count(0)
    await ana.writes("she has waited for two weeks", note=True)
    await ana.writes("this one goes away")
    await mara.reads("member", "this one goes away")
    await ana.changes("this one goes away", to=None)
    await expect(mara.line("member", "this one goes away")).to_have_count(0, timeout=15_000)


async def the_power_is_cut_in_the_middle(site: Process, mara: Webchat, ana: Console) -> None:
    before = await mara.page.locator("#lines .line").all_inner_texts()
    await ana.writes("It is on its way.")
    await site.kill()
    await site.start()
    await mara.reads("member", "It is on its way.")
    await mara.says("thank you!")
    await ana.reads("thank you!")
    after = await mara.page.locator("#lines .line").all_inner_texts()
    assert after[: len(before)] == before
    assert len([text for text in after if "on its way" in text]) == 1


async def another_ticket_is_called_out(site: Process, browser: Browser, ben: Console) -> None:
    async with window(browser, PHONE) as page:
        tom = Webchat(page, site)
        await tom.opens()
        await tom.page.locator("#name").fill("Tom")
        await tom.says("I need a human")
        await expect(ben.page.locator("#digest-line")).to_be_visible(timeout=20_000)
        row = ben.page.locator("#rows .row", has_text="Tom")
        await expect(row.locator(".pill.late")).to_be_visible()


async def the_bot_speaks_again_and_mara_returns(number: str, mara: Webchat, ana: Console) -> None:
    await ana.page.get_by_role("button", name="Close", exact=False).first.click()
    await expect(ana.page.locator("#toasts")).to_contain_text("Undo")
    await expect(mara.page.locator("#status-text")).to_have_text("The shop bot answers", timeout=15_000)
    await mara.says("when are you open?")
    await mara.reads("bot", "Monday to Friday")
    assert "two weeks" not in await mara.page.inner_text("body")
    await mara.says("I want a person again")
    await ana.page.get_by_role("link", name=re.compile("^Unassigned")).first.click()
    await expect(ana.page.locator(f"#go-{number}")).to_be_visible(timeout=15_000)
    await ana.opens(number)
    await ana.reads("I want a person again")


async def _shot(page: Page, name: str) -> None:
    """The README's picture is made by this story: HANDRAIL_SHOTS names the folder."""
    folder = os.environ.get("HANDRAIL_SHOTS")
    if folder:
        await page.screenshot(path=f"{folder}/{name}.png")
