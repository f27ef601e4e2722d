"""A real Chromium for tests: where it is, how it starts, and what a person's window is like."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

LOST = ("Failed to load resource: net::", "[object Event]", "htmx:afterRequest", "htmx:sendError")
"""What Chromium, and htmx about its requests and its event stream, say when a server goes away."""


@dataclass(frozen=True, slots=True)
class Size:
    width: int
    height: int


DESK = Size(1440, 900)
LAPTOP = Size(1100, 760)
PHONE = Size(390, 844)


def find_chromium() -> str | None:
    """Its path: `HANDRAIL_CHROMIUM`, else the first of its usual names that can be started."""
    named = os.environ.get("HANDRAIL_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def chromium_or_skip() -> str:
    """Its path; without one the test is skipped, but on CI it fails: there it must never be left out quietly."""
    path = find_chromium()
    if path is None:
        reason = "no Chromium found: install the package chromium, or name one in HANDRAIL_CHROMIUM"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One running browser."""
    path = chromium_or_skip()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def window(browser: Browser, size: Size = DESK, *, dark: bool = False, cuts: bool = False) -> AsyncIterator[Page]:
    """One person's window with cookies of its own. What its console complains about fails the test.

    With `cuts` the server dies in the story, and what the browser says of lost connections does not count.
    """
    context: BrowserContext = await browser.new_context(
        viewport={"width": size.width, "height": size.height},
        color_scheme="dark" if dark else "light",
        is_mobile=size.width < 500,
        has_touch=size.width < 500,
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    try:
        yield page
    finally:
        await context.close()
    if cuts:
        complaints = [said for said in complaints if not said.startswith(LOST)]
    assert not complaints, complaints


async def sign_in(page: Page, link: str) -> None:
    """Open a sign-in link and press its button."""
    await page.goto(link)
    await page.get_by_role("button", name="Continue").click()
    await page.wait_for_selector("#rows")
    await page.wait_for_selector("#pulse[data-live=on]")
