"""`@Handrail close` in a thread, where slash commands do not work: a command, and never words for the user."""

import re
from collections.abc import Mapping
from typing import Any

from adapters.chat.slack.events.clicks import split_words
from adapters.chat.slack.events.people import Home, Known, person_of
from adapters.chat.slack.events.times import moment_of
from adapters.chat.slack.events.words import emoji_in, to_commonmark, users_in
from bridge.domain.events import CommandGiven, EventKey
from bridge.domain.refs import Lane, ThreadRef

Payload = Mapping[str, Any]

_SUBTYPES = frozenset({None, "file_share", "thread_broadcast"})


def is_command(message: Payload, home: Home) -> bool:
    """Does a member's message begin with our name?

    Slack reports it as `message` and, to who asks for it, as `app_mention`: the first alone counts.
    """
    if message.get("subtype") not in _SUBTYPES or message.get("bot_id") or message.get("app_id"):
        return False
    return isinstance(message.get("user"), str) and _behind(str(message.get("text") or ""), home) is not None


def is_for_us(text: str, home: Home) -> bool:
    """Do these words begin with our name?"""
    return _behind(text, home) is not None


def people_in_command(message: Payload) -> set[str]:
    return users_in(str(message.get("text") or "")) | {str(message["user"])}


def to_command(message: Payload, home: Home, known: Known) -> CommandGiven:
    channel, ts, root = str(message["channel"]), str(message["ts"]), message.get("thread_ts")
    said = _behind(str(message.get("text") or ""), home) or ""
    words, named = split_words(said, known)
    lane = Lane(home.platform, channel)
    return CommandGiven(
        key=EventKey(home.platform, f"{home.team}/{channel}/{ts}/command"),
        person=person_of(
            str(message["user"]), home, known, in_channel=True, channel=channel,
            team=message.get("user_team") or message.get("source_team") or message.get("team"),
        ),
        at=moment_of(ts),
        words=words,
        text=to_commonmark(said, known.names, emoji_in(message.get("blocks"))),
        lane=lane,
        thread=ThreadRef(lane, str(root)) if root and root != ts else None,
        named=tuple(person_of(user, home, known, in_channel=False, channel="") for user in named),
    )  # fmt: skip


def _behind(text: str, home: Home) -> str | None:
    """What stands behind our name at the beginning; None when it does not stand there."""
    found = re.match(rf"\s*<@{re.escape(home.bot_user)}(?:\|[^<>]*)?>[\s:,]*", text) if home.bot_user else None
    return text[found.end() :] if found else None
