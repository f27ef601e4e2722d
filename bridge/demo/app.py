"""The bot's web side: page, live updates, callback, and a carrier per conversation that calls Handrail."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from bridge.demo import bot
from bridge.demo.handrail import Handrail, Settings
from bridge.demo.talks import Talk, Talks, new_key

HERE = Path(__file__).parent
ID = r"[0-9a-f-]{36}"
TALK = f"/talks/{{visitor:{ID}}}"
LINE = f"{TALK}/lines/{{line:{ID}}}"
MOST_TEXT = 4000
QUIET, MOST_PAUSE = 15.0, 30.0
SAFE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}


@dataclass(eq=False)
class Watcher:
    """One open page. It is told to look again; what it then sees is the whole conversation as it is."""

    look: asyncio.Event = field(default_factory=asyncio.Event)
    typing: str | None = None


class Webchat:
    def __init__(self, settings: Settings, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._settings = settings
        self._sleep = sleep
        self._talks = Talks(settings.data_dir)
        self._watchers: dict[str, set[Watcher]] = {}
        self._carriers: dict[str, asyncio.Task[None]] = {}
        self._closing = False

    async def running(self, _: web.Application) -> AsyncIterator[None]:
        """Begin where a kill or a restart cut us off; end without losing a word."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
            self._handrail = Handrail(http, self._settings)
            for visitor in self._talks.visitors():
                self._carry_on(self._talks.read(visitor))
            yield
            for task in self._carriers.values():
                task.cancel()
            await asyncio.gather(*self._carriers.values(), return_exceptions=True)

    async def close_pages(self, _: web.Application) -> None:
        self._closing = True
        for watcher in [each for watchers in self._watchers.values() for each in watchers]:
            watcher.look.set()

    async def page(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(HERE / "page.html")

    async def say(self, request: web.Request) -> web.Response:
        asked = await words(request)
        with self._step(request) as talk:
            talk.name = str(asked.get("name") or "").strip()[:80] or talk.name
            talk.locale = str(asked.get("locale") or "")[:35] or talk.locale
            bot.said(talk, request.match_info["line"], asked["text"])
        return web.Response(status=204)

    async def rewrite(self, request: web.Request) -> web.Response:
        text = (await words(request))["text"] if request.method == "PATCH" else None
        with self._step(request) as talk:
            bot.rewritten(talk, request.match_info["line"], text)
        return web.Response(status=204)

    async def leave(self, request: web.Request) -> web.Response:
        with self._step(request) as talk:
            if talk.owner != "bot":
                bot.relay(talk, "POST", "/takeback", {"outcome": "cancelled"})
        return web.Response(status=204)

    async def typing(self, request: web.Request) -> web.Response:
        """A passing sign of life: sent once, never kept, never repeated."""
        talk = self._talks.read(request.match_info["visitor"])
        if talk.owner != "bot" and talk.ticket:
            path = f"/v1/tickets/{talk.ticket}/activity"
            await self._handrail.call("POST", path, {"activity": "typing"}, new_key())
        return web.Response(status=204)

    async def live(self, request: web.Request) -> web.StreamResponse:
        visitor, watcher = request.match_info["visitor"], Watcher()
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        self._watchers.setdefault(visitor, set()).add(watcher)
        try:
            while not self._closing:
                watcher.look.clear()
                shown = seen_by_user(self._talks.read(visitor)) | {"typing": watcher.typing}
                watcher.typing = None
                await stream.write(f"data: {json.dumps(shown)}\n\n".encode())
                with suppress(TimeoutError):  # written again now and then, so that a page that is gone is noticed
                    await asyncio.wait_for(watcher.look.wait(), QUIET)
        except ConnectionResetError:
            pass
        finally:
            self._watchers[visitor].discard(watcher)
            if not self._watchers[visitor]:
                del self._watchers[visitor]
        return stream

    async def callback(self, request: web.Request) -> web.Response:
        """Only what is signed counts, and 2xx is said only once it is kept."""
        raw = await request.read()
        try:
            event = Webhook(self._settings.callback_secret).verify(raw, dict(request.headers))
        except WebhookVerificationError:
            return web.Response(status=401)
        conversation = str((event["data"].get("conversation") or {}).get("external_id"))
        if not re.fullmatch(ID, conversation):
            pass  # endpoint.ping, or a conversation somebody escalated by hand in this bot's name
        elif event["type"] == "activity.changed":
            self._look(conversation, typing=(event["data"].get("actor") or {}).get("name") or "A colleague")
        else:
            with self._talk(conversation) as talk:
                bot.heard(talk, request.headers["webhook-id"], event)
        return web.Response(status=204)

    @contextmanager
    def _talk(self, visitor: str) -> Iterator[Talk]:
        with self._talks.change(visitor) as talk:
            yield talk
        self._look(visitor)
        self._carry_on(talk)

    def _step(self, request: web.Request) -> AbstractContextManager[Talk]:
        return self._talk(request.match_info["visitor"])

    def _look(self, visitor: str, typing: str | None = None) -> None:
        for watcher in self._watchers.get(visitor, ()):
            watcher.typing = typing
            watcher.look.set()

    def _carry_on(self, talk: Talk) -> None:
        if talk.calls and talk.visitor not in self._carriers:
            self._carriers[talk.visitor] = asyncio.create_task(self._carry(talk.visitor))

    async def _carry(self, visitor: str) -> None:
        """Tell Handrail one thing after the other; repeat under the same key until there is an answer."""
        pause = 0.5
        try:
            while (talk := self._talks.read(visitor)).calls:
                call = talk.calls[0]
                path = call.path.format(ticket=talk.ticket)
                answer = await self._handrail.call(call.method, path, call.body, call.key)
                if answer.again_after is not None:
                    await self._sleep(max(pause, answer.again_after))
                    pause = min(pause * 2, MOST_PAUSE)
                    continue
                pause = 0.5
                with self._talks.change(visitor) as talk:
                    bot.answered(talk, call, answer)
                self._look(visitor)
        finally:
            del self._carriers[visitor]


async def words(request: web.Request) -> dict[str, Any]:
    """What the page sent: an object with a text."""
    try:
        asked = await request.json()
        if text := str(asked["text"])[:MOST_TEXT].strip():
            return {**asked, "text": text}
    except (ValueError, TypeError, KeyError):
        pass
    raise web.HTTPBadRequest(text="Send an object with a text.")


def seen_by_user(talk: Talk) -> dict[str, Any]:
    """The conversation as its page shows it; `waiting` lines are on their way to the team."""
    waiting = {call.line for call in talk.calls}
    lines = [{**asdict(line), "waiting": line.id in waiting} for line in talk.lines]
    return {"owner": talk.owner, "lines": lines}


async def harden(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SAFE)


def build_demo(settings: Settings, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> web.Application:
    """An application to be mounted under a prefix such as `/demo/`; its callback is `callback` below it."""
    chat, app = Webchat(settings, sleep), web.Application()
    app.router.add_get("/", chat.page)
    app.router.add_post("/callback", chat.callback)
    app.router.add_get(TALK, chat.live)
    app.router.add_post(LINE, chat.say)
    app.router.add_patch(LINE, chat.rewrite)
    app.router.add_delete(LINE, chat.rewrite)
    app.router.add_post(f"{TALK}/leave", chat.leave)
    app.router.add_post(f"{TALK}/typing", chat.typing)
    app.router.add_static("/static/", HERE / "static")
    app.on_response_prepare.append(harden)
    app.cleanup_ctx.append(chat.running)
    app.on_shutdown.append(chat.close_pages)
    return app
