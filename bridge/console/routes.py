"""Every address of the console, who may use it, and how it is started and stopped."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from bridge.console import acts, config_acts, erasing, files, measures, operations, pages, sign_in, streams
from bridge.console.bodies import expect
from bridge.console.gate import Gate, Refused, Role
from bridge.console.house import House, Permalink, Recount, Reload
from bridge.console.insides import Insides
from bridge.console.live import Live
from bridge.console.painter import Painter
from bridge.console.shelf import Shelf
from bridge.console.viewer import Viewer
from bridge.desk.desk import Desk
from bridge.domain.errors import AlreadySeen, NoSuchTicket, NotAllowed, StoreTrouble
from bridge.ports.clock import Clock
from bridge.rulebook.reload import Rules
from bridge.store.store import Store

Form = Mapping[str, str]
Look = Callable[[House, web.Request, Viewer], Awaitable[web.StreamResponse]]
Deed = Callable[[House, web.Request, Viewer, Form], Awaitable[web.StreamResponse]]
Open = Callable[[House, web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Page:
    """Something to look at: nothing changes."""

    path: str
    handler: Look
    role: Role = Role.MEMBER


@dataclass(frozen=True, slots=True)
class Act:
    """Something that changes: a form of ours, with its token."""

    path: str
    handler: Deed
    role: Role = Role.MEMBER
    bare: bool = False
    """Its body is no form: the token stands in a header."""


TICKET = "/t/{number:[A-Za-z0-9_]{1,64}}"

PAGES = (
    Page("/", pages.inbox),
    Page("/live", streams.stream),
    Page("/operations", operations.page),
    Page("/operations/live", operations.stream),
    Page("/audit", operations.audit, Role.ADMIN),
    Page("/measures", measures.page),
    Page("/measures.json", measures.figures),
    Page(TICKET, pages.ticket),
    Page(f"{TICKET}/log", pages.log),
    Page(f"{TICKET}/transcript.{{form:md|json}}", pages.transcript),
    Page(f"{TICKET}/erase", erasing.ask, Role.ADMIN),
    Page(f"{TICKET}/files/{{file:[a-z0-9_]{{1,64}}}}", files.show),
)
ACTS = (
    Act("/sign-out", sign_in.leave),
    Act("/operations/delivery", operations.settle, Role.ADMIN),
    Act("/operations/lane", operations.steer, Role.ADMIN),
    Act(f"{TICKET}/act", acts.act),
    Act(f"{TICKET}/ask", acts.ask),
    Act(f"{TICKET}/fill", acts.fill),
    Act(f"{TICKET}/say", acts.say),
    Act(f"{TICKET}/resay", acts.resay),
    Act(f"{TICKET}/unsay", acts.unsay),
    Act(f"{TICKET}/typing", acts.typing),
    Act(f"{TICKET}/files", files.bring, bare=True),
    Act(f"{TICKET}/erase/now", erasing.erase, Role.ADMIN),
    Act("/rules/reload", config_acts.read_again, Role.ADMIN),
    Act("/rules/move", config_acts.move_all, Role.ADMIN),
)


def add_console(
    app: web.Application,
    *,
    desk: Desk,
    store: Store,
    rules: Rules,
    clock: Clock,
    public_url: str | None = None,
    permalink: Permalink | None = None,
    demo: bool = False,
    reload: Reload | None = None,
    recount: Recount | None = None,
    insides: Insides | None = None,
) -> House:
    """Give the app the console's pages. Streams end in `on_shutdown`, so that open browsers never hold up a stop.

    `public_url` is the rulebook's unless given; `permalink` opens a ticket's thread on its platform.
    """
    address = (public_url or rules.current.server.public_url).rstrip("/")
    shelf = Shelf()
    house = House(
        desk=desk, store=store, rules=rules, clock=clock, painter=Painter(shelf), shelf=shelf,
        gate=Gate(store, rules, address), live=Live(store, rules), public_url=address, demo=demo,
        permalink=permalink or (lambda _thread: None), reload=reload, recount=recount, insides=insides or Insides(),
    )  # fmt: skip
    app.router.add_get(
        "/static/{version:[0-9a-f]{12}}/{name:[A-Za-z0-9._/-]{1,80}}", shelf.serve, expect_handler=expect
    )
    app.router.add_get("/sign-in/{token}", _open(house, sign_in.show), expect_handler=expect)
    app.router.add_post("/sign-in/{token}", _open(house, sign_in.enter), expect_handler=expect)
    for page in PAGES:
        app.router.add_get(page.path, _page(house, page), expect_handler=expect)
    for act in ACTS:
        app.router.add_post(act.path, _act(house, act), expect_handler=expect)
    app.cleanup_ctx.append(_listening(house))
    app.on_shutdown.append(_end_streams(house))
    return house


def _page(house: House, page: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(house: House, request: web.Request) -> web.StreamResponse:
        return await page.handler(house, request, await _admitted(house, request, page.role))

    return _open(house, answer)


def _act(house: House, act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(house: House, request: web.Request) -> web.StreamResponse:
        viewer = await _admitted(house, request, act.role)
        if act.bare:
            house.gate.must_be_sent_by(request, viewer)
            return await act.handler(house, request, viewer, {})
        return await act.handler(house, request, viewer, await house.gate.form_of(request, viewer))

    return _open(house, answer)


async def _admitted(house: House, request: web.Request, role: Role) -> Viewer:
    viewer = await house.gate.viewer(request)
    if viewer is None:
        raise Refused(401, "missing-auth", "You are not signed in.")
    if role is Role.ADMIN and not viewer.admin:
        raise Refused(403, "forbidden", "Only admins can do this.")
    return viewer


def _open(house: House, handler: Open) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The outermost shell: https where it is due, and every refusal in the shape its reader needs."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            house.gate.demand_https(request)
            return await handler(house, request)
        except Refused as refused:
            return pages.refusal(house, request, refused)
        except StoreTrouble:
            sentence = "The database cannot take this now. Your text is kept: try again in a moment."
            return pages.refusal(house, request, Refused(503, "storage-unavailable", sentence))
        except AlreadySeen:
            sentence = "This page has done something else already: load it again."
            return pages.refusal(house, request, Refused(409, "state-conflict", sentence))
        except (NoSuchTicket, NotAllowed):
            return pages.refusal(house, request, Refused(404, "not-found", "There is no ticket by that number here."))

    return answer


def _listening(house: House) -> Callable[[web.Application], AsyncIterator[None]]:
    async def listening(_app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(house.live.run(), name="console-live")
        yield
        house.live.end()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return listening


def _end_streams(house: House) -> Callable[[web.Application], Awaitable[None]]:
    async def end(_app: web.Application) -> None:
        house.live.end()

    return end
