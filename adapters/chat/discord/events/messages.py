"""Messages of threads → what a member wrote, changed or deleted."""

from dataclasses import dataclass
from datetime import datetime

import discord

from adapters.chat.discord.events.markup import Names, mentioned, to_commonmark
from adapters.chat.discord.events.people import person_of, someone
from bridge.domain.events import EventKey, PersonDeleted, PersonEdited, PersonWrote, ThreadGone
from bridge.domain.people import Person
from bridge.domain.refs import Lane, MessageRef, ThreadRef
from bridge.domain.words import Attachment

_WORDS = {discord.MessageType.default, discord.MessageType.reply}
"""Types 0 and 19. Pins, renames, joins and the like come as messages too, and nobody wrote them."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where this adapter is at home: its name in the config and its server."""

    platform: str
    guild: int

    def thread(self, parent: int, thread: int) -> ThreadRef:
        return ThreadRef(Lane(self.platform, str(parent)), str(thread))

    def key(self, name: str) -> EventKey:
        return EventKey(self.platform, name)


def is_words(message: discord.Message) -> bool:
    """A person's own message, not a bot's, a webhook's (also ours) or the system's."""
    return message.type in _WORDS and not message.author.bot and message.webhook_id is None


def to_wrote(message: discord.Message, thread: ThreadRef, home: Home, writer: Person | None = None) -> PersonWrote:
    """`writer` stands in where the message itself brings no roles: those read from history do not."""
    names = _names(message)
    return PersonWrote(
        key=home.key(str(message.id)),
        person=writer or person_of(message.author, home.platform, home.guild),
        at=message.created_at,
        text=to_commonmark(message.content, names),
        thread=thread,
        origin=MessageRef(thread.lane, thread.root, str(message.id)),
        mentions=mentioned(message.content, names),
        attachments=tuple(
            # No address: those of Discord's CDN run out within a day, and are fetched anew when wanted.
            Attachment(name=file.filename, content_type=file.content_type, size=file.size)
            for file in message.attachments
        ),
    )


def to_edited(message: discord.Message, thread: ThreadRef, home: Home) -> PersonEdited | None:
    """None for an update no person made: a link's preview, a pin, a thread begun."""
    if message.edited_at is None or not is_words(message):
        return None
    return PersonEdited(
        key=home.key(f"{message.id}/{int(message.edited_at.timestamp() * 1000)}"),
        person=person_of(message.author, home.platform, home.guild),
        at=message.edited_at,
        text=to_commonmark(message.content, _names(message)),
        origin=MessageRef(thread.lane, thread.root, str(message.id)),
    )


def to_deleted(message_id: int, thread: ThreadRef, home: Home, at: datetime) -> PersonDeleted:
    return PersonDeleted(
        key=home.key(f"{message_id}/deleted"),
        person=someone(home.platform, home.guild),
        at=at,
        origin=MessageRef(thread.lane, thread.root, str(message_id)),
    )


def to_gone(thread: ThreadRef, home: Home, at: datetime) -> ThreadGone:
    return ThreadGone(key=home.key(f"{thread.root}/gone"), thread=thread, at=at)


def _names(message: discord.Message) -> Names:
    channels = message.guild.channels if message.guild is not None and "<#" in message.content else ()
    return Names(
        users={member.id: member.display_name for member in message.mentions},
        roles={role.id: role.name for role in message.role_mentions},
        channels={channel.id: channel.name for channel in channels},
    )
