"""Puts the small Discord on a port."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from aiohttp import web

from tests.wire.discord import callbacks, commands, messages, threads
from tests.wire.discord.faults import Asked, Faults, Planned, cut
from tests.wire.discord.gateway import Gateway
from tests.wire.discord.pace import Pace
from tests.wire.discord.people import People
from tests.wire.discord.refusals import Refusal
from tests.wire.discord.world import World

TOKEN = "discord-wire-token"
Handler = Callable[["DiscordServer", web.Request, Any], Awaitable[Any]]


class Now(Protocol):
    def now(self) -> datetime: ...


class DiscordServer(People):
    """`clock` gives ids their time and interactions their deadlines; pace is real time in a small `window`."""

    def __init__(self, clock: Now, *, window: float = 0.02) -> None:
        self.clock = clock
        self.token = TOKEN
        self.world = World(clock.now)
        self.faults = Faults()
        self.pace = Pace(window)
        self.asked: list[Asked] = []
        self.pinged: list[tuple[int, str]] = []
        """(channel, who) for each that would have heard a sound from a post of the bot."""
        self.nonces: dict[str, tuple[int, datetime]] = {}
        self.interactions: dict[int, callbacks.Asking] = {}
        self.commands: list[dict[str, Any]] = []
        self.command_writes = 0
        self.endpoint_url: str | None = None
        self.gateway = Gateway(self)
        self._news = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._port = 0

    # ── life ──────────────────────────────────────────────────────────────

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=26 * 1024 * 1024)
        for route in ROUTES:
            app.router.add_route(route.method, f"/api/v10{route.path}", self._serve(route))
        app.router.add_get("/gateway/", self.gateway.connect)
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port or self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port; connections to it are refused until `start`."""
        await self.gateway.drop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/gateway/"

    # ── what tests wait for and look at ───────────────────────────────────

    async def until(self, holds: Callable[[], Any], *, seconds: float = 5.0) -> None:
        """Wait until something is so; looked at after each call and event here, and often in between."""
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    self._news.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._news.wait(), 0.02)
        except TimeoutError:
            seen = [one.route for one in self.asked[-12:]]
            raise AssertionError(f"did not come to hold in {seconds} s; last calls: {seen}") from None

    def note(self) -> None:
        self._news.set()

    def calls(self, route: str) -> list[Asked]:
        return [one for one in self.asked if one.route == route]

    def answer_next(self, route: str, **how: Any) -> None:
        self.faults.answer_next(route, **how)

    # ── one call ──────────────────────────────────────────────────────────

    def _serve(self, route: "Route") -> Callable[[web.Request], Awaitable[Any]]:
        async def call(request: web.Request) -> web.StreamResponse:
            body = await self._body(request)
            authorized = request.headers.get("Authorization") == f"Bot {self.token}"
            self.asked.append(Asked(route.name, request.method, request.path, dict(request.query), body, authorized))
            try:
                return await self._answer(request, route, body)
            finally:
                self.note()

        return call

    async def _answer(self, request: web.Request, route: "Route", body: Any) -> web.StreamResponse:
        planned = self.faults.take(route.name)
        if planned is not None and not planned.carry_out:
            return cut(request) if planned.cut else _planned(planned)
        headers: dict[str, str] = {}
        if route.bucket is not None:
            top = request.match_info.get("channel") or request.match_info.get("token") or ""
            headers, wait = self.pace.spend(f"{route.bucket}/{top}")
            if wait is not None:
                limited = {"message": "You are being rate limited.", "retry_after": wait, "global": False}
                headers |= {"Via": "1.1 google", "Retry-After": "1", "X-RateLimit-Scope": "user"}
                return _json(429, limited, headers)
        refusal = self._stranger(request, route)
        try:
            status, answer = (200, await route.handler(self, request, body)) if refusal is None else (0, None)
        except Refusal as raised:
            refusal = raised
        if refusal is not None:
            status, answer = refusal.status, refusal.body()
        self.note()
        if planned is not None:
            if planned.gate is not None:
                await planned.gate.wait()
            if planned.cut:
                return cut(request)
            if planned.status is not None:
                return _planned(planned)
        return web.Response(status=204, headers=headers) if answer is None else _json(status, answer, headers)

    def _stranger(self, request: web.Request, route: "Route") -> Refusal | None:
        if route.name not in WITHOUT_TOKEN and request.headers.get("Authorization") != f"Bot {self.token}":
            return Refusal(401, 0, "401: Unauthorized")
        if not request.headers.get("User-Agent", "").startswith("DiscordBot (") and route.name not in WITHOUT_TOKEN:
            return Refusal(403, 40333, "a User-Agent like DiscordBot (url, version) is wanted")
        return None

    async def _body(self, request: web.Request) -> Any:
        if not request.can_read_body:
            return None
        if request.content_type != "application/json":
            return {"": f"unexpected {request.content_type}"}
        return json.loads(await request.text())


def _json(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    # discord.py reads a body as JSON only if the header equals this string: no charset may follow.
    sent = {**headers, "Content-Type": "application/json"}
    return web.Response(status=status, body=json.dumps(body).encode(), headers=sent)


def _planned(planned: Planned) -> web.Response:
    status = planned.status or 500
    if isinstance(planned.body, str):
        return web.Response(status=status, text=planned.body, headers=planned.headers)
    return _json(status, planned.body, planned.headers)


WITHOUT_TOKEN = {"callback", "follow_up", "get_original", "edit_original", "delete_original"}


class Route(NamedTuple):
    name: str
    method: str
    path: str
    handler: Handler
    bucket: str | None = None


_CHANNEL = "/channels/{channel}"
_MESSAGE = f"{_CHANNEL}/messages/{{message}}"
_REACTION = f"{_MESSAGE}/reactions/{{emoji}}/@me"
_COMMANDS = "/applications/{app}/guilds/{guild}/commands"
_ORIGINAL = "/webhooks/{app}/{token}/messages/@original"

ROUTES = [
    Route("me", "GET", "/users/@me", commands.me),
    Route("application", "GET", "/oauth2/applications/@me", commands.application),
    Route("get_commands", "GET", _COMMANDS, commands.listed),
    Route("put_commands", "PUT", _COMMANDS, commands.overwrite),
    Route("open_dm", "POST", "/users/@me/channels", threads.open_dm),
    Route("get_member", "GET", "/guilds/{guild}/members/{user}", threads.member),
    Route("get_roles", "GET", "/guilds/{guild}/roles", threads.roles),
    Route("get_channel", "GET", _CHANNEL, threads.fetch),
    Route("edit_channel", "PATCH", _CHANNEL, threads.edit, "channel"),
    Route("start_thread", "POST", f"{_MESSAGE}/threads", threads.start, "threads"),
    Route("create_message", "POST", f"{_CHANNEL}/messages", messages.create, "messages"),
    Route("get_messages", "GET", f"{_CHANNEL}/messages", messages.listed, "read"),
    Route("get_message", "GET", _MESSAGE, messages.fetch, "read_one"),
    Route("edit_message", "PATCH", _MESSAGE, messages.edit, "edits"),
    Route("delete_message", "DELETE", _MESSAGE, messages.delete, "deletes"),
    Route("add_reaction", "PUT", _REACTION, messages.react, "reactions"),
    Route("remove_reaction", "DELETE", _REACTION, messages.unreact, "reactions"),
    Route("callback", "POST", "/interactions/{interaction}/{token}/callback", callbacks.callback),
    Route("follow_up", "POST", "/webhooks/{app}/{token}", callbacks.follow_up, "follow_ups"),
    Route("get_original", "GET", _ORIGINAL, callbacks.get_original),
    Route("edit_original", "PATCH", _ORIGINAL, callbacks.edit_original),
    Route("delete_original", "DELETE", _ORIGINAL, callbacks.delete_original),
]
