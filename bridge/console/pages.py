"""The pages: the inbox, a ticket, its log and transcript."""

import json
from math import ceil

from aiohttp import web
from markupsafe import Markup, escape

from bridge.console.gate import HEADERS, Refused
from bridge.console.house import House
from bridge.console.painter import Canvas
from bridge.console.scenes import list_scene, live_address, new_token, pane, screen_of, ticket_named, view_of
from bridge.console.viewer import Viewer
from bridge.domain.transcript import as_json, as_markdown
from bridge.domain.views import Section

CURL = """curl -X POST {base}/v1/tickets \\
  -H "Authorization: Bearer $YOUR_KEY" -H "Content-Type: application/json" \\
  -d '{{"conversation": {{"external_id": "web-1"}},
       "user": {{"external_id": "u1", "name": "Mara"}}, "title": "Refund"}}'"""


def html(body: Markup | str, status: int = 200) -> web.Response:
    return web.Response(text=str(body), status=status, content_type="text/html", headers=HEADERS)


def wants_pane(request: web.Request) -> bool:
    """The list's links ask for the right side only."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") == "pane"


async def inbox(house: House, request: web.Request, viewer: Viewer) -> web.Response:
    canvas = Canvas(painter=house.painter, viewer=viewer, screen=screen_of(request.query), page=new_token())
    side = await _bare(house, canvas)
    if wants_pane(request):
        return html(Markup("<title>Handrail</title>") + side)
    return await full_page(house, canvas, side, title="Handrail")


async def ticket(house: House, request: web.Request, viewer: Viewer) -> web.Response:
    found = await ticket_named(house, request.match_info["number"])
    screen = screen_of(request.query, found)
    canvas = Canvas(painter=house.painter, viewer=viewer, screen=screen, page=new_token())
    side = await pane(house, canvas, found)
    title = f"#{found.number} · Handrail"
    if wants_pane(request):
        return html(Markup("<title>") + escape(title) + Markup("</title>") + side)
    return await full_page(house, canvas, side, title=title)


async def full_page(
    house: House, canvas: Canvas, side: Markup, *, title: str, toast: Markup | str = ""
) -> web.Response:
    regions = {region.id: region for region in await list_scene(house, canvas)}
    return html(canvas.paint("page.html", title=title, page=canvas.page, regions=regions, pane=side, toast=toast))


async def _bare(house: House, canvas: Canvas) -> Markup:
    """The right side while no ticket is open; before the first ticket it says how to get one."""
    everything = await house.store.tickets.inbox(Section.OPEN, member=canvas.viewer.key, limit=1)
    return canvas.paint(
        "nothing_open.html", first_run=not any(everything.counts.values()), demo=house.demo,
        curl=CURL.format(base=house.public_url), live=live_address(canvas.screen, canvas.page),
    )  # fmt: skip


async def log(house: House, request: web.Request, _viewer: Viewer) -> web.Response:
    found = await ticket_named(house, request.match_info["number"])
    return html(house.painter.paint("log.html", view=await view_of(house, found.id)))


async def transcript(house: House, request: web.Request, _viewer: Viewer) -> web.Response:
    found = await ticket_named(house, request.match_info["number"])
    view = await view_of(house, found.id)
    if request.match_info["form"] == "md":
        text, kind = as_markdown(view, inside=True), "text/markdown"
    else:
        shown = {"ticket": found.id, "number": found.number, "messages": as_json(view, inside=True)}
        text, kind = json.dumps(shown, ensure_ascii=False, indent=2), "application/json"
    name = f"ticket-{found.number}.{request.match_info['form']}"
    return web.Response(
        text=text, content_type=kind, charset="utf-8",
        headers={**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def told_plainly(
    house: House, status: int, title: str, *lines: str, link: tuple[str, str] | None = None
) -> web.Response:
    """A page that only says something."""
    return html(house.painter.paint("plain.html", title=title, lines=lines, form=None, link=link), status)


def refusal(house: House, request: web.Request, refused: Refused) -> web.Response:
    """No, in the shape the caller reads: a toast for our own page, a page for a browser, a problem for a program."""
    headers = dict(HEADERS)
    if refused.status in {429, 503}:
        headers["Retry-After"] = str(max(1, ceil(refused.retry_after.total_seconds())))
    if request.headers.get("HX-Request") == "true":
        headers["HX-Reswap"] = "none"
        body = house.painter.paint("refused.html", sentence=refused.sentence, sign_in=refused.status == 401)
        return web.Response(text=str(body), status=refused.status, content_type="text/html", headers=headers)
    if "text/html" in request.headers.get("Accept", ""):
        plain = house.painter.paint("plain.html", title=refused.sentence, lines=_advice(refused), form=None, link=None)
        return web.Response(text=str(plain), status=refused.status, content_type="text/html", headers=headers)
    problem = {"type": f"/problems/{refused.slug}", "title": refused.sentence, "status": refused.status}
    return web.Response(
        text=json.dumps(problem), status=refused.status, content_type="application/problem+json", headers=headers
    )


def _advice(refused: Refused) -> tuple[str, ...]:
    match refused.status:
        case 401:
            return ("Open your sign-in link. An admin makes one with: handrail console invite NAME",)
        case 403:
            return (f"({refused.slug})",)
        case _:
            return ()
