"""A small Slack: the Web API with its refusals and limits, Socket Mode, and the people of one workspace.

Anything a real Slack would refuse, or that Handrail must never do, also lands in `complaints`: a test ends with none.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.wire.slack.methods import Methods
from tests.wire.slack.response_urls import ResponseUrls
from tests.wire.slack.rules import RULES
from tests.wire.slack.sockets import Envelope, SocketMode
from tests.wire.slack.workspace import Payload, Refused, Workspace

BOT_TOKEN = "xoxb-wire-0"
APP_TOKEN = "xapp-wire-0"
# Refusals that are a fault of ours whenever they come, but for what a test may provoke on purpose.
CONTENT = ("invalid_", "no_text", "msg_", "view_too_large", "duplicate_external_id", "push_limit_reached")
PROVOKED = {"invalid_trigger_id", "invalid_auth"}


GRANTED = {
    *("chat:write", "chat:write.customize", "commands", "channels:history", "groups:history", "channels:read"),
    *("groups:read", "users:read", "usergroups:read", "files:read", "files:write", "reactions:write", "im:write"),
}


@dataclass(slots=True)
class Fault:
    """How the next call of a method goes wrong."""

    status: int = 200
    error: str | None = None
    retry_after: str | None = None
    body: str | None = None
    """Sent as it is instead of JSON."""
    carry_out: bool = False
    cut: bool = False
    """The connection breaks instead of an answer."""
    hang: bool = False
    """No answer comes at all."""
    channel: str | None = None
    """Only for calls about this channel."""
    root: bool = False
    """Only for posts that begin a thread of their own."""


@dataclass(slots=True)
class Call:
    method: str
    given: Payload
    """Arguments as they came, without the token."""


@dataclass
class SlackServer:
    now: Callable[[], datetime]
    sockets: SocketMode = field(default_factory=SocketMode)
    calls: list[Call] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    scopes: set[str] = field(default_factory=lambda: set(GRANTED))
    revoked: bool = False
    bot_token: str = BOT_TOKEN
    away: bool = False
    """Every call breaks off without an effect."""
    failures: list[Payload] = field(default_factory=list)
    """Interactions and commands nobody acknowledged in time. Slack sends none of them twice."""
    _faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    _hung: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.workspace = Workspace(self.now)
        self.methods = Methods(self.workspace, self.event)
        self.response_urls = ResponseUrls(self.methods, self.complaints)
        self._web: TestServer | None = None

    # ── the address ──

    @asynccontextmanager
    async def running(self) -> AsyncIterator["SlackServer"]:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/socket/{ticket}", self.sockets.serve)
        app.router.add_post("/response/{id}", self.response_urls.serve)
        app.router.add_post("/upload/{id}", self._upload)
        app.router.add_get("/files-pri/{id}/{path:.*}", self._download)
        self._web = TestServer(app)
        await self._web.start_server()
        self.methods.files.origin = self._address("")
        self.methods.files.complaints = self.complaints
        try:
            yield self
        finally:
            self._hung.set()
            await self.sockets.close()
            await self._web.close()

    @property
    def api_url(self) -> str:
        return self._address("/api/")

    def _address(self, path: str) -> str:
        assert self._web is not None
        return str(self._web.make_url(path))

    def response_url(self, user: str, channel: str) -> str:
        return self._address(f"/response/{self.response_urls.made(user, channel)}")

    @property
    def responses(self) -> list[Payload]:
        """What came over a response_url."""
        return self.response_urls.responses

    # ── to the app ──

    def event(self, event: Payload) -> None:
        """Tell the app, as the Events API does: again and again until it is acknowledged."""
        self.sockets.event(event)

    async def interaction(self, kind: str, payload: Payload) -> Envelope:
        """Hand over a click, a form or a command, once."""
        return await self.sockets.interaction(kind, payload)

    # ── bad days ──

    def answer_next(self, method: str, **how: Any) -> None:
        """`status`, `error`, `retry_after`, `body`, `carry_out`, `cut`, `hang`, `channel` of the next call."""
        if (after := how.get("retry_after")) is not None:
            how["retry_after"] = str(after)
        self._faults[method].append(Fault(**how))

    def carry_out_then_cut(self, method: str) -> None:
        self.answer_next(method, carry_out=True, cut=True)

    def called(self, method: str) -> list[Payload]:
        return [call.given for call in self.calls if call.method == method]

    # ── answering ──

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        fault = self._next_fault("upload", {})
        answer = None if fault is not None and not fault.carry_out else await self.methods.files.upload(request)
        return await self._broken(request, fault) if fault is not None else answer or web.Response()

    async def _download(self, request: web.Request) -> web.StreamResponse:
        fault = self._next_fault("download", {})
        if fault is not None:
            return await self._broken(request, fault)
        allowed = request.headers.get("Authorization") == f"Bearer {self.bot_token}" and not self.revoked
        return self.methods.files.fetched(request.match_info["id"], allowed=allowed and "files:read" in self.scopes)

    async def _broken(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.hang:
            await self._hung.wait()
        if fault.cut or fault.hang:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=fault.status, text=fault.body or "")

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if self.away:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        given = await _arguments(request)
        self.calls.append(Call(method, given))
        fault = self._next_fault(method, given)
        if fault is None or fault.carry_out:
            answer = self._carried_out(request, method, given)
        else:
            answer = {"ok": False, "error": fault.error or "internal_error"}
        if fault is None:
            return web.json_response(answer)
        if fault.hang:
            await self._hung.wait()
        if fault.cut or fault.hang:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
        if fault.body is not None:
            return web.Response(status=fault.status, text=fault.body, headers=headers, content_type="application/json")
        if fault.status == 429:
            answer = {"ok": False, "error": fault.error or "ratelimited"}
        return web.json_response(answer, status=fault.status, headers=headers)

    def _next_fault(self, method: str, given: Payload) -> Fault | None:
        waiting = self._faults[method]
        if waiting and waiting[0].channel in {None, given.get("channel")}:
            about = given.get("metadata") or {}
            if not waiting[0].root or (isinstance(about, dict) and about.get("event_payload", {}).get("root")):
                return waiting.popleft()
        return None

    def _carried_out(self, request: web.Request, method: str, given: Payload) -> Payload:
        try:
            self._check(request, method, given)
            if method == "apps.connections.open":
                socket = f"/socket/{self.sockets.ticket()}"
                return {"ok": True, "url": self._address(socket).replace("http://", "ws://", 1)}
            return {"ok": True, **self.methods.carry_out(method, given)}
        except Refused as refused:
            error = str(refused.body["error"])
            if error == "complaint" or (error.startswith(CONTENT) and error not in PROVOKED):
                self.complaints.append(f"{method}: {refused.body}")
            return refused.body

    def _check(self, request: web.Request, method: str, given: Payload) -> None:
        rule = RULES.get(method)
        if rule is None:
            raise Refused("complaint", detail=f"unknown method {method}")
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token.startswith(rule.token):
            raise Refused("not_allowed_token_type")
        if token not in {self.bot_token, APP_TOKEN}:
            raise Refused("invalid_auth")
        if self.revoked:
            raise Refused("token_revoked")
        if request.method != rule.verb:
            raise Refused("complaint", detail=f"{method} by {request.method}")
        if request.content_type == "application/json" and not rule.json:
            raise Refused("complaint", detail=f"{method} takes no JSON")
        place = self.workspace.channels.get(str(given.get("channel")))
        scope = rule.needs(place.kind if place is not None else "public")
        needed = {scope} if scope else set()
        if given.keys() & {"username", "icon_url", "icon_emoji"}:
            needed.add("chat:write.customize")
        for scope in sorted(needed - self.scopes):
            raise Refused("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))
        if missing := rule.required - given.keys():
            raise Refused("invalid_arguments", detail=f"{method} without {sorted(missing)}")
        if unknown := given.keys() - rule.required - rule.optional:
            raise Refused("invalid_arguments", detail=f"{method} with {sorted(unknown)}")


async def _arguments(request: web.Request) -> Payload:
    given: Payload = dict(request.query)
    if request.content_type == "application/json" and request.can_read_body:
        given |= await request.json()
    elif request.can_read_body:
        given |= dict(await request.post())
    given.pop("token", None)
    return given
