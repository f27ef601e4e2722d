"""One installation in a small Slack: its Web API, its sockets or its request URL, its workspace.

Anything a real Slack would refuse, or that Handrail must never do, also lands in `complaints`: a test ends with none.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from tests.wire.slack.events_out import Envelope, WayOut, subscription
from tests.wire.slack.faults import Faults, cut
from tests.wire.slack.front import Front
from tests.wire.slack.gate import Gate
from tests.wire.slack.happenings import Happenings
from tests.wire.slack.http_mode import SECRET, HttpMode
from tests.wire.slack.limits import Limits
from tests.wire.slack.manifests import granted
from tests.wire.slack.methods import Methods
from tests.wire.slack.reading import FEW_OBJECTS
from tests.wire.slack.response_urls import ResponseUrls
from tests.wire.slack.rotation import Rotation
from tests.wire.slack.sockets import SocketMode
from tests.wire.slack.workspace import Payload, Refused, Workspace

BOT_TOKEN = "xoxb-wire-0"
APP_TOKEN = "xapp-wire-0"
# Refusals that are a fault of ours whenever they come, but for what a test may provoke on purpose.
CONTENT = ("invalid_", "no_text", "msg_", "view_too_large", "duplicate_external_id", "push_limit_reached", "metadata_")
PROVOKED = {"invalid_trigger_id", "invalid_auth", "invalid_refresh_token"}


@dataclass(slots=True)
class Call:
    method: str
    given: Payload
    """Arguments as they came, without the token."""


class SlackServer:
    """`manifest` is what was granted; without one, what `handrail slack manifest` prints."""

    def __init__(
        self, now: Callable[[], datetime], manifest: Mapping[str, Any] | None = None, *, number: int = 0
    ) -> None:
        self.now = now
        self.workspace = Workspace(now, number)
        self.grants = granted(manifest)
        self.calls: list[Call] = []
        self.complaints: list[str] = []
        self.failures: list[Payload] = []
        """Interactions and commands nobody acknowledged in time. Slack sends none of them twice."""
        self.refusals: list[tuple[str, str]] = []
        """Every `ok: false` that was not planned: (method, error)."""
        self.unheard: list[Payload] = []
        """Events that were not sent: the manifest does not subscribe them, or the bot is not in the channel."""
        self.away = False
        """Every call breaks off without an effect."""
        self.limits = Limits(now)
        self.sockets = SocketMode(self.workspace)
        self.http: HttpMode | None = None
        self.methods = Methods(self.workspace, self.event)
        self.methods.files.complaints = self.complaints
        self.response_urls = ResponseUrls(self.methods, self.complaints)
        tokens = (BOT_TOKEN[:-1] + str(number), APP_TOKEN[:-1] + str(number))
        self.gate = Gate(self.workspace, *tokens, set(self.grants.scopes))
        self.rotation = Rotation(self.workspace, self.gate)
        self.faults = Faults()
        self.front = Front(self)
        self.happens = Happenings(self)
        self._back_at: datetime | None = None

    # ── the address ──

    @asynccontextmanager
    async def running(self) -> AsyncIterator["SlackServer"]:
        await self.front.start()
        try:
            yield self
        finally:
            await self.front.close()

    async def close(self) -> None:
        self.faults.close()
        await self.sockets.close()
        if self.http is not None:
            await self.http.close()

    @property
    def api_url(self) -> str:
        return self.front.address("/api/")

    def response_url(self, user: str, channel: str) -> str:
        return self.front.address(f"/response/{self.response_urls.made(user, channel)}")

    @property
    def responses(self) -> list[Payload]:
        """What came over a response_url."""
        return self.response_urls.responses

    def neighbour(self, manifest: Mapping[str, Any] | None = None) -> "SlackServer":
        """Another workspace at the same address, with an app, tokens, people and channels of its own."""
        other = SlackServer(self.now, manifest, number=len(self.front.homes))
        self.front.adopt(other)
        return other

    # ── tokens ──

    @property
    def bot_token(self) -> str:
        return self.gate.bot_token

    @bot_token.setter
    def bot_token(self, token: str) -> None:
        self.gate.bot_token = token

    @property
    def app_token(self) -> str:
        return self.gate.app_token

    @property
    def scopes(self) -> set[str]:
        return self.gate.scopes

    @property
    def revoked(self) -> bool:
        return self.gate.revoked

    @revoked.setter
    def revoked(self, gone: bool) -> None:
        self.gate.revoked = gone

    # ── to the app ──

    def listens_at(self, url: str, secret: str = SECRET) -> HttpMode:
        """From now on everything goes to this request URL instead of the sockets."""
        self.http = HttpMode(self.workspace, url, secret)
        return self.http

    @property
    def way(self) -> WayOut:
        return self.http if self.http is not None else self.sockets

    def subscribe(self, *events: str) -> None:
        """As if the manifest asked for these too: `message.im`, `app_mention`."""
        self.grants = replace(self.grants, events=self.grants.events | set(events))

    def unsubscribe(self, *events: str) -> None:
        """As an app made from an older manifest."""
        self.grants = replace(self.grants, events=self.grants.events - set(events))

    def event(self, event: Payload) -> None:
        """Tell the app, if it subscribed that and is there to hear it: again and again until it is acknowledged."""
        place = self.workspace.channels.get(str(event.get("channel")))
        inside = place is None or self.workspace.bot_user in place.members or event["type"] != "message"
        if subscription(event) in self.grants.events and inside:
            self.way.event(event)
        else:
            self.unheard.append(event)

    async def interaction(self, kind: str, payload: Payload) -> Envelope:
        """Hand over a click, a form or a command, once."""
        return await self.way.interaction(kind, payload)

    # ── bad days ──

    def end_user_wrote(self, text: str) -> None:
        """From now on it is a fault if a mention or a link with a mask that stands in `text` is live in a post."""
        self.methods.chat.suspects.append(text)

    def read_seldom(self) -> None:
        """The fate of an app distributed outside the Marketplace: one read a minute, and fifteen objects in it."""
        self.limits.few_reads = True
        self.methods.reading.page_cap = FEW_OBJECTS

    def answer_next(self, method: str, **how: Any) -> None:
        """The next call of `method` (or `upload`, `download`) goes wrong as `Fault` says."""
        self.faults.plan(method, how)

    def carry_out_then_cut(self, method: str) -> None:
        self.answer_next(method, carry_out=True, cut=True)

    def out_for(self, seconds: float) -> None:
        """Every call breaks off until the test's clock has gone on by so much."""
        self._back_at = self.now() + timedelta(seconds=seconds)

    def called(self, method: str) -> list[Payload]:
        return [call.given for call in self.calls if call.method == method]

    @property
    def counts(self) -> Counter[str]:
        """Method → how often it was called, refusals included."""
        return Counter(call.method for call in self.calls)

    # ── answering ──

    async def api(self, request: web.Request, given: Payload) -> web.StreamResponse:
        method = request.match_info["method"]
        if self.away or (self._back_at is not None and self.now() < self._back_at):
            return cut(request)
        self.calls.append(Call(method, given))
        if (wait := self.limits.wait(method, given)) is not None:
            status = 200 if self.limits.as_200 else 429
            body = {"ok": False, "error": "ratelimited"}
            return web.json_response(body, status=status, headers={"Retry-After": str(wait)})
        fault = self.faults.take(method, given)
        if fault is None:
            return web.json_response(self._carried_out(request, method, given))
        if fault.carry_out:
            return await self.faults.answer(request, fault, self._carried_out(request, method, given))
        return await self.faults.answer(request, fault, {"ok": False, "error": fault.error or "internal_error"})

    def _carried_out(self, request: web.Request, method: str, given: Payload) -> Payload:
        try:
            self.gate.check(request, method, given)
            if method == "apps.connections.open":
                return {"ok": True, "url": self._socket_address()}
            if method == "oauth.v2.access":
                return {"ok": True, **self.rotation.do_oauth_v2_access(given)}
            self.gate.check_features(method, given, self.grants)
            return {"ok": True, **self.methods.carry_out(method, given)}
        except Refused as refused:
            error = str(refused.body["error"])
            self.refusals.append((method, error))
            if error == "complaint" or (error.startswith(CONTENT) and error not in PROVOKED):
                self.complaints.append(f"{method}: {refused.body}")
            return refused.body

    def _socket_address(self) -> str:
        if self.sockets.link_disabled or not self.grants.socket_mode:
            raise Refused("link_disabled")
        return self.front.address(f"/socket/{self.sockets.ticket()}").replace("http://", "ws://", 1)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("upload", {})
        if fault is None:
            return await self.methods.files.upload(request)
        if fault.carry_out:
            await self.methods.files.upload(request)
        return await self.faults.answer(request, fault, {})

    async def download(self, request: web.Request, token: str) -> web.StreamResponse:
        fault = self.faults.take("download", {})
        if fault is not None:
            return await self.faults.answer(request, fault, {})
        return self.methods.files.fetched(request.match_info["id"], allowed=self.gate.opens(token))
