"""The console in a real Chromium: layout, keys, and that nothing typed is ever lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from bridge.domain.events import UserFacts
from bridge.domain.ticket import TicketState
from tests.browser import DESK, LAPTOP, PHONE, Size, chromium, sign_in, window
from tests.console.conftest import Site

pytestmark = pytest.mark.browser

SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
UNNAMED = """() => [...document.querySelectorAll('button, a[href], input:not([type=hidden]), textarea, summary')]
  .filter((node) => node.checkVisibility({visibilityProperty: true}))
  .filter((node) => !(node.ariaLabel || node.textContent.trim() || node.labels?.length || node.title))
  .map((node) => node.outerHTML.slice(0, 120))"""
CONTRAST = """() => {
  const value = (part) => { part /= 255; return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * value(r) + 0.7152 * value(g) + 0.0722 * value(b);
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll('body *')) {
    const words = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!words || !node.checkVisibility({visibilityProperty: true}) || node.closest('.sr, kbd')) continue;
    const [ink, paper] = [light(parts(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${node.className} ${node.textContent.trim().slice(0, 40)}`);
  }
  return poor;
}"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def enter(page: Page, site: Site, name: str = "Ana") -> None:
    await sign_in(page, f"{site.base}/sign-in/{await site.store.sessions.invite(name)}")


async def open_ticket(page: Page, site: Site, number: int) -> None:
    await page.goto(f"{site.base}/t/{number}")
    await expect(page.locator("#pulse")).to_have_attribute("data-live", "on")


async def busy_ticket(site: Site) -> int:
    """A ticket with some of everything, Ana's."""
    user = UserFacts(external_id="u-7", name="Mara Dubois", locale="fr-FR", timezone="Europe/Paris", verified=True)
    ticket = await site.escalate(
        "Refund not received", user=user, summary="Order 4411 came back on 3 November. " * 3,
        attributes={"plan": "pro", "order_total": 250}, said=("hello", "where is my money"),
    )  # fmt: skip
    for text in ("and the refund?", "w" * 300, "https://shop.example/" + "long/" * 40):
        await site.user_says(ticket, text)
    await site.escalate("x" * 120, name="A very long name that goes on and on and on, and then on")
    return ticket.number


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [DESK, LAPTOP, PHONE, Size(320, 640)])
async def test_nothing_runs_off_the_screen_and_every_word_can_be_read(
    site: Site, browser: Browser, size: Size, dark: bool
) -> None:
    number = await busy_ticket(site)
    async with window(browser, size, dark=dark) as page:
        await enter(page, site)
        for path in ("/", "/?s=mine", f"/t/{number}", f"/t/{number}/log"):
            await page.goto(site.base + path)
            assert await page.evaluate(SIDEWAYS) is False, path
            assert await page.evaluate(UNNAMED) == [], path
            assert await page.evaluate(CONTRAST) == [], path


async def test_on_a_phone_one_thing_is_seen_at_a_time_and_claim_and_send_stay_in_reach(
    site: Site, browser: Browser
) -> None:
    number = await busy_ticket(site)
    async with window(browser, PHONE) as page:
        await enter(page, site)
        await expect(page.locator("#rows")).to_be_visible()
        await page.locator(f"#go-{number}").click()
        await expect(page.locator("#rows")).to_be_hidden()

        # A keyboard takes more than half of a phone.
        await page.set_viewport_size({"width": 390, "height": 400})
        for name in ("Claim", "Add note"):
            box = await page.get_by_role("button", name=name, exact=False).first.bounding_box()
            assert box is not None
            assert 0 <= box["y"] <= 400 - box["height"]
        await page.set_viewport_size({"width": 390, "height": 844})

        await expect(page.locator("#side-facts")).not_to_be_in_viewport()
        await page.get_by_role("button", name="Facts", exact=True).click()
        await expect(page.locator("#side-facts")).to_be_in_viewport()
        await page.get_by_role("button", name="Close facts").click()
        await page.get_by_role("link", name="Back to the list").click()
        await expect(page.locator("#rows")).to_be_visible()


async def test_a_ticket_is_worked_by_keys_alone(site: Site, browser: Browser) -> None:
    first, second = await site.escalate("The first"), await site.escalate("The second")
    async with window(browser) as page:
        await enter(page, site)

        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await expect(page.locator("#pane")).to_have_attribute("data-number", str(first.number))
        await page.keyboard.press("c")
        await expect(page.locator("#head-state")).to_contain_text("You have it")
        await page.keyboard.press("r")
        await page.keyboard.type("On it")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".said.reply")).to_contain_text("On it")
        await expect(page.locator("#say-text")).to_have_value("")
        await page.keyboard.press("Escape")
        await page.keyboard.press("n")
        await page.keyboard.type("Ask the bank")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".said.note")).to_contain_text("Ask the bank")
        await page.keyboard.press("Escape")
        await page.keyboard.press("e")

        await expect(page.locator("#pane")).to_have_attribute("data-number", str(second.number))
        await expect(page.locator("#toasts")).to_contain_text("Undo")
        await page.keyboard.press("?")
        await expect(page.locator("#keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("/")
        await expect(page.locator("#q")).to_be_focused()
    assert (await site.ticket(first.number)).state is TicketState.CLOSED
    assert await site.said(first) == ["reply sending: On it", "note inside: Ask the bank"]


async def test_what_is_typed_survives_news_escape_other_tickets_and_a_reload(site: Site, browser: Browser) -> None:
    ticket, other = await site.escalate("This one"), await site.escalate("That one")
    async with window(browser) as page, window(browser) as colleague:
        await enter(page, site)
        await enter(colleague, site, "Ben")
        await open_ticket(page, site, ticket.number)
        await open_ticket(colleague, site, ticket.number)
        await page.keyboard.press("n")
        await page.keyboard.type("half a thou")

        await colleague.keyboard.press("c")
        await expect(page.locator("#head-state")).to_contain_text("Ben has it")
        await site.user_says(ticket, "hello?")
        await expect(page.locator("#timeline")).to_contain_text("hello?")
        await expect(page.locator("#say-text")).to_be_focused()
        await page.keyboard.type("ght")
        await expect(page.locator("#say-text")).to_have_value("half a thought")

        await page.keyboard.press("Escape")
        await page.locator(f"#go-{other.number}").click()
        await expect(page.locator("#say-text")).to_have_value("")
        await open_ticket(page, site, ticket.number)
        await expect(page.locator("#say-text")).to_have_value("half a thought")
        await expect(page.locator("#pick-note")).to_be_checked()


async def test_an_unclaimed_ticket_opens_as_a_note_and_turns_to_a_reply_once_it_is_mine(
    site: Site, browser: Browser
) -> None:
    ticket = await site.escalate()
    async with window(browser) as page:
        await enter(page, site)
        await open_ticket(page, site, ticket.number)

        await expect(page.locator("#pick-note")).to_be_checked()
        await expect(page.get_by_role("button", name="Add note")).to_be_visible()
        await expect(page.locator("#send-reply")).to_be_hidden()
        await expect(page.locator("#mode-reply")).to_have_text("Claim and reply")

        await page.keyboard.press("c")
        await expect(page.locator("#pick-reply")).to_be_checked()
        await expect(page.get_by_role("button", name="Send to Mara")).to_be_visible()


async def test_news_touches_neither_scroll_nor_open_menus(site: Site, browser: Browser) -> None:
    ticket = await site.escalate(said=tuple(f"line {n}" for n in range(60)))
    for n in range(40):
        await site.user_says(ticket, f"message {n}")
    async with window(browser) as page:
        await enter(page, site)
        await open_ticket(page, site, ticket.number)
        await page.evaluate("document.querySelector('#timeline').scrollTop = 200")
        await page.locator("#menu-snooze summary").click()

        await site.user_says(ticket, "the very latest")
        await expect(page.locator("#timeline")).to_contain_text("the very latest")

        assert await page.evaluate("document.querySelector('#timeline').scrollTop") == 200
        await expect(page.locator("#menu-snooze .menu-body")).to_be_visible()
        await page.get_by_role("button", name="New below").click()
        await expect(page.locator("#timeline li").last).to_be_in_viewport()


async def test_a_second_submit_while_the_first_is_under_way_sends_nothing_twice(site: Site, browser: Browser) -> None:
    ticket = await site.escalate()
    async with window(browser) as page:
        await enter(page, site)
        await open_ticket(page, site, ticket.number)
        await page.keyboard.press("n")
        await page.keyboard.type("only once")

        await page.evaluate("for (let n = 0; n < 5; n++) document.querySelector('#send-note').click()")

        await expect(page.locator(".said.note")).to_have_count(1)
    assert await site.said(ticket) == ["note inside: only once"]


async def test_a_stop_is_told_and_what_was_typed_stays(site: Site, browser: Browser) -> None:
    ticket = await site.escalate()
    context = await browser.new_context()
    page = await context.new_page()
    await enter(page, site)
    await open_ticket(page, site, ticket.number)
    await page.keyboard.press("n")
    await page.keyboard.type("not sent yet")

    await asyncio.wait_for(site.runner.cleanup(), timeout=5)

    await expect(page.locator("#toasts")).to_contain_text("Live updates lost at")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#toasts")).to_contain_text("could not be reached. Your text is kept")
    await expect(page.locator("#say-text")).to_have_value("not sent yet")
    await context.close()


async def test_choices_of_this_browser_are_kept_across_lists(site: Site, browser: Browser) -> None:
    await site.escalate("One")
    async with window(browser) as page:
        await enter(page, site)
        await page.locator(".me").click()
        await page.get_by_label("A sound with it").check()
        await page.keyboard.press("Escape")

        await page.locator("#tab-open").click()
        await page.wait_for_url("**/?s=open")
        await expect(page.locator("#pulse")).to_have_attribute("data-live", "on")
        await expect(page.locator(".row.unread")).to_have_count(1)
        await page.locator(".me").click()
        await expect(page.get_by_label("A sound with it")).to_be_checked()
        await page.keyboard.press("Escape")
        await page.locator("#go-1001").click()
        await expect(page.locator("#pane")).to_have_attribute("data-number", "1001")


async def test_unread_tickets_are_marked_until_they_are_opened(site: Site, browser: Browser) -> None:
    one, two = await site.escalate("One"), await site.escalate("Two")
    async with window(browser) as page:
        await enter(page, site)
        await expect(page.locator(".row.unread")).to_have_count(2)
        await page.locator(f"#go-{one.number}").click()
        await expect(page.locator(".row.unread")).to_have_count(1)

        site.clock.advance(seconds=5)
        await site.user_says(one, "hello?")
        await expect(page.locator("#timeline")).to_contain_text("hello?")
        await expect(page.locator(f"#row-{one.number}")).to_contain_text("hello?")
        await expect(page.locator(".row.unread")).to_have_count(1)
        await page.locator(f"#go-{two.number}").click()
        await expect(page.locator(".row.unread")).to_have_count(0)
        site.clock.advance(seconds=5)
        await site.user_says(one, "still there?")
        await expect(page.locator(f"#row-{one.number}.unread")).to_have_count(1)
        assert (await page.title()).startswith("(2) ")
