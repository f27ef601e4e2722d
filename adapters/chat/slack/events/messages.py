"""The `message` events of the Events API → what a member wrote, changed or deleted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adapters.chat.slack.events.mentions import is_command, is_for_us
from adapters.chat.slack.events.people import Home, Known, person_of
from adapters.chat.slack.events.times import moment_of
from adapters.chat.slack.events.words import emoji_in, mentions_in, to_commonmark, users_in
from bridge.domain.events import ChatEvent, EventKey, PersonDeleted, PersonEdited, PersonWrote, ThreadGone
from bridge.domain.files import at_platform
from bridge.domain.people import Person
from bridge.domain.refs import Lane, MessageRef, ThreadRef
from bridge.domain.words import Attachment

Payload = Mapping[str, Any]

_WRITTEN = frozenset({None, "file_share", "thread_broadcast"})


def thread_of(event: Payload) -> str | None:
    """Which thread a message event belongs to, as a name to keep its order by; None when it is in none."""
    inner = _inner(event)
    root = inner.get("thread_ts") or (None if inner is event else inner.get("ts"))
    return f"{event.get('channel')}/{root}" if root else None


def people_in(event: Payload) -> set[str]:
    """Whom one has to know to translate this event."""
    inner = _inner(event)
    if inner.get("bot_id"):
        return set()
    author = inner.get("user")
    return users_in(str(inner.get("text") or "")) | ({author} if isinstance(author, str) else set())


def to_event(event: Payload, home: Home, known: Known) -> ChatEvent | None:
    """None for what is not for us: channel talk, direct messages, bots, mere previews of links."""
    if event.get("channel_type") in {"im", "mpim"} or not isinstance(event.get("channel"), str):
        return None
    match event.get("subtype"):
        case subtype if subtype in _WRITTEN:
            return _wrote(event, home, known)
        case "message_changed":
            return _changed(event, home, known)
        case "message_deleted":
            return _deleted(event, home, known)
        case _:
            return None


def written(message: Payload, channel: str, home: Home, known: Known) -> PersonWrote | None:
    """A message as conversations.replies returns it: without the event's own fields."""
    if message.get("subtype") not in _WRITTEN:
        return None
    return _wrote({**message, "channel": channel}, home, known)


def _inner(event: Payload) -> Payload:
    if event.get("subtype") == "message_changed":
        return event.get("message") or {}
    if event.get("subtype") == "message_deleted":
        return event.get("previous_message") or {}
    return event


def _by_member(message: Payload, home: Home) -> bool:
    """Our own posts and those of other bots are skipped by their ids, never by a name."""
    user = message.get("user")
    if not isinstance(user, str) or user in {home.bot_user, "USLACKBOT"}:
        return False
    return not (message.get("bot_id") or message.get("app_id") or message.get("bot_profile"))


def _wrote(event: Payload, home: Home, known: Known) -> PersonWrote | None:
    root, ts = event.get("thread_ts"), event["ts"]
    if not root or root == ts or not _by_member(event, home) or is_command(event, home):
        return None
    lane = Lane(home.platform, event["channel"])
    raw, attachments = str(event.get("text") or ""), _attachments(event.get("files"), home)
    if not raw.strip() and not attachments:
        # Somebody else's message, forwarded without a word: nothing of it is meant for the user.
        return None
    return PersonWrote(
        key=_key(home, event["channel"], ts),
        person=_author(event, home, known),
        at=moment_of(ts),
        text=to_commonmark(raw, known.names, emoji_in(event.get("blocks"))),
        thread=ThreadRef(lane, root),
        origin=MessageRef(lane, root, ts),
        mentions=mentions_in(raw, known.names, home.bot_user),
        attachments=attachments,
    )


def _changed(event: Payload, home: Home, known: Known) -> PersonEdited | ThreadGone | None:
    message, before = event.get("message") or {}, event.get("previous_message") or {}
    root, ts = message.get("thread_ts"), message.get("ts")
    if message.get("subtype") == "tombstone":
        # A root with replies leaves a tombstone; its thread lives on without it.
        return _gone(event, str(ts), before, home)
    edited = message.get("edited") or {}
    if not root or root == ts or not _by_member(message, home) or is_for_us(str(message.get("text") or ""), home):
        return None
    if not isinstance(ts, str) or not edited.get("ts") or message.get("text") == before.get("text"):
        return None
    lane = Lane(home.platform, event["channel"])
    return PersonEdited(
        key=_key(home, event["channel"], ts, f"edit/{edited['ts']}"),
        person=_author(message, home, known),
        at=moment_of(edited["ts"]),
        text=to_commonmark(str(message.get("text") or ""), known.names, emoji_in(message.get("blocks"))),
        origin=MessageRef(lane, root, ts),
    )


def _deleted(event: Payload, home: Home, known: Known) -> PersonDeleted | ThreadGone | None:
    before, ts = event.get("previous_message") or {}, event.get("deleted_ts")
    root = before.get("thread_ts")
    if not isinstance(ts, str):
        return None
    if not root or root == ts:
        return _gone(event, ts, before, home)
    if not _by_member(before, home):
        return None
    lane = Lane(home.platform, event["channel"])
    return PersonDeleted(
        key=_key(home, event["channel"], ts, "deleted"),
        person=_author(before, home, known),
        at=moment_of(event.get("event_ts") or event["ts"]),
        origin=MessageRef(lane, root, ts),
    )


def _gone(event: Payload, ts: str, before: Payload, home: Home) -> ThreadGone | None:
    if before.get("bot_id") != home.bot_id:
        return None
    return ThreadGone(
        key=_key(home, event["channel"], ts, "gone"),
        thread=ThreadRef(Lane(home.platform, event["channel"]), ts),
        at=moment_of(event.get("event_ts") or event["ts"]),
    )


def _author(message: Payload, home: Home, known: Known) -> Person:
    team = message.get("user_team") or message.get("source_team") or message.get("team")
    return person_of(message["user"], home, known, in_channel=True, team=team)


def _key(home: Home, channel: str, ts: str, what: str = "") -> EventKey:
    """Not the event's own id: a message read back later has none."""
    return EventKey(home.platform, f"{home.team}/{channel}/{ts}/{what}")


def _attachments(files: object, home: Home) -> tuple[Attachment, ...]:
    found = files if isinstance(files, list) else []
    return tuple(
        _attachment(file, home)
        for file in found
        if isinstance(file, dict) and file.get("mode") not in {"tombstone", "hidden_by_limit"}
    )


def _attachment(file: Payload, home: Home) -> Attachment:
    """A file's address needs our token: it is named in a form that no one but this adapter can read."""
    size = file.get("size")
    told = Attachment(
        name=str(file.get("name") or file.get("title") or "file"),
        content_type=file.get("mimetype"),
        size=size if isinstance(size, int) else None,
    )
    if file.get("is_external") or file.get("mode") in {"external", "space", "canvas", "quip", "list"}:
        return replace(told, trouble="it is no file of its own, send a link")
    # A file of a shared channel comes without its address: it is asked for by its id.
    ref = file.get("url_private_download") or file.get("url_private") or file.get("id")
    return replace(told, url=at_platform(home.platform, str(ref))) if ref else told
