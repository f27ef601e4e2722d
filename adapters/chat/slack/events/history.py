"""What a thread's messages, read back later, tell of what happened while nobody listened."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from adapters.chat.slack.events import messages
from adapters.chat.slack.events.people import Home, Known
from bridge.domain.events import ChatEvent
from bridge.domain.refs import ThreadRef

Message = Mapping[str, Any]

SOMEBODY = "somebody"
"""Who deleted a message is told by no history; the middle takes it for its writer."""


def happened(message: Message, channel: str, after: str, home: Home, known: Known) -> list[tuple[str, ChatEvent]]:
    """What one message tells of the time behind `after`, each with the ts it happened at.

    A message that was changed since it was written stands there as it is now: it is told as written so, and as
    changed, which is no news to whoever has it so already.
    """
    found: list[tuple[str, ChatEvent]] = []
    ts = str(message.get("ts"))
    if later(ts, after) and (wrote := messages.written(message, channel, home, known)) is not None:
        found.append((ts, wrote))
    edited = str((message.get("edited") or {}).get("ts") or "")
    if edited and later(edited, after):
        event = {"channel": channel, "subtype": "message_changed", "message": message, "previous_message": {}}
        changed = messages.to_event(event, home, known)
        if changed is not None:
            found.append((edited, changed))
    return found


def deleted(ts: str, thread: ThreadRef, home: Home, known: Known, at: str) -> ChatEvent | None:
    """A member's message that stood in the thread and does not any more."""
    before = {"ts": ts, "thread_ts": thread.root, "user": SOMEBODY}
    return messages.to_event(_deletion(ts, thread, before, at), home, known)


def root_gone(thread: ThreadRef, home: Home, known: Known, at: str) -> ChatEvent | None:
    """Our card was deleted: its thread is gone, or lives on under a tombstone."""
    before = {"ts": thread.root, "bot_id": home.bot_id}
    return messages.to_event(_deletion(thread.root, thread, before, at), home, known)


def _deletion(ts: str, thread: ThreadRef, before: Message, at: str) -> Message:
    channel = thread.lane.place
    return {"channel": channel, "subtype": "message_deleted", "deleted_ts": ts, "previous_message": before, "ts": at}


def is_tombstone(message: Message) -> bool:
    return message.get("subtype") == "tombstone"


def last_word(read: Iterable[Message], at_least: str) -> str:
    """The latest moment these messages tell of: of their writing, or of their last change."""
    moments = [at_least]
    for message in read:
        moments.append(str(message.get("ts")))
        moments.append(str((message.get("edited") or {}).get("ts") or "0"))
    return max(moments, key=float)


def missing(standing: Collection[str], read: Iterable[Message], upto: str, after: str) -> list[str]:
    """Which of those that stood there were not read, though everything up to `upto` and behind `after` was."""
    there = {str(message.get("ts")) for message in read}
    return sorted(ts for ts in standing if ts not in there and (not later(ts, upto) or later(ts, after)))


def later(ts: str, than: str) -> bool:
    return float(ts) > float(than)
