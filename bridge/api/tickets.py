"""Calls about tickets: escalate, read, list, change, take back."""

from aiohttp import web

from bridge.api import present, translate
from bridge.api.call import Call, no_such_ticket
from bridge.api.fields import is_external_id
from bridge.api.limits import PAGE_ROWS, PAGE_USUAL
from bridge.api.models import EscalationIn, TakebackIn, TicketPatchIn
from bridge.api.query import Query
from bridge.api.strict_json import Json
from bridge.domain.ticket import TicketState
from bridge.domain.transcript import as_json, as_markdown
from bridge.store.cursors import read_cursor


async def escalate(call: Call) -> web.StreamResponse:
    """201 when a ticket was opened, 200 when the conversation had one."""
    sent = call.sent(EscalationIn)
    verdict = await call.report(translate.escalated(sent, call.common))
    merged, reopened = verdict.code == "merged", verdict.code == "reopened"
    if verdict.code == "opened" and not verdict.replayed:
        _count_latency(call)
    body = await present.verdict(call.api, verdict)
    route = call.api.rules.current.route_named(verdict.ticket.route)
    language = sent.language or (sent.user.locale if sent.user is not None else None)
    zone = sent.user.timezone if sent.user is not None else None
    body["availability"] = await present.availability(call.api, route, language=language, timezone=zone, at_once=True)
    body["merged"] = merged
    body["reopened"] = reopened
    body["previous"] = await present.previous(call.api, call.caller.bot, verdict.ticket.previous)
    return present.answer(body, status=200 if merged or reopened else 201, replayed=verdict.replayed)


def _count_latency(call: Call) -> None:
    """From the bot's own time to here; only a signed call says it."""
    headers = call.request.headers
    if "webhook-signature" in headers:
        late = call.api.clock.now().timestamp() - int(headers["webhook-timestamp"])
        call.api.metrics.escalation_seconds.observe(max(0.0, late))


async def read_ticket(call: Call) -> web.StreamResponse:
    ticket = await call.api.store.tickets.get(call.ticket, bot=call.caller.bot)
    if ticket is None:
        raise no_such_ticket()
    return present.answer((await present.tickets(call.api, [ticket]))[0])


async def list_tickets(call: Call) -> web.StreamResponse:
    """Newest first, in pages. The cursor is opaque."""
    query = Query(call.request, {"state", "external_conversation_id", "cursor", "limit"})
    state = query.one_of("state", (each.value for each in TicketState))
    conversation = query.text("external_conversation_id")
    if conversation is not None and not is_external_id(conversation):
        query.wrong("external_conversation_id", "external-id", "This cannot be an id of a conversation.")
    cursor, limit = query.text("cursor"), query.number("limit", 1, PAGE_ROWS, PAGE_USUAL)
    if cursor is not None and read_cursor(cursor, int) is None:
        query.wrong("cursor", "cursor", "This is no cursor of ours.")
    query.finish()
    tickets, following = await call.api.store.tickets.list(
        call.caller.bot,
        state=TicketState(state) if state else None,
        conversation=conversation,
        cursor=cursor,
        limit=limit,
    )
    rows: list[Json] = [*await present.tickets(call.api, tickets)]
    return present.answer({"tickets": rows, "next": following})


async def patch_ticket(call: Call) -> web.StreamResponse:
    verdict = await call.report(translate.ticket_patched(call.sent(TicketPatchIn), call.ticket, call.common))
    return present.answer(await present.verdict(call.api, verdict), replayed=verdict.replayed)


async def take_back(call: Call) -> web.StreamResponse:
    verdict = await call.report(translate.taken_back(call.sent(TakebackIn), call.ticket, call.common))
    return present.answer(await present.verdict(call.api, verdict), replayed=verdict.replayed)


async def read_transcript(call: Call) -> web.StreamResponse:
    """Only what user, bot and team said to each other; notes stay inside."""
    ticket = await call.api.store.tickets.get(call.ticket, bot=call.caller.bot)
    view = await call.api.store.tickets.view(ticket.id) if ticket is not None else None
    if ticket is None or view is None:
        raise no_such_ticket()
    if present.prefers_markdown(call.request.headers.get("Accept", "")):
        return web.Response(
            text=as_markdown(view), content_type="text/markdown", charset="utf-8", headers={"Vary": "Accept"}
        )
    whole: dict[str, str] = {message.id: message.text for message in view.messages}
    said = as_json(view)
    for line in said:
        if isinstance(line, dict) and line.get("text_truncated"):  # short in callbacks, whole here
            line["text"], line["text_truncated"] = whole.get(str(line["id"]), ""), False
    body = (await present.tickets(call.api, [ticket]))[0]
    body["messages"] = said
    response = present.answer(body)
    response.headers["Vary"] = "Accept"
    return response
