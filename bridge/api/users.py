"""The call about a bot's own users: erase one."""

from aiohttp import web

from bridge.api import present
from bridge.api.call import Call
from bridge.api.fields import is_external_id
from bridge.api.problems import Problem
from bridge.api.strict_json import Json
from bridge.domain.envelope import iso
from bridge.domain.erasing import Receipt
from bridge.domain.events.operators import Operator, UserErasure


async def erase(call: Call) -> web.StreamResponse:
    """202 with the receipt; the same for one who was erased before and has not come back."""
    external_id, common = call.request.match_info["external_id"], call.common
    if not is_external_id(external_id):
        raise Problem("not-found", "There is no such user of this bot.")
    bot = call.caller.bot
    event = UserErasure(
        bot=bot, external_id=external_id, by=Operator(key=f"bot:{bot}", via="api"), at=common["at"],
        key=common["key"], fingerprint=common["fingerprint"],
    )  # fmt: skip
    receipt = await call.api.desk.handle(event)
    return present.answer({"erasure": _shown(receipt)}, status=202, replayed=receipt.again)


def _shown(receipt: Receipt) -> Json:
    counts = receipt.counts
    return {
        "id": receipt.id, "erased_at": iso(receipt.at), "tickets": counts.tickets, "messages": counts.messages,
        "files": counts.files,
    }  # fmt: skip
