"""One life of a daemon whose workspace goes wrong in every way: seen, survived, and used again without a restart."""

import itertools

import aiohttp
import pytest

from bridge.domain.alarms import Trouble
from tests.adapters.slack_shore import CHANNEL, NAME
from tests.journeys.platforms import Place, slack_place
from tests.journeys.site import KEY, until
from tests.journeys.test_reload_console import Site

OPS = "C0OPS"
TARGET = f"{{platform: {NAME}, channel: {CHANNEL}, fallback: [{{platform: {NAME}, channel: {OPS}}}]}}"


class Story:
    def __init__(self, place: Place, site: Site, http: aiohttp.ClientSession) -> None:
        self.server, self.place, self.site, self.http = place.far_side.server, place, site, http
        self._numbers = itertools.count(1)

    @property
    def told(self):
        return self.site.daemon.shores.chats[NAME].told

    async def escalates(self) -> str:
        return (await self.site.escalates(self.http, f"web-{next(self._numbers)}"))["id"]

    async def user_says(self, ticket: str, text: str) -> None:
        url = f"{self.site.daemon.url}/v1/tickets/{ticket}/messages"
        body = {"text": text, "external_id": f"m-{next(self._numbers)}"}
        async with self.http.post(url, json=body, headers={"Authorization": f"Bearer {KEY}"}) as answer:
            assert answer.status < 300, await answer.text()

    async def opens_in(self, channel: str, ticket: str) -> str:
        """The ticket's root there."""

        async def opened() -> str | None:
            found = await self.site.daemon.store.tickets.get(ticket)
            thread = found.thread if found is not None else None
            return thread.root if thread is not None and thread.lane.place == channel else None

        return await until(opened, 20, why=f"{ticket} has its thread in {channel}")

    async def alarms(self) -> dict[str, str]:
        return {str(one.what): str(one.facts) for one in await self.site.daemon.store.alarms.open_ones()}

    def calls_to(self, channel: str) -> int:
        return sum(call.given.get("channel") == channel for call in self.server.calls if call.method[:4] == "chat")


@pytest.fixture
async def story(tmp_path):
    async with slack_place() as place, aiohttp.ClientSession() as http:
        (tmp_path / "slack-token").write_text(place.env["SLACK_BOT"], encoding="utf-8")
        site = Site(
            tmp_path, place.env, platforms=place.platforms.replace("{env: SLACK_BOT}", "{file: slack-token}"),
            team=place.team, target=TARGET,
        )  # fmt: skip
        await site.daemon.start()
        try:
            await until(place.connected)
            yield Story(place, site, http)
        finally:
            await site.daemon.stop()
            place.far_side.server.complaints.clear()


async def test_whatever_happens_to_the_workspace_is_seen_survived_and_over_once_it_is_mended(story, tmp_path):
    ticket = await story.escalates()
    await story.opens_in(CHANNEL, ticket)
    await a_channel_that_is_slowed_down_waits(story, ticket)
    await the_app_is_thrown_out_and_invited_again(story, ticket)
    await the_card_is_deleted(story)
    await the_app_is_uninstalled_and_installed_again(story, tmp_path / "slack-token")
    assert await story.alarms() == {}


async def a_channel_that_is_slowed_down_waits(story: Story, ticket: str) -> None:
    story.server.answer_next("chat.postMessage", status=429, retry_after=1, channel=CHANNEL)
    before = len(story.server.called("chat.postMessage"))
    slowed = await story.escalates()
    await until(lambda: len(story.server.called("chat.postMessage")) == before + 1)
    await story.user_says(ticket, "hello?")
    await story.opens_in(CHANNEL, slowed)
    await until(lambda: any("hello?" in str(one) for one in story.server.called("chat.postMessage")))
    assert await story.alarms() == {}


async def the_app_is_thrown_out_and_invited_again(story: Story, ticket: str) -> None:
    story.server.happens.kick(CHANNEL)
    await until(lambda: "not_in_channel" in str(story.told.get(CHANNEL)), why="Slack says so")
    before = story.calls_to(CHANNEL)
    await story.user_says(ticket, "is anybody there?")
    await story.opens_in(OPS, ticket)
    await story.opens_in(OPS, await story.escalates())
    alarm = (await story.alarms())[Trouble.TARGET_GONE]
    assert f"{NAME}/{OPS}" in alarm
    assert "/invite the app there" in alarm
    assert story.calls_to(CHANNEL) == before, "nobody knocks at a door that is shut"

    story.server.happens.invite(CHANNEL)
    await until(lambda: story.told.get(CHANNEL, "") is None, why="Slack says so")
    await story.opens_in(CHANNEL, await story.escalates())
    await until(lambda: _none(story, Trouble.TARGET_GONE), why="the alarm is over")


async def the_card_is_deleted(story: Story) -> None:
    ticket = await story.escalates()
    root = await story.opens_in(CHANNEL, ticket)
    story.place.far_side.people.deletes(CHANNEL, root)

    async def anew() -> bool:
        found = await story.site.daemon.store.tickets.get(ticket)
        return found is not None and found.thread is not None and found.thread.root != root

    await until(anew, 20, why="one fresh thread in the same channel")
    await story.opens_in(CHANNEL, ticket)


async def the_app_is_uninstalled_and_installed_again(story: Story, secret) -> None:
    server = story.server
    server.happens.uninstall()
    await until(lambda: story.site.daemon.shores.chats[NAME].health.trouble, why="known without a post")
    before = len(server.calls)
    tickets = [await story.escalates() for _ in range(2)]
    await until(lambda: _some(story, Trouble.PLATFORM_DOWN), 20, why="its keepers hear of it")
    async with story.http.get(f"{story.site.daemon.url}/readyz") as answer:
        assert NAME in (await answer.json())["degraded"]
    assert len(server.calls) - before < 10

    secret.write_text(server.happens.reinstall(), encoding="utf-8")
    for ticket in tickets:
        await story.opens_in(CHANNEL, ticket)
    await until(lambda: _none(story, Trouble.PLATFORM_DOWN), why="that alarm is over too")


async def _some(story: Story, what: Trouble) -> bool:
    return str(what) in await story.alarms()


async def _none(story: Story, what: Trouble) -> bool:
    return str(what) not in await story.alarms()
