"""The page of measures in a real Chromium: drawn under the strict policy, in both lights, at every width, by keys."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import DESK, PHONE, chromium, sign_in, window
from tests.console.conftest import Site
from tests.console.measure_steps import some_weeks
from tests.console.test_console_browser import CONTRAST, SIDEWAYS, UNNAMED

pytestmark = pytest.mark.browser
DRAWN = ".charts[data-drawn=yes]"
COLOURED = """() => { const seen = [...document.querySelectorAll('.plot canvas')].map((canvas) => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.some((part, index) => index % 4 === 3 && part > 0);
}); return seen.length === 3 && seen.every(Boolean); }"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def enter(page: Page, site: Site) -> None:
    await sign_in(page, f"{site.base}/sign-in/{await site.store.sessions.invite('Ana')}")


@pytest.mark.parametrize("dark", [False, True])
async def test_charts_are_drawn_and_nothing_runs_off_the_screen(site: Site, browser: Browser, dark: bool) -> None:
    await some_weeks(site, days=3)
    async with window(browser, PHONE if dark else DESK, dark=dark) as page:
        await enter(page, site)
        await page.goto(f"{site.base}/measures?window=week")
        await page.wait_for_selector(DRAWN)
        assert await page.evaluate(COLOURED)
        for width in (1440, 760, 320):
            await page.set_viewport_size({"width": width, "height": 800})
            assert not await page.evaluate(SIDEWAYS)
        assert await page.evaluate(UNNAMED) == []
        assert await page.evaluate(CONTRAST) == []


async def test_a_chart_is_read_by_keys_and_follows_the_light(site: Site, browser: Browser) -> None:
    await some_weeks(site, days=3)
    async with window(browser) as page:
        await enter(page, site)
        await page.locator("#me-menu summary").click()
        await page.get_by_role("link", name="Measures").click()
        await page.get_by_role("link", name="7 days").click()
        await page.wait_for_selector(DRAWN)
        await page.locator("#flow").focus()
        await page.keyboard.press("End")
        await page.keyboard.press("ArrowLeft")
        reading = page.locator("#flow-now")
        await expect(reading).to_contain_text("Opened 1, Closed 1")
        await page.keyboard.press("Home")
        await expect(reading).to_contain_text("Opened")
        await page.emulate_media(color_scheme="dark")
        await expect(page.locator("#flow .uplot")).to_have_count(1)


async def test_an_empty_window_shows_sentences_instead_of_charts(site: Site, browser: Browser) -> None:
    async with window(browser) as page:
        await enter(page, site)
        await page.goto(f"{site.base}/measures?window=month")
        await page.wait_for_selector(DRAWN)
        await expect(page.get_by_text("No ticket was claimed in this window.")).to_be_visible()
        await expect(page.locator(".uplot")).to_have_count(0)
