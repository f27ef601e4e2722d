"""What happens to channels, people and the installation, with the events Slack sends of it."""

from typing import TYPE_CHECKING

from tests.wire.slack.workspace import Channel, Payload

if TYPE_CHECKING:
    from tests.wire.slack.server import SlackServer


class Happenings:
    """`server.happens`. Channels and users are ids."""

    def __init__(self, server: "SlackServer") -> None:
        self._server = server
        self._workspace = server.workspace

    # ── channels ──

    def archive(self, channel: str, by: str = "U0ANA") -> None:
        place = self._place(channel)
        place.archived = True
        self._tell(place, "archive", {"channel": channel, "user": by, "is_moved": 0})

    def unarchive(self, channel: str, by: str = "U0ANA") -> None:
        place = self._place(channel)
        place.archived = False
        self._tell(place, "unarchive", {"channel": channel, "user": by})

    def rename(self, channel: str, name: str) -> None:
        place = self._place(channel)
        place.name = name
        about = {"id": channel, "name": name, "created": int(self._workspace.now().timestamp())}
        self._tell(place, "rename", {"channel": about})

    def delete(self, channel: str, by: str = "U0ANA") -> None:
        place = self._workspace.channels.pop(channel)
        self._tell(place, "deleted", {"channel": channel, "actor_id": by})

    def kick(self, channel: str, by: str = "U0ANA") -> None:
        """Our bot is thrown out."""
        place = self._place(channel)
        place.members.discard(self._workspace.bot_user)
        self._left(place, self._workspace.bot_user)
        self._tell(place, "left", {"channel": channel, "actor_id": by})

    def invite(self, channel: str, user: str | None = None, by: str = "U0ANA") -> None:
        """Our bot, or a user, joins."""
        place, who = self._place(channel), user or self._workspace.bot_user
        place.members.add(who)
        kind = "C" if place.kind == "public" else "G"
        about = {"user": who, "channel": channel, "channel_type": kind, "team": self._workspace.team, "inviter": by}
        self._event({"type": "member_joined_channel", **about})

    def leaves(self, channel: str, user: str) -> None:
        place = self._place(channel)
        place.members.discard(user)
        self._left(place, user)

    def make_private(self, channel: str) -> None:
        """Slack announces it in the channel only."""
        self._place(channel).kind = "private"

    def moved(self, channel: str, new: str) -> None:
        """Slack Connect gives a channel another id."""
        place = self._workspace.channels.pop(channel)
        place.id = new
        self._workspace.channels[new] = place
        self._event({"type": "channel_id_changed", "old_channel_id": channel, "new_channel_id": new})

    def share(self, channel: str, other: "SlackServer", *users: str) -> None:
        """By Slack Connect: the other workspace's people are in it, and strangers here."""
        place = self._place(channel)
        place.shared = True
        other.workspace.channels[channel] = place
        for user in users or [one for one in other.workspace.users if one != other.workspace.bot_user]:
            facts = other.workspace.users[user]
            self._workspace.users[user] = {**facts, "is_stranger": True}
            place.members.add(user)

    # ── people ──

    def changes(self, user: str, **facts: object) -> None:
        """A profile changes: `display_name` or `real_name`, or a fact such as deleted or is_restricted."""
        about = self._workspace.users[user]
        for name, value in facts.items():
            (about["profile"] if name in about["profile"] else about)[name] = value
        self._event({"type": "user_change", "user": dict(about)})

    def regroup(self, group: str, *users: str) -> None:
        """The user group has these members from now on."""
        about = self._workspace.groups[group]
        before, about["users"] = about["users"], list(users)
        told = {"added_users": sorted(set(users) - set(before)), "removed_users": sorted(set(before) - set(users))}
        self._event({"type": "subteam_members_changed", "subteam_id": group, "team_id": self._workspace.team, **told})

    def reacts(self, channel: str, ts: str, user: str, name: str) -> None:
        message = self._place(channel).messages[ts]
        message.setdefault("reactions", []).append({"name": name, "users": [user]})
        item = {"type": "message", "channel": channel, "ts": ts}
        self._event({"type": "reaction_added", "user": user, "reaction": name, "item": item})

    # ── the installation ──

    def revoke_token(self) -> None:
        """Somebody revokes the bot's token; `reinstall` brings a new one."""
        self._server.gate.revoked = True
        self._event({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self._workspace.bot_user]}})

    def uninstall(self) -> None:
        self._server.gate.revoked = True
        self._event({"type": "app_uninstalled"})

    def deactivate(self) -> None:
        """The account the app belongs to is switched off: every call is `account_inactive`."""
        self._server.gate.deactivated = True

    def reinstall(self, token: str | None = None) -> str:
        """The new bot token; the old one is dead from now on."""
        gate = self._server.gate
        gate.dead.add(gate.bot_token)
        gate.bot_token = token or f"{gate.bot_token}-next"
        gate.revoked = gate.deactivated = False
        gate.scopes = set(self._server.grants.scopes)
        return gate.bot_token

    def replace_app_token(self) -> str:
        """The new app-level token; the old one is invalid."""
        gate = self._server.gate
        gate.app_token = f"{gate.app_token}-next"
        return gate.app_token

    def _place(self, channel: str) -> Channel:
        return self._workspace.channels[channel]

    def _left(self, place: Channel, user: str) -> None:
        kind = "C" if place.kind == "public" else "G"
        about = {"user": user, "channel": place.id, "channel_type": kind, "team": self._workspace.team}
        self._event({"type": "member_left_channel", **about})

    def _tell(self, place: Channel, what: str, about: Payload) -> None:
        kind = "channel" if place.kind == "public" else "group"
        self._event({"type": f"{kind}_{what}", **about})

    def _event(self, event: Payload) -> None:
        self._server.event({**event, "event_ts": self._workspace.next_ts()})
