"""The operators' page: how the site fares, and what an admin decides about it. The desk judges their acts."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress

from aiohttp import web
from markupsafe import Markup

from bridge.console.gate import HEADERS, Refused
from bridge.console.house import House
from bridge.console.operations_scene import operations_regions, read_fares
from bridge.console.pages import html
from bridge.console.painter import Canvas, oob
from bridge.console.scenes import PAGE_TOKEN, new_token
from bridge.console.streams import BEAT_SECONDS, RETRY_MS, sse_event
from bridge.console.viewer import Screen, Viewer
from bridge.domain.errors import HandrailError, NotAllowed
from bridge.domain.events.operators import DeliverySettled, LanePaused, LaneResumed, Operator, Settle
from bridge.domain.notices.operators import done, refused
from bridge.domain.refs import DeliveryId, Lane

Form = Mapping[str, str]

REST = 2.0
"""Seconds between two looks at least: the sums are not free, and nobody reads faster."""
LINK_AT_MOST = 500
AUDIT_PAGE = 100


async def page(house: House, _request: web.Request, viewer: Viewer) -> web.Response:
    return await _whole(house, viewer)


async def _whole(house: House, viewer: Viewer, toast: Markup | str = "") -> web.Response:
    canvas = Canvas(painter=house.painter, viewer=viewer, screen=Screen(), page=new_token())
    regions = {region.id: region for region in operations_regions(house, canvas, await read_fares(house))}
    return html(canvas.paint("operations.html", regions=regions, page=canvas.page, toast=toast))


async def stream(house: House, request: web.Request, viewer: Viewer) -> web.StreamResponse:
    """The page's live updates, until either side goes."""
    page = request.query.get("page", "")
    token = page if PAGE_TOKEN.fullmatch(page) else new_token()
    canvas = Canvas(painter=house.painter, viewer=viewer, screen=Screen(), page=token, memo={})
    response = web.StreamResponse(
        headers={**HEADERS, "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
    )
    known: dict[str, int] = {}
    acts = house.wrongs.acts
    with house.live.open(viewer, None) as tab, suppress(ConnectionError):
        await response.prepare(request)
        await response.write(f"retry: {RETRY_MS}\n\n".encode())
        admitted = time.monotonic()
        while not tab.ended:
            if time.monotonic() - admitted >= BEAT_SECONDS:
                admitted = time.monotonic()
                if await house.gate.viewer(request) is None:
                    break
            if acts != house.wrongs.acts:
                acts = house.wrongs.acts
                known.clear()
            news = ""
            with suppress(HandrailError):  # the database is away: the next beat looks again
                news = oob(operations_regions(house, canvas, await read_fares(house)), known)
            await response.write(sse_event(news) if news else b": \n\n")
            await asyncio.sleep(REST)
            # Health changes without a commit: look again now and then.
            await tab.news(REST * 2)
    return response


async def settle(house: House, request: web.Request, viewer: Viewer, form: Form) -> web.Response:
    """Retry, drop, it is there, post again."""
    how, link = form.get("how", ""), form.get("link", "").strip()[:LINK_AT_MOST]
    if how not in set(Settle):
        raise Refused(422, "validation-error", "This button is not known here.")
    event = DeliverySettled(
        delivery=DeliveryId(form.get("delivery", "")[:80]), settle=Settle(how), by=_by(request, viewer),
        at=house.clock.now(), link=link or None,
    )  # fmt: skip
    try:
        await house.desk.handle(event)
    except NotAllowed as no:
        return await _answered(house, request, viewer, refused(no.code, no.facts), no=True)
    return await _answered(house, request, viewer, done(event.settle))


async def steer(house: House, request: web.Request, viewer: Viewer, form: Form) -> web.Response:
    """Pause or resume a lane."""
    platform, _, place = form.get("lane", "")[:500].partition("/")
    lane, by, at = Lane(platform, place), _by(request, viewer), house.clock.now()
    try:
        match form.get("how"):
            case "pause":
                await house.desk.handle(LanePaused(lane=lane, by=by, at=at))
                said = "Nothing is sent there until it is resumed."
            case "resume":
                await house.desk.handle(LaneResumed(lane=lane, by=by, at=at))
                said = "It goes on."
            case _:
                raise Refused(422, "validation-error", "This button is not known here.")
    except NotAllowed as no:
        return await _answered(house, request, viewer, refused(no.code, no.facts), no=True)
    return await _answered(house, request, viewer, said)


def _by(request: web.Request, viewer: Viewer) -> Operator:
    return Operator(key=f"console:{viewer.name}", via="console", facts={"ip": request.remote})


async def _answered(
    house: House, request: web.Request, viewer: Viewer, sentence: str, *, no: bool = False
) -> web.Response:
    """The sentence as a card, and the page as it is now."""
    house.wrongs.acts += 1
    card = house.painter.paint(
        "toast.html", words=(sentence,), rows=(), buttons=(), refused=no, seconds=12, stay=False, viewer=viewer, card=""
    )
    if request.headers.get("HX-Request") != "true":
        return await _whole(house, viewer, card)
    page = request.headers.get("X-Page", "")
    token = page if PAGE_TOKEN.fullmatch(page) else new_token()
    canvas = Canvas(painter=house.painter, viewer=viewer, screen=Screen(), page=token)
    now = oob(operations_regions(house, canvas, await read_fares(house)))
    body = f'<div id="toasts" hx-swap-oob="beforeend">{card}</div>{now}'
    return web.Response(text=body, content_type="text/html", headers={**HEADERS, "HX-Reswap": "none"})


async def audit(house: House, request: web.Request, _viewer: Viewer) -> web.Response:
    """Who did what to the site, latest first."""
    action = request.query.get("action", "")[:64] or None
    shown = await house.store.audit.page(action=action, cursor=request.query.get("after"), limit=AUDIT_PAGE)
    return html(house.painter.paint("audit.html", shown=shown, action=action or ""))
