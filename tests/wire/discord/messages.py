"""The routes of messages and reactions."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.wire.discord import checks
from tests.wire.discord.refusals import Refusal, bad_form
from tests.wire.discord.world import DM, Channel, Post

if TYPE_CHECKING:
    from tests.wire.discord.server import DiscordServer

NONCE_WINDOW = timedelta(minutes=3)
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")


async def create(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    world = server.world
    channel = world.channel(request.match_info["channel"])
    world.need(channel, "SEND_MESSAGES_IN_THREADS" if channel.is_thread else "SEND_MESSAGES")
    if channel.locked:
        raise Refusal(400, 160005, "This thread is locked")
    if channel.kind == DM and channel.recipient is not None and not channel.recipient.takes_dms:
        raise Refusal(403, 50007, "Cannot send messages to this user")
    checks.message(body)
    nonce = body.get("nonce") if body.get("enforce_nonce") else None
    if nonce is not None:
        earlier = server.nonces.get(nonce)
        if earlier is not None and server.clock.now() - earlier[1] <= NONCE_WINDOW:
            if earlier[0] in world.deleted:
                raise Refusal(404, 10008, "Unknown Message")
            return world.post_json(world.posts[earlier[0]], nonce=True)
    if channel.is_thread and channel.archived:
        # A plain send wakes an archived thread (Discord, topics/threads).
        await set_archived(server, channel, archived=False)
    post = Post(
        id=world.snowflake(),
        channel=channel.id,
        author=world.bot,
        content=body.get("content") or "",
        at=server.clock.now(),
        embeds=[{"type": "rich", **embed} for embed in body.get("embeds") or []],
        components=body.get("components") or [],
        flags=body.get("flags") or 0,
        nonce=body.get("nonce"),
    )
    if nonce is not None:
        server.nonces[nonce] = (post.id, server.clock.now())
    server.pinged += [(channel.id, who) for who in checks.pinged(post.content, body.get("allowed_mentions"))]
    await published(server, post)
    return world.post_json(post, nonce=True)


async def published(server: "DiscordServer", post: Post) -> None:
    """Keep a new message and tell the gateway of it."""
    world = server.world
    post.mentioned = [world.members[int(one)] for one in _USER.findall(post.content) if int(one) in world.members]
    post.mentioned_roles = [int(one) for one in _ROLE.findall(post.content) if int(one) in world.roles]
    world.posts[post.id] = post
    await server.gateway.message(post, "MESSAGE_CREATE")


async def listed(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    world = server.world
    channel = world.channel(request.match_info["channel"])
    world.need(channel, "READ_MESSAGE_HISTORY")
    limit = int(request.query.get("limit", "50"))
    if not 1 <= limit <= 100:
        raise bad_form([("limit", "int value should be between 1 and 100")])
    posts = world.in_channel(channel.id)
    if "after" in request.query:
        posts = [post for post in posts if post.id > int(request.query["after"])][:limit]
    elif "before" in request.query:
        posts = [post for post in posts if post.id < int(request.query["before"])][-limit:]
    else:
        posts = posts[-limit:]
    # Newest first in every case, and without nonces: those are told to the sender and the gateway only.
    return [world.post_json(post) for post in reversed(posts)]


async def fetch(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    _, post = _place(server, request)
    return server.world.post_json(post)


async def edit(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    channel, post = _place(server, request)
    _awake(channel)
    if post.author is not server.world.bot:
        raise Refusal(403, 50005, "Cannot edit a message authored by another user")
    checks.message(body, editing=True)
    if "content" in body:
        post.content = body["content"] or ""
    if "embeds" in body:
        post.embeds = [{"type": "rich", **embed} for embed in body["embeds"] or []]
    if "components" in body:
        post.components = body["components"] or []
    if not post.content.strip() and not post.embeds and not post.components:
        raise Refusal(400, 50006, "Cannot send an empty message")
    post.edited = server.clock.now()
    await server.gateway.message(post, "MESSAGE_UPDATE")
    return server.world.post_json(post)


async def delete(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    channel, post = _place(server, request)
    if post.author is not server.world.bot:
        server.world.need(channel, "MANAGE_MESSAGES")
    await removed(server, post)


async def removed(server: "DiscordServer", post: Post) -> None:
    server.world.posts.pop(post.id, None)
    server.world.deleted.add(post.id)
    gone = {"id": str(post.id), "channel_id": str(post.channel), "guild_id": str(server.world.guild)}
    await server.gateway.tell("MESSAGE_DELETE", gone)


async def react(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    channel, post = _place(server, request)
    _awake(channel)
    server.world.need(channel, "ADD_REACTIONS")
    emoji = request.match_info["emoji"]
    if len(post.reactions) >= 20 and emoji not in post.reactions:
        raise Refusal(400, 30010, "Maximum number of reactions reached (20)")
    who = post.reactions.setdefault(emoji, [])
    if server.world.bot.id not in who:
        who.append(server.world.bot.id)


async def unreact(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    channel, post = _place(server, request)
    _awake(channel)
    who = post.reactions.get(request.match_info["emoji"], [])
    if server.world.bot.id not in who:
        raise Refusal(404, 10014, "Unknown Emoji")
    who.remove(server.world.bot.id)
    if not who:
        del post.reactions[request.match_info["emoji"]]


async def set_archived(server: "DiscordServer", channel: Channel, *, archived: bool) -> None:
    channel.archived = archived
    await server.gateway.tell("THREAD_UPDATE", server.world.channel_json(channel))


def _place(server: "DiscordServer", request: web.Request) -> tuple[Channel, Post]:
    channel = server.world.channel(request.match_info["channel"])
    return channel, server.world.post(channel, request.match_info["message"])


def _awake(channel: Channel) -> None:
    if channel.is_thread and channel.archived:
        raise Refusal(400, 50083, "Thread is archived")
