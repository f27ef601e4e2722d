"""The call before an escalation: is somebody there?"""

from typing import Final

from aiohttp import web

from bridge.api import present
from bridge.api.call import Call
from bridge.api.query import Query
from bridge.domain.routing import RouteFacts
from bridge.domain.ticket import Priority
from bridge.domain.words import Scalar

WORD_AT_MOST: Final = 100
TAGS_AT_MOST: Final = 50
TRUE: Final = {"true": True, "false": False}


async def ask(call: Call) -> web.StreamResponse:
    """Routed like an escalation with these facts, at this moment; nothing is kept."""
    query = Query(call.request, {"priority", "language", "channel", "tags", "reason", "timezone"}, group="attributes")
    priority = query.one_of("priority", (each.value for each in Priority)) or Priority.NORMAL.value
    words = {name: _word(query, name) for name in ("language", "channel", "reason", "timezone")}
    tags = query.many("tags", TAGS_AT_MOST)
    attributes = _attributes(call, query)
    query.finish()
    facts = RouteFacts(
        bot=call.caller.bot,
        channel=words["channel"],
        priority=priority,
        language=words["language"],
        reason_code=words["reason"],
        tags=tags,
        user={"timezone": words["timezone"]} if words["timezone"] else {},
        attributes=attributes,
    )
    route = call.api.rules.current.route(facts, call.api.clock.now()).route
    body = await present.availability(call.api, route, language=words["language"], timezone=words["timezone"])
    return present.answer({"availability": body})


def _word(query: Query, name: str) -> str | None:
    value = query.text(name)
    if value is not None and (len(value) > WORD_AT_MOST or not value.isprintable()):
        query.wrong(name, "word", f"Use at most {WORD_AT_MOST} printable characters.")
        return None
    return value or None


def _attributes(call: Call, query: Query) -> dict[str, Scalar]:
    """An address knows only text: what the bot declared as a number or a boolean is read as one."""
    entry = call.api.rules.current.bots.get(call.caller.bot)
    declared = entry.attributes if entry is not None else {}
    found: dict[str, Scalar] = {}
    for name, text in query.grouped().items():
        match declared.get(name):
            case "number":
                found[name] = _number(query, name, text)
            case "boolean":
                if text not in TRUE:
                    query.wrong(f"attributes[{name}]", "boolean", "Use true or false.")
                found[name] = TRUE.get(text)
            case _:
                found[name] = text[:1000]
    return found


def _number(query: Query, name: str, text: str) -> float | None:
    try:
        value = float(text) if len(text) <= 40 else float("nan")
    except ValueError:
        value = float("nan")
    if value - value == 0:  # neither endless nor no number
        return value
    query.wrong(f"attributes[{name}]", "number", "Use a number.")
    return None
