"""The answers to interactions: within 3 seconds, once, and afterwards by their token."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.wire.discord import checks
from tests.wire.discord.refusals import Refusal, bad_form
from tests.wire.discord.world import Member, Post

if TYPE_CHECKING:
    from tests.wire.discord.server import DiscordServer

IN_TIME = timedelta(seconds=3)
TOKEN_LASTS = timedelta(minutes=15)


@dataclass
class Asking:
    """One interaction from the member's side: what they see of it."""

    id: int
    token: str
    kind: int
    at: datetime
    member: Member
    channel: int
    message: Post | None = None
    response: int | None = None
    """The kind of callback it got: 4 message, 5 thinking, 6 silent, 7 update, 9 form."""
    form: dict[str, Any] | None = None
    thinking: bool = False
    replies: list[Post] = field(default_factory=list)
    """What came back to this member, in order."""

    @property
    def private(self) -> bool:
        return all(reply.ephemeral for reply in self.replies)

    @property
    def said(self) -> str:
        return "\n".join(reply.content for reply in self.replies)


async def callback(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    asking = server.interactions.get(int(request.match_info["interaction"]))
    if asking is None or asking.token != request.match_info["token"] or server.clock.now() - asking.at > IN_TIME:
        raise Refusal(404, 10062, "Unknown interaction")
    if asking.response is not None:
        raise Refusal(400, 40060, "Interaction has already been acknowledged.")
    kind, data = body["type"], body.get("data") or {}
    if kind in {6, 7} and asking.kind not in {3, 5}:
        raise bad_form([("type", "only for components")])
    if kind == 9 and asking.kind == 5:
        raise bad_form([("type", "a form cannot answer a form")])
    seen: dict[str, Any] = {"id": str(asking.id), "type": asking.kind}
    if kind == 4:
        reply = _reply(server, asking, data, data.get("flags") or 0)
        seen |= {"response_message_id": str(reply.id)}
    elif kind == 5:
        thinking = Post(server.world.snowflake(), asking.channel, server.world.bot, "", server.clock.now())
        thinking.flags = 128 | (data.get("flags") or 0)
        asking.replies.append(thinking)
        asking.thinking = True
        seen |= {"response_message_loading": True, "response_message_id": str(thinking.id)}
    elif kind == 9:
        _check_form(data)
        asking.form = data
    asking.response = kind
    return {"interaction": seen, "resource": {"type": kind}} if request.query.get("with_response") else None


async def follow_up(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    asking = _known(server, request)
    checks.message(body)
    if asking.thinking:
        return server.world.post_json(_fill(asking, body))
    return server.world.post_json(_reply(server, asking, body, body.get("flags") or 0))


async def get_original(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    return server.world.post_json(_original(_known(server, request)))


async def edit_original(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    asking = _known(server, request)
    checks.message(body, editing=True)
    if asking.thinking:
        return server.world.post_json(_fill(asking, body))
    original = _original(asking)
    original.content = body.get("content", original.content) or ""
    original.components = body.get("components", original.components) or []
    return server.world.post_json(original)


async def delete_original(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    asking = _known(server, request)
    asking.replies.remove(_original(asking))
    asking.thinking = False


def _known(server: "DiscordServer", request: web.Request) -> Asking:
    token = request.match_info["token"]
    asking = next((one for one in server.interactions.values() if one.token == token), None)
    if asking is None or asking.response is None:
        raise Refusal(404, 10015, "Unknown Webhook")
    if server.clock.now() - asking.at > TOKEN_LASTS:
        raise Refusal(401, 50027, "Invalid Webhook Token")
    return asking


def _original(asking: Asking) -> Post:
    if asking.response in {6, 7} and asking.message is not None:
        return asking.message
    if not asking.replies:
        raise Refusal(404, 10008, "Unknown Message")
    return asking.replies[0]


def _reply(server: "DiscordServer", asking: Asking, body: Any, flags: int) -> Post:
    checks.message({key: body[key] for key in body.keys() & checks.MESSAGE_KEYS})
    reply = Post(server.world.snowflake(), asking.channel, server.world.bot, body.get("content") or "", asking.at)
    reply.flags = flags
    reply.embeds = [{"type": "rich", **embed} for embed in body.get("embeds") or []]
    reply.components = body.get("components") or []
    server.pinged += [(asking.channel, who) for who in checks.pinged(reply.content, body.get("allowed_mentions"))]
    if not reply.ephemeral:
        server.world.posts[reply.id] = reply
    asking.replies.append(reply)
    return reply


def _fill(asking: Asking, body: Any) -> Post:
    """The first words after a deferral take the place of "is thinking", and its privacy."""
    reply = asking.replies[0]
    reply.content = body.get("content") or ""
    reply.embeds = [{"type": "rich", **embed} for embed in body.get("embeds") or []]
    reply.components = body.get("components") or []
    reply.flags &= ~128
    asking.thinking = False
    return reply


def _check_form(data: Any) -> None:
    complaints = []
    if not 1 <= len(data.get("title") or "") <= 45 or not 1 <= len(data.get("custom_id") or "") <= 100:
        complaints.append(("title", "Must be between 1 and 45, the custom_id 1 and 100, in length."))
    if not 1 <= len(data.get("components") or []) <= 5:
        complaints.append(("components", "Must be between 1 and 5 in length."))
    if complaints:
        raise bad_form(complaints)
