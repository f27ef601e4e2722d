"""The bot's two shores: its webchat page, and Handrail, which is called and calls back (Standard Webhooks)."""

import asyncio
import base64
import hmac
import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import aiohttp
from aiohttp import web
from pydantic import BaseModel, Field
from standardwebhooks import Webhook, WebhookVerificationError

from bridge.demo.bot import TAKEBACK, Talk

HERE = Path(__file__).parent
ID = r"[0-9a-f-]{36}"
LINE = f"{{line:{ID}}}"
UNFINISHED = "SELECT visitor FROM talks WHERE json_extract(talk, '$.calls') <> '{}'"
JSON, FILE_BYTES = "application/json", 25_000_000
CSP = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Settings(NamedTuple):
    api_url: str  # Handrail's address without a path
    bot: str
    signing_secret: str  # whsec_…, as `handrail bots new` prints it
    callback_secret: str  # the same
    data_dir: Path


class Words(BaseModel, str_strip_whitespace=True):
    text: str = Field(min_length=1, max_length=4000)
    name: str = Field("", max_length=80)
    locale: str = Field("", max_length=35)


class Webchat:
    def __init__(self, settings: Settings, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._settings, self._sleep = settings, sleep
        self._carriers: dict[str, asyncio.Task[None]] = {}
        self._typing: dict[str, str] = {}

    async def running(self, _: web.Application) -> AsyncIterator[None]:
        """Begin where a kill or a restart cut us off."""
        self._settings.data_dir.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(self._settings.data_dir / "talks.db", isolation_level=None)  # a statement, a commit
        self._db.execute("CREATE TABLE IF NOT EXISTS talks (visitor TEXT PRIMARY KEY, talk TEXT NOT NULL)")
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as self._http:
            for (visitor,) in self._db.execute(UNFINISHED).fetchall():
                self._step(visitor, lambda _: None)  # the step is done; what Handrail must be told of it is not
            yield
            for task in self._carriers.values():
                task.cancel()
            await asyncio.gather(*self._carriers.values(), return_exceptions=True)
        self._db.close()

    async def page(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(HERE / "page.html", headers={"Content-Security-Policy": CSP})

    async def talk(self, request: web.Request) -> web.Response:
        """What the page shows; it asks every second. `waiting` lines are on their way to the team."""
        visitor = request.match_info["visitor"]
        talk = self._read(visitor)
        waiting = {(body or {}).get("external_id") for _, _, body in talk.calls.values()}
        lines = [{"id": key, **line.model_dump(), "waiting": key in waiting} for key, line in talk.lines.items()]
        return web.json_response({"owner": talk.owner, "lines": lines, "typing": self._typing.pop(visitor, None)})

    async def line(self, request: web.Request) -> Any:
        """The user says (POST), edits (PATCH) or deletes a line."""
        line, visitor = request.match_info["line"], request.match_info["visitor"]
        sent = {} if request.method == "DELETE" else Words.model_validate_json(await request.read()).model_dump()
        do = Talk.say if request.method == "POST" else Talk.rewrite
        self._step(visitor, lambda talk: do(talk, line, **sent))

    async def file(self, request: web.Request) -> web.Response:
        """The user sends a file, as the form that Handrail takes and judges; then a line names it."""
        line, size = request.match_info["line"], request.content_length
        if size is None or size > FILE_BYTES:
            raise web.HTTPRequestEntityTooLarge(FILE_BYTES, size or 0)
        media, form = request.headers.get("Content-Type", ""), await request.content.read()
        problem, answer = await self._call(f"file_{line}", "POST", "/v1/files", form, media)
        if not problem:
            self._step(request.match_info["visitor"], lambda talk: talk.say(line, "", file=answer["file"]))
        return web.json_response(answer, status=422 if problem else 200)

    async def leave(self, request: web.Request) -> Any:
        self._step(request.match_info["visitor"], Talk.tell, "POST", TAKEBACK, {"outcome": "cancelled"})

    async def typing(self, request: web.Request) -> Any:
        """A passing sign of life: tried for a moment and never kept."""
        talk = self._read(request.match_info["visitor"])
        if talk.owner != "bot":
            told = self._call(uuid4().hex, "POST", f"/v1/tickets/{talk.ticket}/activity", {"activity": "typing"})
            with suppress(TimeoutError):
                await asyncio.wait_for(told, 1)

    async def callback(self, request: web.Request) -> Any:
        """Only what is signed counts, and 2xx is said only once it is kept."""
        raw = await request.read()
        event = Webhook(self._settings.callback_secret).verify(raw, dict(request.headers))
        kind, told = event["type"], event["data"]
        visitor = str((told.get("conversation") or {}).get("external_id"))
        ours = re.fullmatch(ID, visitor)  # else a ping, or a conversation escalated by hand in this bot's name
        if ours and kind == "activity.changed":
            self._typing[visitor] = told["actor"]["name"] or "A colleague"
        elif ours:
            self._step(visitor, Talk.hear, request.headers["webhook-id"], kind, told)

    def _read(self, visitor: str) -> Talk:
        row = self._db.execute("SELECT talk FROM talks WHERE visitor = ?", (visitor,)).fetchone()
        return Talk.model_validate_json(row[0]) if row else Talk(user={"external_id": visitor})

    def _step(self, visitor: str, change: Callable[..., None], *given: Any) -> None:
        """All of the change is kept, or none of it; then Handrail is told what it must know."""
        talk = self._read(visitor)
        change(talk, *given)
        self._db.execute("REPLACE INTO talks VALUES (?, ?)", (visitor, talk.model_dump_json()))
        if visitor not in self._carriers:
            self._carriers[visitor] = asyncio.create_task(self._carry(visitor))

    async def _carry(self, visitor: str) -> None:
        """One call after the other, in their order; the next only when the one before is decided."""
        try:
            while (talk := self._read(visitor)).calls:
                key, (method, path, body) = next(iter(talk.calls.items()))
                answer = await self._call(key, method, path.format(ticket=talk.ticket), body)
                self._step(visitor, Talk.answered, key, *answer)
        finally:
            del self._carriers[visitor]

    async def _call(self, key: str, method: str, path: str, body: Any, media: str = JSON) -> tuple[str, Any]:
        """A refusal's code, or none, and the answer. Repeated until there is one; with one key it is done once."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
        secret = base64.b64decode(self._settings.signing_secret.removeprefix("whsec_"))
        url, pause = self._settings.api_url + path, 0.5
        while True:
            wait, stamp = "", str(int(time.time()))
            mac = hmac.digest(secret, f"{key}.{stamp}.".encode() + raw, "sha256")  # the library signs only text
            headers = {"Content-Type": media, "handrail-bot": self._settings.bot, "webhook-id": key}
            headers |= {"webhook-timestamp": stamp, "webhook-signature": f"v1,{base64.b64encode(mac).decode()}"}
            with suppress(aiohttp.ClientError, TimeoutError, ValueError):
                async with self._http.request(method, url, data=raw, headers=headers, allow_redirects=False) as got:
                    wait = got.headers.get("Retry-After", "")
                    # 401 is for an operator to repair; what the user wrote must not be lost meanwhile.
                    if got.status // 100 in {2, 4} and got.status not in {401, 408, 429} and not wait:
                        answer = json.loads(await got.text() or "{}")
                        return "" if got.ok else answer.get("type", "refused").rpartition("/")[2], answer
            await self._sleep(max(pause, float(wait) if wait.isdecimal() else 0))
            pause = min(pause * 2, 30)


@web.middleware
async def patient(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> web.StreamResponse:
    """What comes in pieces, too slowly or in no form is refused, never an error of ours. No answer is a 204."""
    try:
        done = await asyncio.wait_for(handler(request), 90 if "/files/" in request.path else 15)
        return done or web.Response(status=204)
    except (WebhookVerificationError, ValueError, TimeoutError, web.RequestPayloadError):  # odd headers: ValueError
        refused = web.HTTPUnauthorized if request.path.endswith("/callback") else web.HTTPBadRequest
        raise refused(text="That was not understood, or came too slowly. Send it again.") from None


def build_demo(settings: Settings, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> web.Application:
    """An application to be mounted under a prefix such as `/demo/`; its callback is `callback` below it."""
    chat, app, talk = Webchat(settings, sleep), web.Application(middlewares=[patient]), f"/talks/{{visitor:{ID}}}"
    shown = [web.get("/", chat.page), web.static("/static/", HERE / "static"), web.get(talk, chat.talk)]
    said = [web.route("*", f"{talk}/lines/{LINE}", chat.line), web.post(f"{talk}/files/{LINE}", chat.file)]
    signs = [web.post(f"{talk}/leave", chat.leave), web.post(f"{talk}/typing", chat.typing)]
    app.add_routes([*shown, *said, *signs, web.post("/callback", chat.callback)])
    app.cleanup_ctx.append(chat.running)
    return app
