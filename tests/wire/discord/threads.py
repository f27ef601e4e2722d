"""The routes of channels, threads and members."""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.wire.discord.messages import set_archived
from tests.wire.discord.refusals import Refusal, bad_form
from tests.wire.discord.world import ACTIVE_THREADS, DM, PUBLIC_THREAD, TEXT, Channel, Post

if TYPE_CHECKING:
    from tests.wire.discord.server import DiscordServer

ARCHIVE_AFTER = {60, 1440, 4320, 10080}


async def fetch(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    return server.world.channel_json(server.world.channel(request.match_info["channel"]))


async def roles(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    return server.world.guild_json()["roles"]


async def start(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    world = server.world
    channel = world.channel(request.match_info["channel"])
    world.need(channel, "CREATE_PUBLIC_THREADS")
    starter = world.post(channel, request.match_info["message"])
    complaints = []
    if not 1 <= len(body.get("name") or "") <= 100:
        complaints.append(("name", "Must be between 1 and 100 in length."))
    if body.get("auto_archive_duration", 1440) not in ARCHIVE_AFTER:
        complaints.append(("auto_archive_duration", "Value must be one of (60, 1440, 4320, 10080)."))
    if complaints:
        raise bad_form(complaints)
    if channel.kind != TEXT:
        raise Refusal(400, 50024, "Cannot execute action on this channel type")
    if starter.id in world.channels:
        raise Refusal(400, 160004, "A thread has already been created for this message")
    if len(world.active_threads()) >= ACTIVE_THREADS:
        raise Refusal(400, 160006, "Maximum number of active threads reached")
    thread = Channel(starter.id, PUBLIC_THREAD, body["name"], parent=channel.id)
    thread.archive_minutes = body.get("auto_archive_duration", 1440)
    world.channels[thread.id] = thread
    await server.gateway.tell("THREAD_CREATE", {**world.channel_json(thread), "newly_created": True})
    # The thread's own first line points back to the starter: a system message that nobody wrote.
    pointer = Post(world.snowflake(), thread.id, world.bot, "", server.clock.now(), kind=21)
    world.posts[pointer.id] = pointer
    await server.gateway.message(pointer, "MESSAGE_CREATE")
    return world.channel_json(thread)


async def edit(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    world = server.world
    thread = world.channel(request.match_info["channel"])
    unknown = body.keys() - {"archived", "locked", "name", "auto_archive_duration"}
    if unknown:
        raise bad_form([(key, "unknown key") for key in unknown])
    if thread.archived and thread.locked:
        world.need(thread, "MANAGE_THREADS")
    if thread.archived and body.get("archived") is not False:
        raise Refusal(400, 50083, "Thread is archived")
    thread.name = body.get("name", thread.name)
    await set_archived(server, thread, archived=body.get("archived", thread.archived))
    return world.channel_json(thread)


async def open_dm(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    world = server.world
    recipient = world.members.get(int(body["recipient_id"]))
    if recipient is None:
        raise Refusal(404, 10013, "Unknown User")
    for channel in world.channels.values():
        if channel.kind == DM and channel.recipient is recipient:
            return world.channel_json(channel)
    return world.channel_json(world.add_channel("", DM, recipient=recipient))


async def member(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    found = server.world.members.get(int(request.match_info["user"]))
    if found is None or int(request.match_info["guild"]) != server.world.guild:
        raise Refusal(404, 10007, "Unknown Member")
    return {**found.member_json(), "user": found.user_json()}
