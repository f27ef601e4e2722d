"""Reading the config file again, and moving tickets to its rules: buttons of the banner, for admins."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from bridge.console.gate import HEADERS, Refused
from bridge.console.house import House
from bridge.console.viewer import Viewer
from bridge.domain.events import TicketMoved
from bridge.domain.refs import CONSOLE
from bridge.rulebook.following import is_outdated

Form = Mapping[str, str]

AT_ONCE = 100


async def read_again(house: House, request: web.Request, viewer: Viewer, _form: Form) -> web.Response:
    """The button: what came of it stands in the banner of everybody's screen."""
    if house.reload is None:
        raise Refused(404, "not-found", "This console runs beside no daemon whose file could be read.")
    await house.reload(viewer.key, CONSOLE)
    return _back(request)


async def move_all(house: House, request: web.Request, viewer: Viewer, _form: Form) -> web.Response:
    """Every ticket that follows an old rule goes to where the rules in force would send it."""
    book = house.rules.current
    outdated = [one for one in await house.store.followers.running() if is_outdated(book, one.policy)]
    moves = [
        TicketMoved(
            ticket=one.id, version=one.version, rules=book.digest, by=viewer.key, name=viewer.name, via=CONSOLE,
            at=house.clock.now(),
        )
        for one in outdated
    ]  # fmt: skip
    for begin in range(0, len(moves), AT_ONCE):
        await asyncio.gather(*map(house.desk.handle, moves[begin : begin + AT_ONCE]))
    if house.recount is not None:
        await house.recount(house.clock.now())
    return _back(request)


def _back(request: web.Request) -> web.Response:
    """The list again; a page of ours that asked without leaving gets its news by the live stream."""
    if request.headers.get("HX-Request") == "true":
        return web.Response(status=204, headers=HEADERS)
    return web.Response(status=303, headers={**HEADERS, "Location": "/"})
