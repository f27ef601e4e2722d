"""The live stream: what changed is painted here and sent; what the browser has already is not sent again."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from bridge.console.gate import HEADERS
from bridge.console.house import House
from bridge.console.live import Tab
from bridge.console.painter import Canvas, oob
from bridge.console.scenes import (
    PAGE_TOKEN,
    list_scene,
    new_token,
    screen_of,
    signs_of_life,
    ticket_named,
    ticket_scene,
)
from bridge.console.viewer import Viewer
from bridge.domain.errors import HandrailError

BEAT_SECONDS = 15.0
SIGNS_SECONDS = 4.0
"""While somebody is shown writing, look again this often: such signs pass."""
REST_AT_LEAST = 0.015
REST_AT_MOST = 2.0
RETRY_MS = 1500


async def stream(house: House, request: web.Request, viewer: Viewer) -> web.StreamResponse:
    """Server-sent events of one screen, until either side goes."""
    name = request.query.get("t", "")
    ticket = await ticket_named(house, name) if name else None
    screen = screen_of(request.query, ticket)
    page = request.query.get("page", "")
    token = page if PAGE_TOKEN.fullmatch(page) else new_token()
    canvas = Canvas(painter=house.painter, viewer=viewer, screen=screen, page=token, memo={})
    response = web.StreamResponse(
        headers={**HEADERS, "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
    )
    with house.live.open(viewer, screen.ticket) as tab, suppress(ConnectionError):
        await response.prepare(request)
        await response.write(f"retry: {RETRY_MS}\n\n".encode())
        await _keep_up(house, request, response, _Watch(tab, canvas))
    return response


@dataclass(frozen=True, slots=True)
class _Watch:
    """What one stream shows, and to whom."""

    tab: Tab
    canvas: Canvas
    known: dict[str, int] = field(default_factory=dict)


async def _keep_up(house: House, request: web.Request, response: web.StreamResponse, watch: _Watch) -> None:
    tab, ticket = watch.tab, watch.canvas.screen.ticket
    loop = asyncio.get_running_loop()
    admitted = loop.time()
    while not tab.ended:
        began = loop.time()
        if began - admitted >= BEAT_SECONDS:
            admitted = began
            if await house.gate.viewer(request) is None:
                return
        news = await _news(house, watch)
        await response.write(sse_event(news) if news else b": \n\n")
        # A burst of commits must not cost a picture each, nor all browsers together more than half of the time.
        spent = loop.time() - began
        await asyncio.sleep(min(REST_AT_MOST, max(REST_AT_LEAST, spent * house.live.tabs)))
        signs = ticket is not None and signs_of_life(house, ticket)
        woken = await tab.news(SIGNS_SECONDS if signs else BEAT_SECONDS)
        # Time alone changes a screen too: signs of life pass, a bot that is late becomes trouble.
        tab.touched = tab.touched or not woken or signs


async def _news(house: House, watch: _Watch) -> str:
    """Every region of the screen that looks different now."""
    tab, canvas, shared = watch.tab, watch.canvas, house.live.shared
    touched, tab.touched = tab.touched, False
    try:
        regions = await list_scene(house, canvas, await shared.inbox(canvas.screen, tab.viewer.key))
        view = await shared.view(tab.ticket) if tab.ticket is not None and touched else None
        if view is not None:
            regions += await ticket_scene(house, canvas, view)
    except HandrailError:
        tab.touched = touched
        return ""  # the database is away: the next commit or beat looks again
    rings = tab.take_rings()
    bell = house.painter.paint("rings.html", rings=rings) if rings else ""
    return oob(regions, watch.known) + (f'<div id="rings" hx-swap-oob="innerHTML">{bell}</div>' if bell else "")


def sse_event(html: str) -> bytes:
    """One update of the page."""
    lines = "".join(f"data: {line}\n" for line in html.split("\n"))
    return f"event: update\n{lines}\n".encode()
