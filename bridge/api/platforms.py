"""The addresses of platforms that post to us: bodies are read and bounded here, judged at the platform's own door."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import structlog
from aiohttp import web

from bridge.api import body as bodies
from bridge.api.limits import Limits
from bridge.api.pacing import Places
from bridge.api.problems import Problem, response
from bridge.domain.refs import new_id
from bridge.ports.chat import ChatPlatform
from bridge.ports.knocking import ROOT, Doorman, HasDoors, Knock, Reply

log = structlog.get_logger(__name__)

BODY_BYTES: Final = 1024 * 1024
"""A platform's own requests: a modal alone may have 250 kB."""
BODIES_AT_ONCE: Final = 128
"""Anybody may post here: who it was is known only once the body has come."""


def add_platforms(
    app: web.Application, chats: Mapping[str, ChatPlatform], limits: Limits, base: str, draining: Callable[[], bool]
) -> None:
    """`chats` is asked at every request, so that a reload opens and shuts doors. Call it before the fallback."""
    limits = replace(limits, body_bytes=BODY_BYTES)
    arriving = Places(BODIES_AT_ONCE)

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            doorman = _let_in(request, chats, draining)
            with arriving.one():
                knock = await _knock(request, limits)
            reply = await _answered(doorman, knock)
        except Problem as problem:
            return response(problem, instance=new_id("req"), base=base)
        return web.Response(
            status=reply.status, text=reply.text, content_type=reply.content_type, headers={"Cache-Control": "no-store"}
        )

    expect = bodies.expect_handler(limits, base)
    app.router.add_post(f"{ROOT}/{{platform}}/{{path:.+}}", answer, expect_handler=expect)


def _let_in(request: web.Request, chats: Mapping[str, ChatPlatform], draining: Callable[[], bool]) -> Doorman:
    doorman = _doorman(chats, request.match_info["platform"], request.match_info["path"])
    if doorman is None:
        raise Problem("not-found", "There is nothing at this address.")
    if draining():
        # What is redelivered comes again, to the process after us; for the rest nobody would be left to answer.
        raise Problem("draining", "Shutting down.", close=True)
    bodies.refuse_encoding(request)
    return doorman


def _doorman(chats: Mapping[str, ChatPlatform], platform: str, path: str) -> Doorman | None:
    if platform not in chats:
        return None
    chat = chats[platform]
    return chat.doors.get(path) if isinstance(chat, HasDoors) else None


async def _answered(doorman: Doorman, knock: Knock) -> Reply:
    try:
        return await doorman(knock)
    except Exception as error:  # noqa: BLE001 - the last net: a mistake of ours must not become a stack on the wire
        _log_mistake(error)
        return Reply(status=500)


async def _knock(request: web.Request, limits: Limits) -> Knock:
    body = await bodies.read(request, limits)
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    return Knock(headers=headers, body=body)


def _log_mistake(error: Exception) -> None:
    """Without the error's own words: they may quote somebody's."""
    log.error("platform_request_failed", error=type(error).__name__)
