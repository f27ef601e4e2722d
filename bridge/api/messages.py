"""Calls about what the end user says and does."""

from aiohttp import web

from bridge.api import present, translate
from bridge.api.call import Call
from bridge.api.models import ActivityIn, MessageEditIn, MessageIn, ReceiptIn
from bridge.domain.change import Verdict


async def post_message(call: Call) -> web.StreamResponse:
    sent = call.sent(MessageIn)
    verdict = await call.report(translate.user_wrote(sent, call.ticket, call.common))
    return await _told(call, verdict, sent.external_id, status=201)


async def edit_message(call: Call) -> web.StreamResponse:
    external_id = call.external_id
    event = translate.user_edited(call.sent(MessageEditIn), call.ticket, external_id, call.common)
    return await _told(call, await call.report(event), external_id, status=200)


async def delete_message(call: Call) -> web.StreamResponse:
    verdict = await call.report(translate.user_deleted(call.ticket, call.external_id, call.common))
    return present.nothing(replayed=verdict.replayed)


async def post_receipt(call: Call) -> web.StreamResponse:
    verdict = await call.report(translate.receipt_given(call.sent(ReceiptIn), call.ticket, call.common))
    return present.answer(await present.verdict(call.api, verdict), status=202, replayed=verdict.replayed)


async def post_activity(call: Call) -> web.StreamResponse:
    """Passing: shown to the team if somebody looks, never stored."""
    verdict = await call.report(translate.user_active(call.sent(ActivityIn), call.ticket, call.common))
    return present.answer(await present.verdict(call.api, verdict), status=202, replayed=verdict.replayed)


async def _message_id(call: Call, verdict: Verdict, external_id: str | None) -> str | None:
    """A changed message is not in the verdict: it was there before."""
    if verdict.message is not None or external_id is None:
        return verdict.message
    found = await call.api.store.messages.by_external(verdict.ticket.id, external_id)
    return found.id if found is not None else None


async def _told(call: Call, verdict: Verdict, external_id: str | None, *, status: int) -> web.StreamResponse:
    body = await present.verdict(call.api, verdict)
    body["message"] = {"id": await _message_id(call, verdict, external_id), "external_id": external_id}
    body["reopened"] = verdict.code == "reopened"
    return present.answer(body, status=status, replayed=verdict.replayed)
