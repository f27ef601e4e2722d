"""The way back an interaction brings along: five uses within thirty minutes."""

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from tests.wire.slack import blocks as block_kit
from tests.wire.slack.methods import Methods
from tests.wire.slack.workspace import Payload

USES = 5
GOOD_FOR = timedelta(minutes=30)
KEYS = {"text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts", "metadata"}
KEYS |= {"unfurl_links", "unfurl_media"}


@dataclass(slots=True)
class Way:
    user: str
    channel: str
    made: datetime
    uses: int = 0
    about: str | None = None
    """The ts of the private message it came from."""


class ResponseUrls:
    """Only the one who acted sees what comes, unless it says in_channel. Thirty minutes by the test's own clock."""

    def __init__(self, methods: Methods, complaints: list[str]) -> None:
        self.responses: list[Payload] = []
        self.complaints = complaints
        self._methods = methods
        self._ways: dict[str, Way] = {}
        self._numbers = itertools.count(1)

    def made(self, user: str, channel: str) -> str:
        name = f"{self._methods.workspace.team}-{next(self._numbers)}"
        self._ways[name] = Way(user, channel, self._methods.workspace.now())
        return name

    def about(self, url: str, ts: str) -> None:
        way = self._ways.get(url.rsplit("/", 1)[-1])
        if way is not None:
            way.about = ts

    def knows(self, name: str) -> bool:
        return name in self._ways

    async def serve(self, request: web.Request) -> web.Response:
        way = self._ways.get(request.match_info["id"])
        if way is None:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        way.uses += 1
        if way.uses > USES or self._methods.workspace.now() - way.made > GOOD_FOR:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        body = await request.json()
        self.responses.append(body)
        if wrong := self._wrong(body):
            self.complaints.append(f"response_url: {wrong}")
            return web.json_response({"ok": False, "error": "invalid_blocks"}, status=400)
        self._carry_out(way, body)
        return web.json_response({"ok": True})

    def _wrong(self, body: Payload) -> list[str]:
        found = [f"unknown {extra}"] if (extra := set(body) - KEYS) else []
        if not body.get("delete_original") and not str(body.get("text", "")).strip():
            found.append("no fallback text")
        return found + list(block_kit.wrong(body.get("blocks") or []))

    def _carry_out(self, way: Way, body: Payload) -> None:
        if body.get("replace_original") or body.get("delete_original"):
            for one in self._methods.ephemerals:
                if one["ts"] == way.about:
                    one["replaced" if "text" in body else "gone"] = True
        if "text" not in body:
            return
        if body.get("response_type") == "in_channel" and not body.get("replace_original"):
            workspace = self._methods.workspace
            channel = workspace.channels[way.channel]
            said = {name: body[name] for name in ("text", "blocks", "thread_ts") if name in body}
            message = {**workspace.ours, **said}
            stored = workspace.add(channel, message)
            self._methods.chat.said(channel, stored)
        else:
            self._methods.whispered({**body, "user": way.user, "channel": way.channel})
