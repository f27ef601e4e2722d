"""The config file as admins see it in the console, and clients that are exchanged while the daemon runs."""

import aiohttp
import pytest

from bridge.app import Daemon
from tests.console.visitor import Visitor
from tests.journeys.platforms import discord_place, slack_place
from tests.journeys.site import CONFIG, KEY, until
from tests.wire.bot import SECRET

ENV = {"SHOP_KEY": KEY, "SHOP_CALLBACK": SECRET}


class Site:
    """A daemon in this process, and its file."""

    def __init__(self, folder, env=None, *, platforms="", team="members_of: channel", target="{platform: console}"):
        self.path = folder / "handrail.yaml"
        store = f"sqlite://{folder / 'handrail.db'}"
        self.text = CONFIG.format(
            platforms=platforms, team=team, target=target, callback="http://127.0.0.1:9/x", store=store
        )
        self.path.write_text(self.text, encoding="utf-8")
        self.env = {**ENV, **(env or {})}
        self.daemon = Daemon(self.path, self.env, port=0, data_dir=folder)

    def edit(self, old, new):
        assert old in self.text
        self.text = self.text.replace(old, new, 1)
        self.path.write_text(self.text, encoding="utf-8")

    async def escalates(self, http, conversation="web-1"):
        body = {"conversation": {"external_id": conversation}, "user": {"external_id": "u"}, "title": "Help"}
        headers = {"Authorization": f"Bearer {KEY}"}
        async with http.post(f"{self.daemon.url}/v1/tickets", json=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            return (await answer.json())["ticket"]

    async def signed_in(self, http, name, *, admin):
        visitor = Visitor(http, self.daemon.url)
        link = await self.daemon.invite(name, admin=admin)
        assert (await visitor.post(link.removeprefix(self.daemon.url))).status == 303
        await visitor.get("/")
        return visitor


@pytest.fixture
async def http():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


@pytest.fixture
async def other_http():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


@pytest.fixture
async def site(tmp_path):
    made = Site(tmp_path)
    await made.daemon.start()
    yield made
    await made.daemon.stop()


async def test_a_refused_file_is_on_every_screen_with_its_lines_for_admins(site, http, other_http):
    admin, ben = await site.signed_in(http, "Ana", admin=True), await site.signed_in(other_http, "Ben", admin=False)
    site.edit("team: support", "team: suport")
    async with ben.stream() as screen:
        await screen.next()
        assert (await admin.post("/rules/reload")).status == 204
        assert "The config file was refused" in await screen.until("refused")
    shown = (await admin.get("/")).words
    assert "The rules of" in shown
    assert "stay in force" in shown
    assert "did you mean support?" in shown
    for_ben = (await ben.get("/")).words
    assert "An admin sees why." in for_ben
    assert "suport" not in for_ben

    site.edit("team: suport", "team: support")
    await admin.post("/rules/reload")
    assert "refused" not in (await admin.get("/")).words
    acts = [(row.action, row.actor, row.via) for row in (await site.daemon.store.audit.page()).rows]
    assert acts[:2] == [("config.reloaded", "console:Ana", "console"), ("config.refused", "console:Ana", "console")]


async def test_only_admins_read_the_file_again_and_move_tickets(site, http):
    ben = await site.signed_in(http, "Ben", admin=False)
    for path in ("/rules/reload", "/rules/move"):
        assert (await ben.post(path)).status == 403
    assert "Read the config file again" not in (await ben.get("/")).text


async def test_a_button_of_another_page_does_nothing(site, http):
    ana = await site.signed_in(http, "Ana", admin=True)
    assert (await ana.post("/rules/reload", csrf="wrong")).status == 403


async def test_tickets_that_follow_old_rules_are_counted_and_moved(site, http):
    ana = await site.signed_in(http, "Ana", admin=True)
    ids = [(await site.escalates(http, f"web-{number}"))["id"] for number in range(3)]
    site.edit("name: everything", "name: renamed")
    await ana.post("/rules/reload")
    assert "3 running tickets follow rules from before the last change." in (await ana.get("/")).words
    assert (await ana.post("/rules/move")).status == 204
    assert "follow rules from before" not in (await ana.get("/")).words
    tickets = [await site.daemon.store.tickets.get(each) for each in ids]
    assert [ticket.policy.route for ticket in tickets] == ["renamed"] * 3


async def test_what_waits_for_a_restart_is_named_and_not_half_taken(site, http):
    ana = await site.signed_in(http, "Ana", admin=True)
    site.edit("port: 8700", "port: 8701")
    site.edit("undo: 1s", "undo: 2s")
    await ana.post("/rules/reload")
    assert "in force after a restart: server." in (await ana.get("/")).words
    assert site.daemon.rules.current.server.port == site.daemon.port
    assert site.daemon.rules.current.root.policy.relay.undo.total_seconds() == 2


PLACES = pytest.mark.parametrize("open_place", [slack_place, discord_place], ids=["slack", "discord"])


@PLACES
async def test_a_platform_whose_section_changed_has_its_new_client_before_the_old_one_goes(tmp_path, http, open_place):
    async with open_place() as place:
        site = Site(tmp_path, place.env, platforms=place.platforms, team=place.team, target=place.target)
        await site.daemon.start()
        try:
            await until(place.connected)
            name = place.far_side.lane.platform
            old = site.daemon.shores.chats[name]
            site.edit("{kind: ", "{user_word: customer, kind: ")
            await site.daemon.reloader.reload()
            new = site.daemon.shores.chats[name]
            assert new is not old
            assert new.health.connected
            await site.escalates(http)
            await until(lambda: len(place.threads()) == 1, why="no thread was opened by the new client")
        finally:
            await site.daemon.stop()


@PLACES
async def test_what_is_to_be_said_on_a_platform_taken_out_waits_until_it_is_back(tmp_path, http, open_place):
    async with open_place() as place:
        site = Site(tmp_path, place.env, platforms=place.platforms, team=place.team, target=place.target)
        good = site.text
        await site.daemon.start()
        try:
            await until(place.connected)
            await site.escalates(http)
            await until(lambda: len(place.threads()) == 1)
            site.edit(place.target, "{platform: console}")
            site.edit(f"platforms: {{{place.platforms}}}", "platforms: {}")
            state = await site.daemon.reloader.reload()
            assert (state.orphaned, state.missing) == (1, (place.far_side.lane.platform,))
            assert [alarm.what for alarm in await site.daemon.store.alarms.open_ones()] == ["tickets_orphaned"]
            site.text = good
            site.path.write_text(good, encoding="utf-8")
            state = await site.daemon.reloader.reload()
            assert (state.orphaned, await site.daemon.store.alarms.open_ones()) == (0, [])
            await site.escalates(http, "web-2")
            await until(lambda: len(place.threads()) == 2, why="the lane is not served again")
        finally:
            await site.daemon.stop()
