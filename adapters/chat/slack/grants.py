"""What our app asks a workspace for: the one list the manifest is printed from, and that doctor and tests hold us to.

Whoever calls a further method or hears a further event names it here, with the scopes of its page at docs.slack.dev.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

COMMAND: Final = "/handrail"
EVENT_TYPE: Final = "handrail_item"
"""What the metadata of our posts are called."""
USAGE: Final = "list · mine · next · claim 1042 · assign 1042 @who · release 1042 · close 1042 · snooze 1042 2h · here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """An entry of a message's ⋯ menu."""

    name: str
    about: str


SHORTCUTS: Final[Mapping[str, Shortcut]] = {
    "send": Shortcut(name="Send", about="Send this message to the person the ticket is about"),
    "keep": Shortcut(name="Keep inside", about="Keep this message inside the team"),
    "unsend": Shortcut(name="Unsend", about="Take back what you sent from here"),
}
"""By callback id. Slash commands do not work in threads, these do."""

SCOPES: Final[Mapping[str, str]] = {
    "chat:write": "post and edit cards and messages",
    "chat:write.customize": "show a user's words under the user's name",
    "commands": "offer /handrail and the message shortcuts",
    "channels:history": "hear what is written in threads of public channels, and read back what was missed",
    "groups:history": "the same in private channels",
    "channels:read": "see whether a public channel can be used, and hear when that changes",
    "groups:read": "the same for private channels",
    "users:read": "learn names, guests and strangers",
    "usergroups:read": "learn who is in the user groups the teams name",
    "reactions:write": "mark messages as sent, held or failed",
    "files:read": "pass on files that members attach",
    "files:write": "show transcripts and users' files in the thread",
    "im:write": "send direct messages when a ticket waits too long",
    "metadata.message:read": "hear of our own posts, whose answers may have been lost",
}
"""Scope → what we need it for, as people are told who lack it."""

_BOTH_READ: Final = frozenset({"channels:read", "groups:read"})
_BOTH_HISTORY: Final = frozenset({"channels:history", "groups:history"})
_NONE: Final[frozenset[str]] = frozenset()

METHODS: Final[Mapping[str, frozenset[str]]] = {
    "apps.connections.open": _NONE,  # goes by the app-level token and its connections:write
    "auth.test": _NONE,
    "bots.info": frozenset({"users:read"}),
    "chat.delete": frozenset({"chat:write"}),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write", "chat:write.customize"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.history": _BOTH_HISTORY,
    "conversations.info": _BOTH_READ,
    "conversations.members": _BOTH_READ,
    "conversations.open": frozenset({"im:write"}),
    "conversations.replies": _BOTH_HISTORY,
    "files.completeUploadExternal": frozenset({"files:write"}),
    "files.delete": frozenset({"files:write"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "files.info": frozenset({"files:read"}),
    "reactions.add": frozenset({"reactions:write"}),
    "reactions.remove": frozenset({"reactions:write"}),
    "usergroups.list": frozenset({"usergroups:read"}),
    "usergroups.users.list": frozenset({"usergroups:read"}),
    "users.info": frozenset({"users:read"}),
    "views.open": _NONE,
    "views.publish": _NONE,
    "views.update": _NONE,
}
"""Every method we call, with the bot scopes it takes in the channels we use."""

EVENTS: Final[Mapping[str, frozenset[str]]] = {
    "app_home_opened": _NONE,
    "app_uninstalled": _NONE,
    "channel_archive": frozenset({"channels:read"}),
    "channel_deleted": frozenset({"channels:read"}),
    "channel_id_changed": frozenset({"channels:read"}),
    "channel_left": frozenset({"channels:read"}),
    "channel_unarchive": frozenset({"channels:read"}),
    "group_archive": frozenset({"groups:read"}),
    "group_deleted": frozenset({"groups:read"}),
    "group_left": frozenset({"groups:read"}),
    "group_unarchive": frozenset({"groups:read"}),
    "member_joined_channel": _BOTH_READ,
    "member_left_channel": _BOTH_READ,
    "message.channels": frozenset({"channels:history"}),
    "message.groups": frozenset({"groups:history"}),
    "message_metadata_posted": frozenset({"metadata.message:read"}),
    "subteam_members_changed": frozenset({"usergroups:read"}),
    "subteam_updated": frozenset({"usergroups:read"}),
    "tokens_revoked": _NONE,
    "user_change": frozenset({"users:read"}),
}
"""Every event of the bot we hear; one that nobody handles would only be sent for nothing."""

FEATURES: Final = frozenset({"commands", "files:read"})
"""Scopes no method's page names: the command itself, and reading a private file from its address."""


def needed() -> frozenset[str]:
    """Every bot scope the program uses."""
    return frozenset().union(FEATURES, *METHODS.values(), *EVENTS.values())
