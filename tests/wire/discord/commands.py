"""The routes of the application itself: who am I, and which commands do I have."""

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.wire.discord.refusals import bad_form

if TYPE_CHECKING:
    from tests.wire.discord.server import DiscordServer


async def me(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    return server.world.bot.user_json()


async def application(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    return {
        "id": str(server.world.application),
        "name": "Handrail",
        "icon": None,
        "description": "",
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "00",
        "flags": 1 << 19 if server.gateway.content_allowed else 0,
        "owner": {"id": "1", "username": "owner", "discriminator": "0", "avatar": None, "global_name": None},
        "interactions_endpoint_url": server.endpoint_url,
    }


async def listed(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    return server.commands


async def overwrite(server: "DiscordServer", request: web.Request, body: Any) -> Any:
    complaints = []
    for place, command in enumerate(body):
        if not 1 <= len(command["name"]) <= 32 or not 1 <= len(command["description"]) <= 100:
            complaints.append((f"{place}.name", "Must be between 1 and 32, the description 1 and 100, in length."))
        complaints += _options(command.get("options") or [], f"{place}")
        if len(json.dumps(command)) > 8000:
            complaints.append((f"{place}", "8000 characters a command"))
    if complaints:
        raise bad_form(complaints)
    server.command_writes += 1
    extra = {"application_id": str(server.world.application), "guild_id": request.match_info["guild"], "version": "1"}
    known = {command["name"]: command["id"] for command in server.commands}
    server.commands = [
        {"id": known.get(command["name"], str(server.world.snowflake())), "type": 1, "nsfw": False,
         "default_member_permissions": None, "dm_permission": True, **extra, **command}
        for command in body
    ]  # fmt: skip
    return server.commands


def _options(options: list[dict[str, Any]], here: str) -> list[tuple[str, str]]:
    found = []
    if len(options) > 25:
        found.append((f"{here}.options", "Must be 25 or fewer in length."))
    for number, option in enumerate(options):
        place = f"{here}.options.{number}"
        if not 1 <= len(option["name"]) <= 32 or option["name"] != option["name"].lower():
            found.append((f"{place}.name", "Command name is invalid"))
        if not 1 <= len(option["description"]) <= 100:
            found.append((f"{place}.description", "Must be between 1 and 100 in length."))
        found += _options(option.get("options") or [], place)
    return found
