"""What stands on the far side: one guild with its members, channels, threads and messages."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.wire.discord.refusals import Refusal

Json = dict[str, Any]

TEXT, DM, ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 10, 11, 12
THREADS = {ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD}
DISCORD_EPOCH_MS = 1_420_070_400_000
ACTIVE_THREADS = 1000


@dataclass
class Member:
    id: int
    name: str
    roles: list[int] = field(default_factory=list)
    bot: bool = False
    nick: str | None = None
    takes_dms: bool = True

    def user_json(self) -> Json:
        return {
            "id": str(self.id),
            "username": self.name.lower(),
            "discriminator": "0",
            "global_name": self.name,
            "avatar": None,
            "bot": self.bot,
        }

    def member_json(self) -> Json:
        return {
            "roles": [str(role) for role in self.roles],
            "nick": self.nick,
            "joined_at": "2024-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
            "avatar": None,
            "premium_since": None,
            "permissions": "0",
        }


@dataclass
class Channel:
    id: int
    kind: int
    name: str
    parent: int | None = None
    archived: bool = False
    locked: bool = False
    hidden: bool = False
    """The bot has no access any more."""
    denied: set[str] = field(default_factory=set)
    """Permissions the bot lacks here, by Discord's names."""
    recipient: Member | None = None
    archive_minutes: int = 4320

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS


@dataclass
class Post:
    id: int
    channel: int
    author: Member
    content: str
    at: datetime
    kind: int = 0
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    edited: datetime | None = None
    reactions: dict[str, list[int]] = field(default_factory=dict)
    webhook: int | None = None
    mentioned: list[Member] = field(default_factory=list)
    mentioned_roles: list[int] = field(default_factory=list)
    everyone: bool = False
    reply_to: int | None = None

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & 64)


class World:
    """State only; the routes and the gateway read and change it."""

    def __init__(self, now: Any) -> None:
        self._now = now
        self._count = 0
        self.members: dict[int, Member] = {}
        self.channels: dict[int, Channel] = {}
        self.posts: dict[int, Post] = {}
        self.deleted: set[int] = set()
        self.roles: dict[int, str] = {}
        self.guild = self.snowflake()
        self.application = self.snowflake()
        self.bot = self.add_member("Handrail", bot=True)
        self.bot_removed = False

    def snowflake(self) -> int:
        """Ids rise, and carry the time they were made at."""
        self._count += 1
        return ((int(self._now().timestamp() * 1000) - DISCORD_EPOCH_MS) << 22) + self._count

    def add_member(self, name: str, *, roles: list[int] | None = None, bot: bool = False) -> Member:
        member = Member(self.snowflake(), name, list(roles or []), bot)
        self.members[member.id] = member
        return member

    def add_role(self, name: str) -> int:
        role = self.snowflake()
        self.roles[role] = name
        return role

    def add_channel(self, name: str, kind: int = TEXT, **more: Any) -> Channel:
        channel = Channel(self.snowflake(), kind, name, **more)
        self.channels[channel.id] = channel
        return channel

    def channel(self, raw: str) -> Channel:
        found = self.channels.get(int(raw)) if raw.isdigit() else None
        if found is None:
            raise Refusal(404, 10003, "Unknown Channel")
        place = self.channels.get(found.parent, found) if found.parent else found
        if found.hidden or place.hidden or (self.bot_removed and found.kind != DM):
            raise Refusal(403, 50001, "Missing Access")
        return found

    def post(self, channel: Channel, raw: str) -> Post:
        found = self.posts.get(int(raw)) if raw.isdigit() else None
        if found is None or found.channel != channel.id:
            raise Refusal(404, 10008, "Unknown Message")
        return found

    def need(self, channel: Channel, permission: str) -> None:
        place = self.channels.get(channel.parent, channel) if channel.parent else channel
        if permission in channel.denied | place.denied:
            raise Refusal(403, 50013, "Missing Permissions")

    def active_threads(self) -> list[Channel]:
        return [channel for channel in self.channels.values() if channel.is_thread and not channel.archived]

    def in_channel(self, channel: int) -> list[Post]:
        return sorted((post for post in self.posts.values() if post.channel == channel), key=lambda post: post.id)

    # ── as JSON ───────────────────────────────────────────────────────────

    def channel_json(self, channel: Channel) -> Json:
        seen: Json = {"id": str(channel.id), "type": channel.kind, "name": channel.name, "flags": 0}
        if channel.kind == DM:
            assert channel.recipient is not None
            return {**seen, "recipients": [channel.recipient.user_json()], "last_message_id": None}
        seen |= {"guild_id": str(self.guild), "position": 0, "permission_overwrites": [], "nsfw": False}
        if not channel.is_thread:
            return {**seen, "parent_id": None, "topic": None, "rate_limit_per_user": 0, "last_message_id": None}
        return seen | {
            "parent_id": str(channel.parent),
            "owner_id": str(self.bot.id),
            "message_count": len(self.in_channel(channel.id)),
            "member_count": 1,
            "rate_limit_per_user": 0,
            "last_message_id": None,
            "thread_metadata": {
                "archived": channel.archived,
                "auto_archive_duration": channel.archive_minutes,
                "archive_timestamp": iso(self._now()),
                "locked": channel.locked,
            },
        }

    def post_json(self, post: Post, *, nonce: bool = False) -> Json:
        thread = self.channels.get(post.id)
        seen: Json = {
            "id": str(post.id),
            "channel_id": str(post.channel),
            "author": post.author.user_json(),
            "content": post.content,
            "timestamp": iso(post.at),
            "edited_timestamp": iso(post.edited) if post.edited else None,
            "tts": False,
            "mention_everyone": post.everyone,
            "mentions": [member.user_json() for member in post.mentioned],
            "mention_roles": [str(role) for role in post.mentioned_roles],
            "attachments": post.attachments,
            "embeds": post.embeds,
            "components": post.components,
            "pinned": False,
            "type": post.kind,
            "flags": post.flags | (32 if thread is not None else 0),
            "reactions": [
                {
                    "emoji": {"id": None, "name": name},
                    "count": len(who),
                    "count_details": {"burst": 0, "normal": len(who)},
                    "burst_colors": [],
                    "me_burst": False,
                    "me": self.bot.id in who,
                }
                for name, who in post.reactions.items()
                if who
            ],
        }
        if post.webhook is not None:
            seen["webhook_id"] = str(post.webhook)
        if nonce and post.nonce is not None:
            seen["nonce"] = post.nonce
        if thread is not None:
            seen["thread"] = self.channel_json(thread)
        return seen

    def guild_json(self) -> Json:
        everyone = {"id": str(self.guild), "name": "@everyone", "position": 0}
        roles = [everyone, *({"id": str(k), "name": v, "position": 1} for k, v in self.roles.items())]
        shared = {"color": 0, "colors": {}, "hoist": False, "managed": False, "mentionable": False, "permissions": "0"}
        plain = [c for c in self.channels.values() if c.kind not in THREADS | {DM} and not c.hidden]
        return {
            "id": str(self.guild),
            "name": "Acme",
            "owner_id": "1",
            "member_count": len(self.members),
            "roles": [{**shared, "flags": 0, **role} for role in roles],
            "channels": [self.channel_json(channel) for channel in plain],
            "threads": [self.channel_json(thread) for thread in self.active_threads()],
            "members": [{**self.bot.member_json(), "user": self.bot.user_json()}],
            "emojis": [],
            "stickers": [],
            "features": [],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "verification_level": 0,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "premium_progress_bar_enabled": False,
            "preferred_locale": "en-US",
            "system_channel_flags": 0,
            "afk_timeout": 300,
            "unavailable": False,
            "large": False,
        }


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
