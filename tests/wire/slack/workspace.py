"""The state of one workspace: people, channels, messages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Payload = dict[str, Any]

TEAM = "T0ACME"
APP = "A0HANDRAIL"
BOT_ID = "B0HANDRAIL"
BOT_USER = "U0HANDRAIL"
OTHER_BOT = "B0OTHER"


class Refused(Exception):
    """`ok: false` with this code."""

    def __init__(self, code: str, **more: object) -> None:
        super().__init__(code)
        self.body = {"ok": False, "error": code, **more}


@dataclass(slots=True)
class Channel:
    id: str
    name: str
    members: set[str]
    archived: bool = False
    kind: str = "public"
    """public, private or im."""
    shared: bool = False
    """With another workspace, by Slack Connect."""
    messages: dict[str, Payload] = field(default_factory=dict)
    """By ts, in order."""

    @property
    def type(self) -> str:
        """As message events call it."""
        return {"public": "channel", "private": "group", "im": "im"}[self.kind]

    def replies(self, root: str) -> list[Payload]:
        return [
            message for message in self.messages.values() if message.get("thread_ts") == root and message["ts"] != root
        ]


class Workspace:
    """One team with two members, a guest, a stranger, a user group and two channels."""

    def __init__(self, now: Callable[[], datetime], team: str = TEAM) -> None:
        self.now = now
        self.team = team
        self.domain = "acme"
        self.written: dict[str, datetime] = {}
        """When each message was written, by ts."""
        self._count = 0
        self.users: dict[str, Payload] = {
            "U0ANA": _user("U0ANA", "Ana"),
            "U0BEN": _user("U0BEN", "Ben"),
            "U0GUEST": _user("U0GUEST", "Gus", is_restricted=True),
            "U0FAR": _user("U0FAR", "Fay", team_id="T0FAR", is_stranger=True),
            BOT_USER: _user(BOT_USER, "Handrail", is_bot=True),
        }
        self.groups: dict[str, Payload] = {
            "S0SUPPORT": {"id": "S0SUPPORT", "handle": "support", "name": "Support", "users": ["U0ANA", "U0BEN"]}
        }
        everyone = set(self.users)
        self.channels = {
            "C0HELP": Channel("C0HELP", "help", set(everyone)),
            "C0OPS": Channel("C0OPS", "ops", set(everyone)),
            "C0PRIVATE": Channel("C0PRIVATE", "private", {"U0ANA"}, kind="private"),
        }

    def next_ts(self) -> str:
        self._count += 1
        return f"{int(self.now().timestamp())}.{self._count:06d}"

    def channel(self, name: object, *, joined: bool = True) -> Channel:
        """The channel as our bot may use it."""
        channel = self.channels.get(str(name))
        if channel is None:
            raise Refused("channel_not_found")
        if joined and channel.archived:
            raise Refused("is_archived")
        if joined and BOT_USER not in channel.members:
            raise Refused("not_in_channel")
        return channel

    def direct_channel(self, user: str) -> Channel:
        if user not in self.users:
            raise Refused("user_not_found")
        return self.channels.setdefault(f"D{user}", Channel(f"D{user}", "", {user, BOT_USER}, kind="im"))

    def message(self, channel: Channel, ts: object) -> Payload:
        found = channel.messages.get(str(ts))
        if found is None or found.get("subtype") == "tombstone":
            raise Refused("message_not_found")
        return found

    def add(self, channel: Channel, message: Payload) -> Payload:
        root = message.get("thread_ts")
        if root is not None and root not in channel.messages:
            raise Refused("thread_not_found")
        ts = self.next_ts()
        stored = {"type": "message", "ts": ts, **message}
        channel.messages[ts] = stored
        self.written[ts] = self.now()
        if root is not None:
            channel.messages[root]["thread_ts"] = root
        return stored

    def remove(self, channel: Channel, ts: str) -> tuple[Payload, Payload | None]:
        """The message as it was, and the tombstone a root with replies leaves."""
        before = channel.messages[ts]
        if channel.replies(ts):
            tombstone = {"type": "message", "subtype": "tombstone", "ts": ts, "thread_ts": ts, "user": "USLACKBOT"}
            channel.messages[ts] = tombstone
            return before, tombstone
        del channel.messages[ts]
        return before, None


def _user(user: str, name: str, **more: object) -> Payload:
    profile = {"display_name": name, "real_name": f"{name} Example", "image_192": f"https://avatars.example/{user}.png"}
    return {
        "id": user,
        "team_id": TEAM,
        "name": name.lower(),
        "deleted": False,
        "is_bot": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "profile": profile,
        **more,
    }
