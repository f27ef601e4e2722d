"""Fills answers: an answer that was stored names ids only, its words are read when it is sent."""

from collections.abc import Sequence

from aiohttp import web
from pydantic_core import to_json

from bridge.api.call import Api
from bridge.api.strict_json import Json
from bridge.domain.availability import availability_of
from bridge.domain.change import TicketFacts, Verdict, facts_of
from bridge.domain.envelope import iso, metadata_json, ticket_json, user_json
from bridge.domain.refs import BotName, TicketId
from bridge.domain.routing import Route
from bridge.domain.saying import availability_text
from bridge.domain.ticket import Ticket
from bridge.domain.words import Brief, User

Body = dict[str, Json]


def answer(body: Body, *, status: int = 200, replayed: bool = False) -> web.Response:
    return web.Response(
        body=to_json(body), status=status, headers=_replay(replayed), content_type="application/json", charset="utf-8"
    )


def nothing(*, replayed: bool) -> web.Response:
    """204."""
    return web.Response(status=204, headers=_replay(replayed))


def _replay(replayed: bool) -> dict[str, str]:
    return {"Idempotency-Replayed": "true"} if replayed else {}


async def verdict(api: Api, given: Verdict) -> Body:
    """The answer to an event: the ticket as it was then, with the words of now."""
    if given.said is not None:
        return _nested(given.ticket, (given.said.user, given.said.brief), thread=None)
    told = await api.store.tickets.told_with([given.ticket.id])
    return _nested(given.ticket, told.get(given.ticket.id), thread=None)


async def tickets(api: Api, found: Sequence[Ticket]) -> list[Body]:
    """Tickets as they are now."""
    told = await api.store.tickets.told_with([each.id for each in found])
    return [
        _nested(facts_of(each), told.get(each.id), thread=api.permalink(each.thread) if each.thread else None)
        for each in found
    ]


def _nested(facts: TicketFacts, told: tuple[User, Brief] | None, *, thread: str | None) -> Body:
    return {
        "ticket": ticket_json(facts, thread=thread),
        "conversation": {"external_id": facts.conversation},
        "user": user_json(told[0]) if told is not None else None,
        "metadata": metadata_json(told[1]) if told is not None else None,
    }


async def availability(
    api: Api, route: Route | None, *, language: str | None = None, timezone: str | None = None, at_once: bool = False
) -> Json:
    """Whether somebody is there on a route of today's rules; None when they have it no more.

    `at_once`: with the figures that are known already.
    """
    if route is None:
        return None
    crowds = api.desk.crowds
    crowd = crowds.at_once(route) if at_once else await crowds.of(route)
    now = api.clock.now()
    known = availability_of(route, crowd, now)
    return {
        "open": known.open,
        "next_opening": iso(known.next_opening),
        "people_on_shift": known.people_on_shift,
        "queue_depth": known.queue_depth,
        "wait": {
            "p50_seconds": known.wait.p50.total_seconds() if known.wait.p50 is not None else None,
            "p90_seconds": known.wait.p90.total_seconds() if known.wait.p90 is not None else None,
            "count": known.wait.count,
        },
        "route": known.route,
        "say": availability_text(known, now, language, timezone),
    }


async def previous(api: Api, bot: BotName, earlier: TicketId | None) -> Json:
    """The conversation's ticket before this one."""
    found = await api.store.tickets.get(earlier, bot=bot) if earlier is not None else None
    if found is None:
        return None
    return {
        "id": found.id,
        "number": found.number,
        "closed_at": iso(found.closed_at),
        "outcome": found.outcome.value if found.outcome is not None else None,
    }


def prefers_markdown(accept: str) -> bool:
    """Does the Accept header want Markdown more than JSON? JSON where it does not say."""
    wanted = {"text/markdown": 0.0, "application/json": 0.0}
    for entry in accept.split(",")[:20]:
        kind, *settings = (part.strip().lower() for part in entry.split(";"))
        weight = next((setting[2:] for setting in settings if setting.startswith("q=")), "1")
        name = "text/markdown" if kind == "text/*" else kind
        if name in wanted:
            wanted[name] = max(wanted[name], _weight(weight))
    return wanted["text/markdown"] > wanted["application/json"]


def _weight(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0
