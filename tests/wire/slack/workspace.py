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
    written: dict[str, datetime] = field(default_factory=dict)
    """When each was written, by ts."""

    @property
    def type(self) -> str:
        """As message events call it."""
        return {"public": "channel", "private": "group", "im": "im"}[self.kind]

    def replies(self, root: str) -> list[Payload]:
        return [
            message for message in self.messages.values() if message.get("thread_ts") == root and message["ts"] != root
        ]


class Workspace:
    """One team with two members, a guest, a stranger, a user group, two channels and a private one.

    `number` makes another team of the same kind: T1ACME with U1ANA, C1HELP and an app of its own.
    """

    def __init__(self, now: Callable[[], datetime], number: int = 0) -> None:
        self.now = now
        self.team, self.app = renumbered(TEAM, number), renumbered(APP, number)
        self.bot_id, self.bot_user = renumbered(BOT_ID, number), renumbered(BOT_USER, number)
        self.domain = "acme" if not number else f"acme-{number}"
        self.lost_threads_leak = False
        """Does a reply to a root that is gone become a message of the channel? Nobody documents it."""
        self._count = 0
        ana, ben, guest, far = (renumbered(user, number) for user in ("U0ANA", "U0BEN", "U0GUEST", "U0FAR"))
        self.users: dict[str, Payload] = {
            ana: self.person(ana, "Ana"),
            ben: self.person(ben, "Ben"),
            guest: self.person(guest, "Gus", is_restricted=True),
            far: self.person(far, "Fay", team_id="T0FAR", is_stranger=True),
            self.bot_user: self.person(self.bot_user, "Handrail", is_bot=True),
        }
        group = renumbered("S0SUPPORT", number)
        self.groups: dict[str, Payload] = {
            group: {"id": group, "handle": "support", "name": "Support", "users": [ana, ben]}
        }
        self.channels: dict[str, Channel] = {}
        for name in ("help", "ops"):
            self.new_channel(renumbered(f"C0{name.upper()}", number), name, *self.users)
        self.new_channel(renumbered("C0PRIVATE", number), "private", ana, kind="private")

    @property
    def ours(self) -> Payload:
        """How a message names the app that posted it."""
        return {"bot_id": self.bot_id, "app_id": self.app, "user": self.bot_user}

    def new_channel(self, id_: str, name: str, *members: str, kind: str = "public") -> Channel:
        self.channels[id_] = Channel(id_, name, set(members), kind=kind)
        return self.channels[id_]

    def person(self, user: str, name: str, **more: object) -> Payload:
        """What users.info tells of them; put it into `users` to let somebody join."""
        picture = f"https://avatars.example/{user}.png"
        profile = {"display_name": name, "real_name": f"{name} Example", "image_192": picture}
        profile["email"] = f"{name.lower()}@{self.domain}.example"
        return {
            "id": user,
            "team_id": self.team,
            "name": name.lower(),
            "deleted": False,
            "is_bot": False,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "profile": profile,
            **more,
        }

    def next_ts(self) -> str:
        self._count += 1
        return f"{int(self.now().timestamp())}.{self._count:06d}"

    def channel(self, name: object, *, joined: bool = True, writing: bool = True) -> Channel:
        """The channel as our bot may use it. What is archived can still be read."""
        channel = self.channels.get(str(name))
        if channel is None:
            raise Refused("channel_not_found")
        if joined and writing and channel.archived:
            raise Refused("is_archived")
        if joined and self.bot_user not in channel.members:
            raise Refused("channel_not_found" if channel.kind == "private" else "not_in_channel")
        return channel

    def direct_channel(self, user: str) -> Channel:
        if user not in self.users:
            raise Refused("user_not_found")
        if self.users[user]["deleted"] or self.users[user]["is_bot"]:
            raise Refused("user_disabled" if self.users[user]["deleted"] else "cannot_dm_bot")
        return self.channels.setdefault(f"D{user}", Channel(f"D{user}", "", {user, self.bot_user}, kind="im"))

    def message(self, channel: Channel, ts: object) -> Payload:
        found = channel.messages.get(str(ts))
        if found is None or found.get("subtype") == "tombstone":
            raise Refused("message_not_found")
        return found

    def add(self, channel: Channel, message: Payload) -> Payload:
        root = message.get("thread_ts")
        if root is not None and root not in channel.messages:
            if not self.lost_threads_leak:
                raise Refused("thread_not_found")
            root = None
            message = {name: value for name, value in message.items() if name != "thread_ts"}
        if root is not None and channel.messages[root].get("thread_ts", root) != root:
            raise Refused("complaint", detail="thread_ts names a reply, not a root")
        ts = self.next_ts()
        stored = {"type": "message", "ts": ts, **message}
        channel.messages[ts] = stored
        channel.written[ts] = self.now()
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


def renumbered(id_: str, number: int) -> str:
    """U0ANA → U1ANA, C0HELP → C1HELP: the same thing of another workspace."""
    return id_.replace("0", str(number), 1)
