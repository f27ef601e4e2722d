"""A site as operators run it: a config file, the real daemon process, a bot that calls and is called."""

import asyncio
import re
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

from bridge.crashpoint import VARIABLE
from tests import nursery
from tests.nursery import Running, outside
from tests.wire.bot import SECRET, WireBot

ROOT = nursery.ROOT
KEY = "hr_journey_key_0000000000000000000000000000000"
START_WITHIN = 60.0
"""Three seconds on a free machine; tests share theirs."""

CONFIG = """\
version: 1
server: {{host: 127.0.0.1, port: 8700}}
store: {{url: "{store}"}}
platforms: {{{platforms}}}
bots:
  shop-bot:
    keys: [{{env: SHOP_KEY}}]
    callback: {{url: "{callback}", secret: {{env: SHOP_CALLBACK}}, private: true}}
teams:
  support: {{{team}}}
ladders:
  waiting: {{clock: wall, until: claimed, steps: [{{after: 2s, do: digest}}, {{after: 3s, do: mention, who: team}}]}}
routes:
  name: everything
  target: {target}
  team: support
  ladder: waiting
  relay: {{undo: 1s}}
"""


class Process:
    """The daemon as its own process, in a folder of its own."""

    def __init__(self, folder: Path, env: Mapping[str, str], *, from_nothing: bool = False) -> None:
        self.folder = folder
        self._begin = nursery.start_from_nothing if from_nothing else nursery.start
        self._env = env
        self._running: Running | None = None
        self.port = _free_port()
        self.crash_at: str | None = None
        """`point:pass` at which the next start is to die."""
        self.printed: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    async def start(self) -> None:
        """Returns once it says that it is ready, or has died where it was told to."""
        armed = {VARIABLE: self.crash_at} if self.crash_at else {}
        env = {**outside(), **self._env, **armed, "PYTHONUNBUFFERED": "1"}
        with (self.folder / "daemon.log").open("ab") as log:
            self._running = await self._begin(
                "run", "--port", str(self.port), "--config", "handrail.yaml", folder=self.folder, env=env, stderr=log
            )
        assert self._running.stdout is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(START_WITHIN):
                async for line in self._running.stdout:
                    self.printed.append(line.decode())
                    if "Ctrl-C" in self.printed[-1]:
                        return
        if self.crash_at and await self.died(1):
            return
        await self.kill()
        raise AssertionError(f"the daemon did not start: {self.log()}")

    async def died(self, seconds: float) -> bool:
        """Did it end by its crash point within so many seconds?"""
        assert self._running is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._running.wait() == -signal.SIGKILL
        return False

    async def kill(self) -> None:
        """As a power cut would: no goodbye."""
        await self._end(signal.SIGKILL)

    def hang_up(self) -> None:
        """SIGHUP: read the config file again."""
        assert self._running is not None
        self._running.send_signal(signal.SIGHUP)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        return await self._end(how)

    async def _end(self, how: signal.Signals) -> int:
        running, self._running = self._running, None
        if running is None:
            return 0
        if running.returncode is None:
            running.send_signal(how)
        async with asyncio.timeout(15):
            return await running.wait()

    def sign_in_link(self) -> str:
        return re.findall(r"http://\S+/sign-in/\S+", "".join(self.printed))[-1]

    def log(self) -> str:
        return (self.folder / "daemon.log").read_text(encoding="utf-8")[-4000:]

    async def handrail(self, *words: str) -> str:
        """The command line, beside the daemon."""
        env = {**outside(), **self._env, "HANDRAIL_CONFIG": "handrail.yaml"}
        process = await nursery.start(*words, folder=self.folder, env=env, stderr=asyncio.subprocess.STDOUT)
        out, _ = await process.communicate()
        assert process.returncode == 0, out.decode()
        return out.decode()


class Site(Process):
    """A daemon with a wire bot on one side and whatever platforms the test gives on the other."""

    def __init__(
        self, folder: Path, bot: WireBot, http: aiohttp.ClientSession, env: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(folder, {"SHOP_KEY": KEY, "SHOP_CALLBACK": SECRET, **(env or {})})
        self.patience = 30.0
        """Seconds a call is repeated for."""
        self.bot = bot
        self._http = http
        self._calls = 0

    async def call(self, method: str, path: str, body: object = None, *, key: str | None = None) -> Any:
        """The bot calls; a daemon that is away is called again under the same key, as any bot would."""
        self._calls += 1
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": key or f"call-{self._calls}"}
        async with asyncio.timeout(self.patience):
            while True:
                try:
                    async with self._http.request(method, self.url + path, json=body, headers=headers) as got:
                        if got.status < 500:
                            assert got.status < 400, await got.text()
                            return await got.json() if got.content_type == "application/json" else await got.text()
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)

    async def escalates(self, conversation: str = "web-1", **more: object) -> dict[str, Any]:
        body = {
            "conversation": {"external_id": conversation},
            "user": {"external_id": "u_17", "name": "Mara"},
            "title": "Refund not received",
            "transcript": [{"id": f"{conversation}-m1", "from": "user", "text": "where is my refund?"}],
            "capabilities": {"edit": True, "delete": True, "typing": True},
            **more,
        }
        answer = await self.call("POST", "/v1/tickets", body)
        ticket: dict[str, Any] = answer["ticket"]
        return ticket

    async def user_says(self, ticket: str, text: str, external_id: str) -> None:
        await self.call("POST", f"/v1/tickets/{ticket}/messages", {"text": text, "external_id": external_id})

    def replies(self) -> list[str]:
        """What the user has read from the team, in the bot's order of arrival."""
        return [
            str(call.data["message"]["text"]) for call in self.bot.events.values() if call.type == "message.created"
        ]


@asynccontextmanager
async def running_site(
    folder: Path, *, platforms: str = "", team: str = "members_of: channel", target: str = "{platform: console}",
    store: str = "sqlite://data/handrail.db", crash_at: str | None = None, more: str = "", reminds: bool = True,
) -> AsyncIterator[Site]:  # fmt: skip
    bot = WireBot(SECRET)
    await bot.up()
    config = CONFIG.format(platforms=platforms, team=team, target=target, callback=bot.url, store=store)
    if not reminds:
        config = config.replace("  ladder: waiting\n", "")
    (folder / "handrail.yaml").write_text(config + more, encoding="utf-8")
    async with aiohttp.ClientSession() as http:
        site = Site(folder, bot, http)
        site.crash_at = crash_at
        await site.start()
        try:
            yield site
        finally:
            await site.kill()
            await bot.down()


async def until(true: Callable[[], Any] | Callable[[], Awaitable[Any]], seconds: float = 15, *, why: str = "") -> Any:
    """Look again and again until it holds; what it gave comes back."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = true()
                if isinstance(found, Awaitable):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"never came true: {why or true}") from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
