"""What a platform refused or never answered, settled by an admin on the operators' page, in Slack and in Discord."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from bridge.domain.refs import MessageRef
from tests.adapters.slack_shore import SlackFarSide
from tests.browser import chromium, sign_in, window
from tests.journeys.platforms import PLACES, Place
from tests.journeys.site import Site, running_site, until

pytestmark = pytest.mark.browser


@pytest.fixture(params=sorted(PLACES))
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with PLACES[request.param]() as made:
        yield made


@pytest.fixture
async def site(place, tmp_path, monkeypatch):
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    async with running_site(tmp_path, platforms=place.platforms, team=place.team, target=place.target) as made:
        await until(place.connected, why="the platform is connected")
        yield made


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def operations(page: Page, site: Site) -> None:
    await sign_in(page, site.sign_in_link())
    await page.get_by_role("link", name="Operations").click()
    await page.wait_for_selector("#pulse[data-live=on]")


async def test_what_was_refused_goes_out_again_and_what_is_there_is_adopted_by_its_link(place, site, browser):
    ticket = await site.escalates()
    [thread] = await until(place.threads, why="the thread is open")
    far = place.far_side

    async def shown(text: str) -> bool:
        return any(text in posted for posted in await far.posted(thread))

    await until(lambda: shown("Nobody has"), why="the reminders are over: what comes now are the user's words")
    async with window(browser) as page:
        await operations(page, site)
        await expect(page.locator("#ops-summary")).to_contain_text("Nothing is wrong.")
        failed = page.locator("#ops-failed .ops-card")

        for _ in ("as it is painted", "and as plain words"):
            far.refuse_next_content()
        await site.user_says(ticket["id"], "the refused one", "m2")
        await expect(failed).to_contain_text("failed PostWords", timeout=15_000)
        await expect(page.locator("#ops-summary")).to_contain_text("Something needs a look.")
        await page.get_by_role("button", name="Retry").click()
        await until(lambda: shown("the refused one"), why="it was posted at the second try")
        await expect(failed).to_have_count(0)

        nobody_can_read(place)
        far.lose_answer_of_next_post()
        await site.user_says(ticket["id"], "the unanswered one", "m3")
        await expect(failed).to_contain_text("in doubt PostWords", timeout=15_000)
        await expect(page.locator("#ops-summary")).to_contain_text("Something needs a look.")
        await until(lambda: shown("the unanswered one"), why="it is there")
        await failed.get_by_placeholder("Link of the post").fill("https://example.com/nothing")
        await failed.get_by_role("button", name="It is there").click()
        await expect(page.locator("#toasts")).to_contain_text("This is no link to a post")
        await failed.get_by_placeholder("Link of the post").fill(await link_of_the_last(place, thread))
        await failed.get_by_role("button", name="It is there").click()
        await expect(page.locator("#toasts")).to_contain_text("It counts as delivered")
        await expect(failed).to_have_count(0)

        await site.user_says(ticket["id"], "and on it goes", "m4")
        await until(lambda: shown("and on it goes"), why="what waited behind it goes on")
        await page.get_by_role("link", name="Who did what").click()
        await expect(page.locator("tbody tr", has_text="delivery.")).to_have_count(2)

    texts = [text for text in await far.posted(thread) if "one" in text]
    assert len(texts) == 2, texts


def nobody_can_read(place: Place) -> None:
    """The platform takes posts but shows no history, nor tells of our own posts: Handrail cannot learn it by itself."""
    server = place.far_side.server
    if isinstance(place.far_side, SlackFarSide):
        server.unsubscribe("message_metadata_posted")
    for _ in range(30):
        if isinstance(place.far_side, SlackFarSide):
            server.answer_next("conversations.replies", error="missing_scope")
        else:
            server.answer_next("get_messages", status=500)


async def link_of_the_last(place: Place, thread) -> str:
    """What a person copies from the menu of our newest post in the thread."""
    far = place.far_side
    if isinstance(far, SlackFarSide):
        post = [m["ts"] for m in far.channel.replies(thread.root) if "bot_id" in m][-1]
    else:
        post = str(far.server.world.in_channel(int(thread.root))[-1].id)
    return far.copied_link(MessageRef(thread.lane, thread.root, post))
