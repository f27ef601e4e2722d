"""The page of measures: how long people wait, and what becomes of tickets. The charts and the tables say the same."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from aiohttp import web

from bridge.console.gate import HEADERS
from bridge.console.house import House
from bridge.console.standing import in_words
from bridge.console.viewer import Viewer
from bridge.domain.measures.definitions import RATES, SPANS
from bridge.domain.measures.report import Rate, Report, Window, report
from bridge.domain.measures.tally import Tallies
from bridge.domain.ticket import TicketState

WINDOWS = {Window.DAY: "24 hours", Window.WEEK: "7 days", Window.MONTH: "28 days"}
STEPS = {Window.DAY: "per hour", Window.WEEK: "per 6 hours", Window.MONTH: "per day"}

NO_CASE = "\N{EN DASH}"
UNITS = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address asks for. Whatever it does not say, or says wrongly, is as usual."""

    window: Window = Window.DAY
    route: str | None = None
    worked: bool = False

    def address(self, path: str = "/measures", **other: str) -> str:
        said = {"window": self.window.value, "route": self.route, "clock": "work" if self.worked else None, **other}
        pairs = {name: value for name, value in said.items() if value and (name, value) != ("window", "day")}
        return f"{path}?{urlencode(pairs)}" if pairs else path


async def page(house: House, request: web.Request, viewer: Viewer) -> web.Response:
    choice, tallies, routes = await _asked(house, request)
    found = await _report(house, choice, tallies)
    body = house.painter.paint(
        "measures.html", viewer=viewer, choice=choice, windows=WINDOWS, step=STEPS[choice.window], routes=routes,
        report=found, spans=SPANS, rates=RATES, now=await _now(house, choice), lasted=lasted, share=share,
        source=choice.address("/measures.json"),
    )  # fmt: skip
    return web.Response(text=str(body), content_type="text/html", headers=HEADERS)


async def figures(house: House, request: web.Request, _viewer: Viewer) -> web.Response:
    """What the charts are drawn from: columns over time, seconds since 1970 and seconds of waiting."""
    choice, tallies, _ = await _asked(house, request)
    found = await _report(house, choice, tallies)
    return web.json_response(_columns(found), headers=HEADERS)


async def _asked(house: House, request: web.Request) -> tuple[Choice, Tallies, list[str]]:
    asked = request.query
    window = next((one for one in Window if one.value == asked.get("window")), Window.DAY)
    now = house.clock.now()
    everything = await house.store.measures.tallies(window.since(now), now + timedelta(seconds=1))
    # Routes that are gone from the file still have tickets in these weeks.
    routes = sorted({route for _, route in everything} | {route.name for route in house.rules.current.routes()})
    route = asked.get("route") if asked.get("route") in routes else None
    choice = Choice(window, route, asked.get("clock") == "work")
    return choice, {key: tally for key, tally in everything.items() if route in {None, key[1]}}, routes


async def _report(house: House, choice: Choice, tallies: Tallies) -> Report:
    # Weeks of a large site are sorted beside the loop, not in it.
    return await asyncio.to_thread(report, tallies, choice.window, house.clock.now(), worked=choice.worked)


async def _now(house: House, choice: Choice) -> dict[str, str]:
    """How it stands this moment."""
    running = await house.store.tickets.running()
    oldest = await house.store.tickets.oldest_in_queue()

    def number(state: TicketState) -> str:
        return str(sum(count for key, count in running.items() if key[0] is state and choice.route in {None, key[1]}))

    return {
        "Unassigned now": number(TicketState.OPEN),
        "Assigned now": number(TicketState.ASSIGNED),
        "Oldest waiting now, all routes": in_words(house.clock.now() - oldest) if oldest else "nobody waits",
    }


def _columns(found: Report) -> dict[str, list[float | None]]:
    def seconds(span: timedelta | None) -> float | None:
        return None if span is None else span.total_seconds()

    series = found.series
    return {
        "at": [moment.at.timestamp() for moment in series],
        "claim_p50": [seconds(moment.claim.p50) for moment in series],
        "claim_p90": [seconds(moment.claim.p90) for moment in series],
        "response_p50": [seconds(moment.first_response.p50) for moment in series],
        "response_p90": [seconds(moment.first_response.p90) for moment in series],
        "opened": [moment.opened for moment in series],
        "closed": [moment.closed for moment in series],
    }


def lasted(span: timedelta | None) -> str:
    """In two units, since figures are compared: "4 min 10 s", "2 h 5 min", "3 d 4 h"."""
    if span is None:
        return NO_CASE
    left, parts = round(span.total_seconds()), list[str]()
    for size, name in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if left >= size and len(parts) < UNITS:
            parts.append(f"{left // size} {name}")
        left %= size
    return " ".join(parts) or "0 s"


def share(rate: Rate) -> str:
    if rate.value is None:
        return NO_CASE
    return f"{rate.value:.1f}" if rate.each else f"{rate.value:.0%}"
