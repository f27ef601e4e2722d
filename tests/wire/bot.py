"""A small server that plays a bot: it verifies, remembers and, when told so, misbehaves."""

import asyncio
import json
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Mood(StrEnum):
    """How the bot treats one call."""

    ANSWER = "answer"
    HANG = "hang"
    """Takes the event and never answers."""
    CUT = "cut"
    """Takes the event, then cuts the connection."""
    WAIT = "wait"
    """Takes the event and answers once the test says so (`go`)."""
    TRICKLE = "trickle"
    """Answers its status at once, then one byte a tick without end."""
    ENDLESS = "endless"
    """Answers with a body that has no end."""
    GARBAGE = "garbage"
    """Answers something that is no HTTP."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the bot does with one call."""

    mood: Mood = Mood.ANSWER
    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    takes: bool = True
    """Counts as handed over, as a bot's own database would see it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt that reached the bot."""

    id: str
    signature: str
    at: datetime
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    trusted: bool
    """The stock library accepts the signature."""

    @property
    def type(self) -> str:
        return str(self.body["type"])

    @property
    def data(self) -> Mapping[str, Any]:
        return dict(self.body["data"])


class WireBot:
    """Listens on loopback; `calls` are attempts, `events` what a bot that deduplicates by webhook-id has taken."""

    def __init__(
        self, *secrets: str, now: Callable[[], datetime] = lambda: datetime.now(UTC), path: str = "/hooks"
    ) -> None:
        self._secrets = secrets or (SECRET,)
        self._now = now
        self._path = path
        self._plans: deque[Plan] = deque()
        self._usual = Plan()
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._released = asyncio.Event()
        self._gate = asyncio.Event()
        self._changed = asyncio.Condition()
        self.calls: list[Call] = []
        self.events: dict[str, Call] = {}
        self.strangers = 0
        """Calls on any other path: a followed redirect would show here."""
        self.sent = 0
        """Bytes of endless bodies that were taken from us."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}{self._path}"

    @property
    def types(self) -> list[str]:
        """Types of the events taken, in order of arrival."""
        return [call.type for call in self.events.values()]

    def answer_next(
        self, status: int = 204, *, mood: Mood = Mood.ANSWER, times: int = 1, takes: bool | None = None, **headers: str
    ) -> None:
        """Plan the next calls. Header names are written with underscores: `retry_after="30"`."""
        self._plans.extend([_plan(status, mood, headers, takes)] * times)

    def answer_always(
        self, status: int = 204, *, mood: Mood = Mood.ANSWER, takes: bool | None = None, **headers: str
    ) -> None:
        """What happens to every call that has no plan of its own."""
        self._usual = _plan(status, mood, headers, takes)

    def go(self) -> None:
        """Calls that wait are answered; later ones wait again."""
        self._gate.set()
        self._gate = asyncio.Event()

    async def seen(self, count: int, seconds: float = 10) -> list[Call]:
        """Wait until so many attempts have arrived; give all of them."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: len(self.calls) >= count)
        return self.calls

    async def taken(self, count: int, seconds: float = 10) -> list[Call]:
        """Wait until so many different events were taken; give them in order of arrival."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: len(self.events) >= count)
        return list(self.events.values())

    async def up(self) -> None:
        """Listen; after `down` on the same port again."""
        self._released = asyncio.Event()
        app = web.Application()
        app.router.add_post(self._path, self._take)
        app.router.add_route("*", "/{tail:.*}", self._stranger)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        # Bound here, so that the port is known and stays the same over a time of being down.
        listener = socket.create_server(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        await web.SockSite(self._runner, listener).start()

    async def down(self) -> None:
        """Refuse connections from now on."""
        self._released.set()
        self.go()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _stranger(self, request: web.Request) -> web.Response:
        self.strangers += 1
        return web.Response(status=404)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        plan = self._plans.popleft() if self._plans else self._usual
        call = self._read(request, raw)
        self.calls.append(call)
        if plan.takes and call.trusted:
            self.events.setdefault(call.id, call)
        async with self._changed:
            self._changed.notify_all()
        if not call.trusted:
            return web.Response(status=401)
        return await self._behave(request, plan)

    def _read(self, request: web.Request, raw: bytes) -> Call:
        stamp = request.headers["webhook-timestamp"]
        return Call(
            id=request.headers["webhook-id"],
            signature=request.headers["webhook-signature"],
            at=datetime.fromtimestamp(int(stamp), UTC),
            body=json.loads(raw),
            headers=dict(request.headers),
            trusted=any(self._trusts(secret, request, raw) for secret in self._secrets),
        )

    def _trusts(self, secret: str, request: web.Request, raw: bytes) -> bool:
        """Ask the stock library. Its tolerance looks at the machine's clock, so the given one is judged here."""
        stamp = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
        if abs((self._now() - stamp).total_seconds()) > 300:
            return False
        hook = Webhook(secret)
        if abs((datetime.now(UTC) - stamp).total_seconds()) < 290:
            try:
                hook.verify(raw, dict(request.headers))
            except WebhookVerificationError:
                return False
            return True
        wanted = hook.sign(request.headers["webhook-id"], stamp, raw.decode())
        return wanted in request.headers["webhook-signature"].split(" ")

    async def _behave(self, request: web.Request, plan: Plan) -> web.StreamResponse:
        match plan.mood:
            case Mood.HANG:
                await self._released.wait()
            case Mood.WAIT:
                await self._gate.wait()
                return web.Response(status=plan.status, headers=plan.headers)
            case Mood.CUT:
                assert request.transport is not None
                request.transport.abort()
            case Mood.GARBAGE:
                assert request.transport is not None
                request.transport.write(b"\x00\xff nothing of HTTP\r\n\r\n")
                request.transport.close()
            case Mood.TRICKLE | Mood.ENDLESS:
                return await self._pour(request, plan)
            case Mood.ANSWER:
                return web.Response(status=plan.status, headers=plan.headers)
        return web.Response(status=500)

    async def _pour(self, request: web.Request, plan: Plan) -> web.StreamResponse:
        response = web.StreamResponse(status=plan.status, headers=plan.headers)
        await response.prepare(request)
        chunk = b"x" if plan.mood is Mood.TRICKLE else b"x" * 65536
        try:
            while not self._released.is_set():
                await response.write(chunk)
                self.sent += len(chunk)
                await asyncio.sleep(0.02 if plan.mood is Mood.TRICKLE else 0)
        except ConnectionError:
            pass
        return response


def _plan(status: int, mood: Mood, headers: Mapping[str, str], takes: bool | None) -> Plan:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = takes if takes is not None else (mood in {Mood.HANG, Mood.CUT, Mood.WAIT} or 200 <= status < 300)
    return Plan(mood=mood, status=status, headers=named, takes=kept)


@asynccontextmanager
async def bot_listening(
    *secrets: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> AsyncIterator[WireBot]:
    """A bot that is up, and down afterwards."""
    bot = WireBot(*secrets, now=now)
    await bot.up()
    try:
        yield bot
    finally:
        await bot.down()
