"""The daemon as a process: how it starts, what it says, how it ends."""

import asyncio
import re
import shutil
import signal
import socket
import sys
import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.cli.command_line import CommandLine, without_ours
from tests.console.visitor import Visitor
from tests.demo.demo_page import Page
from tests.journeys.platforms import discord_place, slack_place
from tests.journeys.site import KEY, ROOT, START_WITHIN, Process, running_site, until
from tests.wire.bot import SECRET
from tests.wire.slack.server import SlackServer

DEMO_KEY = "hr_demo_key_00000000000000000000000000000000"


@pytest.fixture
def folder(tmp_path):
    """With the config file people start with."""
    shutil.copy(ROOT / "config" / "handrail.yaml", tmp_path / "handrail.yaml")
    return tmp_path


@pytest.fixture
async def daemon(folder):
    """With all its imports: other tests start it without (`tests.nursery`)."""
    process = Process(folder, {"HANDRAIL_DEMO_KEY": DEMO_KEY}, from_nothing=True)
    await process.start()
    yield process
    await process.kill()


@pytest.fixture
async def http():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def signed_in(daemon, http):
    visitor = Visitor(http, daemon.url)
    assert (await visitor.post(urlsplit(daemon.sign_in_link()).path)).status == 303
    await visitor.get("/")
    return visitor


@asynccontextmanager
async def open_everywhere(daemon, http):
    """A console page, a webchat page and a bot's long poll, all waiting for news; gives the poll."""
    visitor = await signed_in(daemon, http)
    page = Page(http, f"{daemon.url}/demo", str(uuid.uuid4()))
    auth = {"Authorization": f"Bearer {DEMO_KEY}"}
    async with AsyncExitStack() as left:
        stream = await left.enter_async_context(visitor.stream())
        await stream.next(15)
        webchat = await left.enter_async_context(http.get(f"{page.base}/talks/{page.visitor}"))
        assert (await webchat.content.readline()).strip()
        poll = asyncio.create_task(http.request("GET", f"{daemon.url}/v1/events?after=0&wait=25", headers=auth))
        left.callback(poll.cancel)
        # The poll waits once the daemon answers a call that was made after it.
        async with http.get(f"{daemon.url}/readyz") as ready:
            assert ready.status == 200
        yield poll


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_it_ends_cleanly_with_pages_and_polls_open(daemon, http, how):
    async with open_everywhere(daemon, http) as poll:
        assert await daemon.stop(how) == 0
        answer = await poll
        assert answer.status in {200, 503}
        answer.release()
    assert '"event": "stopped"' in daemon.log()
    assert "Traceback" not in daemon.log()


async def test_a_first_start_says_where_the_console_and_the_webchat_are(daemon, http):
    shown = "".join(daemon.printed)
    assert f"Console   {daemon.url}/sign-in/" in shown
    assert f"Webchat   {daemon.url}/demo/" in shown
    async with http.get(f"{daemon.url}/demo/") as webchat:
        assert webchat.status == 200
    visitor = await signed_in(daemon, http)
    assert "Admin" in (await visitor.get("/")).words
    assert daemon.sign_in_link().rpartition("/")[2] not in daemon.log()


async def test_a_second_start_keeps_everything(daemon, http):
    visitor = await signed_in(daemon, http)
    page = Page(http, f"{daemon.url}/demo", str(uuid.uuid4()))
    await page.say("a human please")
    await page.until(lambda talk: talk["owner"] == "queue")

    async def listed():
        return re.search(r'href="(/t/\d+)', (await visitor.get("/")).text)

    number = (await until(listed, why="the ticket is in the list"))[1]
    assert "a human please" in (await visitor.get(number)).words

    assert await daemon.stop() == 0
    await daemon.start()

    assert "a human please" in (await visitor.get(number)).words  # the same session, the same ticket
    talk = await page.until(lambda talk: bool(talk["lines"]))
    assert talk["owner"] == "queue"


async def test_port_and_config_are_taken_from_the_environment(folder, http):
    (folder / "handrail.yaml").rename(folder / "ours.yaml")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {**without_ours(), "PORT": str(port), "HANDRAIL_CONFIG": "ours.yaml"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bridge", "run", cwd=folder, env=env, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await until(lambda: answers(http, port), START_WITHIN, why="it listens there")
    finally:
        process.terminate()
        await process.communicate()
    assert process.returncode == 0


async def answers(http, port):
    try:
        async with http.get(f"http://127.0.0.1:{port}/readyz") as got:
            return got.status == 200
    except aiohttp.ClientError:
        return False


async def test_a_port_in_use_is_one_sentence(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = await CommandLine(folder, {})("run", "-c", "handrail.yaml", "--port", str(port))
    assert said.one_sentence() == f"Handrail does not start: cannot listen on 127.0.0.1:{port}: Address already in use"


async def test_a_refused_config_file_is_said_with_its_lines(folder):
    path = folder / "handrail.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("  team: support\n", "  team: suport\n"), encoding="utf-8")
    said = await CommandLine(folder, {})("run", "-c", "handrail.yaml", "--port", "0")
    (line,) = said.one_sentence().splitlines()
    assert line.startswith("handrail.yaml:")
    assert "did you mean support?" in line
    assert not (folder / "data" / "handrail.db").exists()


async def test_a_second_daemon_on_the_same_sqlite_file_is_refused(daemon, folder):
    said = await CommandLine(folder, {})("run", "-c", "handrail.yaml", "--port", "0")
    assert "another handrail runs on this database" in said.one_sentence()


@pytest.mark.parametrize("make", [slack_place, discord_place], ids=["slack", "discord"])
async def test_a_platform_that_refuses_its_token_stops_nothing_else(tmp_path, monkeypatch, make):
    async with make() as place:
        for name, value in place.env.items():
            monkeypatch.setenv(name, value)
        server = place.far_side.server
        if isinstance(server, SlackServer):
            server.revoked = True
        else:
            server.token += "-of-another-bot"
        async with running_site(tmp_path, platforms=place.platforms) as site:
            ticket = await site.escalates()
            await until(lambda: "ticket.opened" in site.bot.types, why="the bot is told")
            assert ticket["state"] == "open"
            assert not place.connected()
            async with aiohttp.ClientSession() as session:
                assert await answers(session, site.port)
            assert await site.stop() == 0


@pytest.mark.postgres
async def test_the_same_daemon_runs_on_postgresql(postgres, tmp_path):
    url = await postgres.create()
    async with running_site(tmp_path, store=url) as site:
        ticket = await site.escalates()
        await site.user_says(ticket["id"], "hello?", "m2")
        await until(lambda: "ticket.opened" in site.bot.types, why="the bot is told")
        told = await site.call("GET", "/v1/events?after=0")
        assert [event["type"] for event in told["events"]][:1] == ["ticket.opened"]
        line = CommandLine(tmp_path, {"SHOP_KEY": KEY, "SHOP_CALLBACK": SECRET, "HANDRAIL_CONFIG": "handrail.yaml"})
        assert "closed" in await line.good("tickets", "close", str(ticket["number"]))
        await until(lambda: "ticket.closed" in site.bot.types, why="what was closed beside it is told")
        assert await site.stop() == 0
    await postgres.drop(url)
