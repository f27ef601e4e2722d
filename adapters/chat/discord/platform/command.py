"""`/handrail`, the one command: known to the server, and written there only when it changed."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from adapters.chat.discord.platform.calls import Calls

_SUBCOMMAND, _STRING, _INTEGER, _USER = 1, 3, 4, 6


# May be left out in a ticket's thread; options of this kind stand behind those that may not.
_NUMBER: Mapping[str, Any] = {
    "type": _INTEGER,
    "name": "ticket",
    "description": "Number of the ticket; without it the one of this thread",
    "required": False,
    "min_value": 1,
}
_WHO = {"type": _USER, "name": "who", "description": "Who shall have it", "required": True}
_SPAN = {"type": _STRING, "name": "span", "description": "How long, as 30m, 2h or 1d", "required": True}
_TEXT = {"type": _STRING, "name": "text", "description": "What to say", "required": True}


def _sub(name: str, description: str, *options: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": _SUBCOMMAND, "name": name, "description": description, "options": list(options)}


COMMAND: Mapping[str, Any] = {
    "type": 1,
    "name": "handrail",
    "description": "Tickets that bots handed to people",
    "options": [
        _sub("list", "Who waits in this channel"),
        _sub("mine", "What you have"),
        _sub("next", "The one who has waited longest"),
        _sub("claim", "Take a ticket", _NUMBER),
        _sub("assign", "Give a ticket to somebody", _WHO, _NUMBER),
        _sub("release", "Put a ticket back into the queue", _NUMBER),
        _sub("reply", "Answer on a ticket: this goes out", _TEXT, _NUMBER),
        _sub("note", "Say something that stays inside", _TEXT, _NUMBER),
        _sub("close", "Close a ticket as resolved", _NUMBER),
        _sub("reopen", "Take up a closed ticket again", _NUMBER),
        _sub("snooze", "Set a ticket aside for a while", _SPAN, _NUMBER),
        _sub("wake", "End a ticket's rest", _NUMBER),
        _sub("why", "Why a ticket came here", _NUMBER),
        _sub("here", "The lines of the config file that name this channel"),
        _sub("help", "What you can ask"),
    ],
}


async def sync(calls: Calls, application: str, guild: str) -> bool:
    """True if the command had to be written. A server allows 200 new commands a day, so a restart writes nothing."""
    path = "/applications/{app}/guilds/{guild_id}/commands"
    at = {"app": application, "guild_id": guild}
    known = await calls.ask("GET", path, at)
    if isinstance(known, list) and len(known) == 1 and _hash(known[0]) == _hash(COMMAND):
        return False
    await calls.ask("PUT", path, at, body=[COMMAND])
    return True


def _hash(command: Mapping[str, Any]) -> str:
    """Of what we say about it; Discord's own additions and left-out defaults do not count."""
    return hashlib.sha256(json.dumps(_ours(command), sort_keys=True).encode()).hexdigest()


def _ours(node: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: node.get(key) for key in ("type", "name", "description", "min_value")}
    return kept | {
        "required": bool(node.get("required")),
        "options": [_ours(option) for option in node.get("options") or []],
    }
