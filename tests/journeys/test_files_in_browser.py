"""Files both ways in a real browser: the daemon of `make run`, its webchat, its console, and a disk folder between."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from tests.browser import DESK, PHONE, chromium, sign_in, window
from tests.file_samples import PDF, png
from tests.journeys.site import ROOT, Process

pytestmark = pytest.mark.browser

PHOTO = FilePayload(name="broken cup.png", mimeType="image/png", buffer=png(320, 180, (196, 98, 45)))
LABEL = FilePayload(name="return label.pdf", mimeType="text/html", buffer=PDF)
EVIL = FilePayload(name="x.svg", mimeType="image/png", buffer=b'<svg xmlns="http://www.w3.org/2000/svg"/>')


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Process]:
    (tmp_path / "handrail.yaml").write_text((ROOT / "config" / "handrail.yaml").read_text("utf-8"), "utf-8")
    daemon = Process(tmp_path, {})
    await daemon.start()
    try:
        yield daemon
    finally:
        await daemon.kill()


async def picture(page: Page, name: str) -> None:
    """For whoever wants to look: HANDRAIL_SCREENSHOTS names a folder."""
    if folder := os.environ.get("HANDRAIL_SCREENSHOTS"):
        await page.screenshot(path=str(Path(folder) / f"{name}.png"))


async def test_a_photo_reaches_the_team_and_a_label_comes_back(site: Process, browser: Browser) -> None:
    async with window(browser, PHONE) as chat, window(browser, DESK) as page:
        await chat.goto(f"{site.url}/demo/")
        await expect(chat.locator("#status-text")).to_have_text("The shop bot answers")
        await expect(chat.locator("#clip")).to_be_hidden()
        await chat.locator("#text").fill("I want to talk to a person")
        await chat.locator("#text").press("Enter")
        await expect(chat.locator("#status-text")).to_have_text("Waiting for a person")
        await chat.locator("#file").set_input_files(PHOTO)
        await expect(chat.locator(".line.user .file", has_text="broken cup.png")).to_be_visible()

        await sign_in(page, site.sign_in_link())
        await page.locator("#rows a").first.click()
        shown = page.locator(".said .attached", has_text="broken cup.png")
        await expect(shown.locator("img.picture")).to_be_visible(timeout=15_000)
        assert await shown.locator("img").evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 320

        await page.locator("#mode-reply").click()
        await page.locator("#pick-files").set_input_files([LABEL, PHOTO])
        await expect(page.locator("#brought .chip")).to_have_count(2)
        await page.get_by_role("button", name="Take out broken cup.png").click()
        await page.locator("#say-text").fill("Here is your label")
        await picture(page, "console-box")
        await page.locator("#say-text").press("Control+Enter")
        await expect(page.locator(".said .attached", has_text="return label.pdf")).to_be_visible()
        await expect(page.locator("#brought .chip")).to_have_count(0)

        got = chat.locator(".line.member .file a", has_text="return label.pdf")
        await expect(got).to_be_visible(timeout=20_000)
        address = await got.get_attribute("href") or ""
        answer = await page.request.get(address)
        assert (answer.status, await answer.body()) == (200, PDF)
        await picture(page, "console")
        await picture(chat, "webchat")


async def test_what_was_attached_outlives_a_reload_and_what_is_refused_is_said(site: Process, browser: Browser) -> None:
    async with window(browser, DESK) as chat:
        await chat.goto(f"{site.url}/demo/")
        await chat.locator("#text").fill("I want to talk to a person")
        await chat.locator("#text").press("Enter")
        await expect(chat.locator("#status-text")).to_have_text("Waiting for a person")

    page = await browser.new_page()  # no `window`: the browser notes every refusal of a server as an error
    await sign_in(page, site.sign_in_link())
    await page.locator("#rows a").first.click()
    await page.locator("#mode-note").click()
    await page.locator("#say-text").fill("see this")
    await page.locator("#pick-files").set_input_files(EVIL)
    await expect(page.locator("#toasts")).to_contain_text("x.svg was not taken. This kind of file is not taken.")
    await page.locator("#pick-files").set_input_files(LABEL)
    await expect(page.locator("#brought .chip progress")).to_have_count(0)
    await page.reload()
    await expect(page.locator("#brought .chip", has_text="return label.pdf")).to_be_visible()
    await expect(page.locator("#say-text")).to_have_value("see this")
    await page.locator("#say-text").press("Control+Enter")
    await expect(page.locator(".said.note .attached", has_text="return label.pdf")).to_be_visible()
    await page.close()
