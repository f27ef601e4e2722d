"""The bot's two shores: its webchat page, and Handrail, which is called and calls back (Standard Webhooks)."""

import asyncio
import base64
import hmac
import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import aiohttp
from aiohttp import web
from pydantic import BaseModel, Field
from standardwebhooks import Webhook, WebhookVerificationError

from bridge.demo.bot import Talk

HERE = Path(__file__).parent
ID = r"[0-9a-f-]{36}"
UNFINISHED = "SELECT visitor FROM talks WHERE json_extract(talk, '$.calls') <> '{}'"
FILE_BYTES = 25_000_000
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
                with self._step(visitor):
                    pass  # the step is done; what Handrail must be told of it is not
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

    async def line(self, request: web.Request) -> web.Response:
        """The user says (POST), edits (PATCH) or deletes a line."""
        try:
            raw = await asyncio.wait_for(request.read(), 15)
            sent = Words.model_validate_json(raw) if request.method != "DELETE" else None
        except (ValueError, TimeoutError, web.RequestPayloadError):
            raise web.HTTPBadRequest(text="Send an object with a text.") from None
        with self._step(request.match_info["visitor"]) as talk:
            if sent and request.method == "POST":
                talk.user |= sent.model_dump(include={"name", "locale"}, exclude_defaults=True)
                talk.say(request.match_info["line"], sent.text)
            else:
                talk.rewrite(request.match_info["line"], sent.text if sent else "")
        return web.Response(status=204)

    async def file(self, request: web.Request) -> web.Response:
        """The user sends a file: Handrail judges and keeps it, then a line names it."""
        line, edge, size = request.match_info["line"], uuid4().hex, request.content_length
        if size is None or size > FILE_BYTES:
            raise web.HTTPRequestEntityTooLarge(FILE_BYTES, size or 0)
        name = re.sub(r'[\r\n"]', "_", request.query.get("name", ""))[:200]
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        try:
            raw = head.encode() + await asyncio.wait_for(request.content.read(), 60) + f"\r\n--{edge}--\r\n".encode()
            sent = self._call(f"file_{line}", "POST", "/v1/files", raw, f"multipart/form-data; boundary={edge}")
            problem, answer = await asyncio.wait_for(sent, 30)
        except (TimeoutError, web.RequestPayloadError):
            raise web.HTTPBadRequest(text="Send the whole file, or try again later.") from None
        if not problem:
            with self._step(request.match_info["visitor"]) as talk:
                talk.say(line, "", answer["file"])
        return web.json_response(answer, status=422 if problem else 200)

    async def leave(self, request: web.Request) -> web.Response:
        with self._step(request.match_info["visitor"]) as talk:
            talk.tell("POST", "/v1/tickets/{ticket}/takeback", {"outcome": "cancelled"})
        return web.Response(status=204)

    async def typing(self, request: web.Request) -> web.Response:
        """A passing sign of life: tried for a moment and never kept."""
        talk = self._read(request.match_info["visitor"])
        if talk.owner != "bot":
            told = self._call(uuid4().hex, "POST", f"/v1/tickets/{talk.ticket}/activity", {"activity": "typing"})
            with suppress(TimeoutError):
                await asyncio.wait_for(told, 1)
        return web.Response(status=204)

    async def callback(self, request: web.Request) -> web.Response:
        """Only what is signed counts, and 2xx is said only once it is kept."""
        try:
            raw = await asyncio.wait_for(request.read(), 15)
            event = Webhook(self._settings.callback_secret).verify(raw, dict(request.headers))
        except (WebhookVerificationError, ValueError, TimeoutError, web.RequestPayloadError):  # odd headers: ValueError
            return web.Response(status=401)
        kind, told = event["type"], event["data"]
        visitor = str((told.get("conversation") or {}).get("external_id"))
        ours = re.fullmatch(ID, visitor)  # else a ping, or a conversation escalated by hand in this bot's name
        if ours and kind == "activity.changed":
            self._typing[visitor] = told["actor"]["name"] or "A colleague"
        elif ours:
            with self._step(visitor) as talk:
                talk.hear(request.headers["webhook-id"], kind, told)
        return web.Response(status=204)

    def _read(self, visitor: str) -> Talk:
        row = self._db.execute("SELECT talk FROM talks WHERE visitor = ?", (visitor,)).fetchone()
        return Talk.model_validate_json(row[0]) if row else Talk(user={"external_id": visitor})

    @contextmanager
    def _step(self, visitor: str) -> Iterator[Talk]:
        """All that happens inside is kept together, or none of it; then Handrail is told what it must know."""
        talk = self._read(visitor)
        yield talk
        self._db.execute("REPLACE INTO talks VALUES (?, ?)", (visitor, talk.model_dump_json()))
        if visitor not in self._carriers:
            self._carriers[visitor] = asyncio.create_task(self._carry(visitor))

    async def _carry(self, visitor: str) -> None:
        """One call after the other, in their order; the next only when the one before is decided."""
        try:
            while (talk := self._read(visitor)).calls:
                key, (method, path, body) = next(iter(talk.calls.items()))
                answer = await self._call(key, method, path.format(ticket=talk.ticket), body)
                with self._step(visitor) as talk:
                    talk.answered(key, *answer)
        finally:
            del self._carriers[visitor]

    async def _call(
        self, key: str, method: str, path: str, body: Any, media: str = "application/json"
    ) -> tuple[str, dict[str, Any]]:
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


def build_demo(settings: Settings, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> web.Application:
    """An application to be mounted under a prefix such as `/demo/`; its callback is `callback` below it."""
    chat, app, talk = Webchat(settings, sleep), web.Application(), f"/talks/{{visitor:{ID}}}"
    app.router.add_get("/", chat.page)
    app.router.add_static("/static/", HERE / "static")
    app.router.add_get(talk, chat.talk)
    app.router.add_route("*", f"{talk}/lines/{{line:{ID}}}", chat.line)
    app.router.add_post(f"{talk}/files/{{line:{ID}}}", chat.file)
    app.router.add_post(f"{talk}/leave", chat.leave)
    app.router.add_post(f"{talk}/typing", chat.typing)
    app.router.add_post("/callback", chat.callback)
    app.cleanup_ctx.append(chat.running)
    return app
