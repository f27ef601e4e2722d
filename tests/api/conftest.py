"""A real listener on a real socket, with the real desk and a real database behind it."""

import asyncio
import base64
import hmac
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from yarl import URL

from bridge.api.call import Api
from bridge.api.limits import Limits, server_settings
from bridge.api.mount import add_api, add_fallback
from bridge.desk.desk import Desk
from bridge.metrics import Metrics
from bridge.rulebook.load import load
from bridge.rulebook.reload import Rules
from bridge.store import Store
from tests.given_time import GivenClock

SECRETS = {
    "shop-bot": b"shop-bot signs with this secret",
    "other-bot": b"other-bot signs with this one",
    "slow-bot": b"slow-bot signs with this one",
}
KEYS = {
    "shop-bot": "hr_shop_bot_key_0123456789abcdef",
    "other-bot": "hr_other_bot_key_0123456789abcde",
    "key-only-bot": "hr_key_only_bot_key_0123456789ab",
    "slow-bot": "hr_slow_bot_key_0123456789abcdef",
}
OLD_KEY = "hr_shop_bot_old_key_0123456789ab"
OLD_SECRET = b"the secret before this one, still live"

CONFIG = """
version: 1
bots:
  shop-bot:
    keys: [{env: SHOP_KEY}, {sha256: SHOP_OLD_HASH}]
    secrets: [{env: SHOP_SECRET}, {env: SHOP_SECRET_OLD}]
    attributes: {plan: string}
    rate: {per_second: 100000, burst: 100000}
    file_hosts: [cdn.shop.example]
  key-only-bot:
    keys: [{env: KEY_ONLY}]
  slow-bot:
    keys: [{env: SLOW_KEY}]
    secrets: [{env: SLOW_SECRET}]
    rate: {per_second: 2, burst: 3}
  other-bot:
    keys: [{env: OTHER_KEY}]
    secrets: [{env: OTHER_SECRET}]
teams:
  support: {members_of: channel}
calendars:
  office: {weekly: {mon-fri: ["09:00-18:00"]}}
ladders:
  waiting: {clock: office, until: claimed, steps: [{after: 3m, do: mention, who: team}]}
routes:
  name: fallback
  target: {platform: console}
  team: support
  ladder: waiting
  reopen: {within: 7d}
  routes:
    - name: slow-words
      match: {title: {regex: "(a+)+$"}}
    - name: vip
      match: {priority: urgent}
"""


def whsec(secret: bytes) -> str:
    return "whsec_" + base64.b64encode(secret).decode()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def slug(self) -> str:
        """The last step of a problem's type."""
        assert self.headers["content-type"].startswith("application/problem+json"), self.raw
        return self.json["type"].rpartition("/")[2]


@dataclass
class Running:
    """The interface as its callers see it, and what stands behind it."""

    api: Api
    clock: GivenClock
    port: int
    session: aiohttp.ClientSession
    woken: list[str]
    trouble: dict[str, str] = field(default_factory=dict)

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        bot: str = "shop-bot",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """With a bearer key."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {
            "Authorization": f"Bearer {KEYS[bot]}",
            **({"Content-Type": "application/json"} if raw is not None else {}),
        }
        return await self.send(method, path, raw, {**given, **(headers or {})})

    async def signed(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        bot: str = "shop-bot",
        secret: bytes | None = None,
        message_id: str = "msg_1",
        timestamp: str | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> Answer:
        """With a signature; `headers` replace those that were signed, None takes one away."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        stamp = timestamp if timestamp is not None else str(int(self.clock.now().timestamp()))
        mac = hmac.digest(secret or SECRETS[bot], f"{message_id}.{stamp}.".encode() + raw, sha256)
        given: dict[str, str | None] = {
            "handrail-bot": bot,
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(mac).decode(),
            "Content-Type": "application/json",
            **(headers or {}),
        }
        return await self.send(method, path, raw, {name: value for name, value in given.items() if value is not None})

    async def send(self, method: str, path: str, raw: bytes | None, headers: dict[str, str]) -> Answer:
        skip = {"Content-Type"} if "Content-Type" not in headers else set()
        # As written: yarl would tidy up what a test means literally. Bare letters beyond ASCII it must escape.
        url = URL(f"http://127.0.0.1:{self.port}{path}", encoded=path.isascii())
        async with self.session.request(method, url, data=raw, headers=headers, skip_auto_headers=skip) as answer:
            return Answer(
                answer.status, {name.lower(): value for name, value in answer.headers.items()}, await answer.read()
            )

    async def wire(self, raw: bytes, *, within: float = 5.0) -> bytes:
        """Bytes as they are, and what comes back until the server hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(raw)
            await writer.drain()
            return await asyncio.wait_for(reader.read(), within)
        finally:
            writer.close()
            await writer.wait_closed()

    async def escalated(self, body: dict[str, object] | None = None, *, bot: str = "shop-bot") -> str:
        """A fresh ticket's id."""
        answer = await self.call("POST", "/v1/tickets", body or {"conversation": {"external_id": "web-1"}}, bot=bot)
        assert answer.status in {200, 201}, answer.raw
        return answer.json["ticket"]["id"]

    async def tickets(self, bot: str = "shop-bot") -> list[Any]:
        return (await self.call("GET", "/v1/tickets", bot=bot)).json["tickets"]


@pytest.fixture
def limits() -> Limits:
    """Tests that need other bounds override this."""
    return Limits(body_seconds=0.4, idle_seconds=2)


@pytest.fixture
async def handrail(tmp_path: Path, migrated_file: Path, limits: Limits) -> AsyncIterator[Running]:
    """One for this test alone."""
    async with running(tmp_path, migrated_file, limits) as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def intake(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> AsyncIterator[Running]:
    """One for a whole file of refusals: they leave nothing behind."""
    limits = Limits(body_seconds=0.4, idle_seconds=2)
    async with running(tmp_path_factory.mktemp("intake"), migrated_file, limits) as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def leaves_nothing_behind(intake: Running) -> AsyncIterator[None]:
    """After all tests of the file: no ticket, and not one answer of the 5xx kind."""
    yield
    assert await intake.tickets() == []
    counted = intake.api.metrics.exposition().decode().splitlines()
    assert [line for line in counted if line.startswith("handrail_api_requests_total") and 'status="5' in line] == []


@asynccontextmanager
async def running(folder: Path, migrated_file: Path, limits: Limits) -> AsyncIterator[Running]:
    clock = GivenClock()
    file = folder / "handrail.db"
    shutil.copy(migrated_file, file)
    config = folder / "handrail.yaml"
    config.write_text(CONFIG.replace("SHOP_OLD_HASH", sha256(OLD_KEY.encode()).hexdigest()))
    env = {
        "SHOP_KEY": KEYS["shop-bot"],
        "KEY_ONLY": KEYS["key-only-bot"],
        "SLOW_KEY": KEYS["slow-bot"],
        "SLOW_SECRET": whsec(SECRETS["slow-bot"]),
        "OTHER_KEY": KEYS["other-bot"],
        "SHOP_SECRET": whsec(SECRETS["shop-bot"]),
        "SHOP_SECRET_OLD": whsec(OLD_SECRET),
        "OTHER_SECRET": whsec(SECRETS["other-bot"]),
    }
    store = await Store.open(f"sqlite://{file}", clock=clock, files_url=f"file://{folder}/files")
    try:
        await store.start()
        async with listening(store, Rules(load(config, env)), clock, limits) as one:
            yield one
    finally:
        await store.close()


@asynccontextmanager
async def listening(store: Store, rules: Rules, clock: GivenClock, limits: Limits) -> AsyncIterator[Running]:
    woken: list[str] = []
    trouble: dict[str, str] = {}

    async def ready() -> dict[str, str]:
        return trouble

    api = Api(
        desk=Desk(store=store, rules=rules, clock=clock),
        store=store,
        rules=rules,
        clock=clock,
        metrics=Metrics(),
        on_bot_call=woken.append,
        ready=ready,
        permalink=lambda _: None,
        limits=limits,
    )
    app = web.Application()
    add_api(app, api)
    app.router.add_get("/", console_page)
    app.router.add_get("/elsewhere", leading_elsewhere)
    add_fallback(app, limits)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, **server_settings(limits))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        async with aiohttp.ClientSession() as session:
            yield Running(api, clock, runner.addresses[0][1], session, woken, trouble)
    finally:
        api.draining.set()
        await runner.cleanup()


async def console_page(_request: web.Request) -> web.Response:
    """Stands for a page of another room on the same listener."""
    return web.Response(text="<h1>console</h1>", content_type="text/html")


async def leading_elsewhere(_request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/")
