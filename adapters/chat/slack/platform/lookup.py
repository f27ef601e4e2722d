"""Reading back: was it posted?"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, cast

from adapters.chat.slack.events.people import Home
from adapters.chat.slack.grants import EVENT_TYPE
from adapters.chat.slack.platform.calls import SlackCalls
from adapters.chat.slack.platform.directory import Directory
from adapters.chat.slack.platform.reading import Reads
from adapters.chat.slack.render.files import carries
from bridge.domain.errors import DeliveryError, DestinationGone, OutcomeUnknown, RateLimited
from bridge.domain.refs import Lane, MessageRef, ThreadRef

SKEW: Final = timedelta(seconds=120)
"""Slack's clock and ours may differ by this much."""
PAGE: Final = 200
MOST_PAGES: Final = 50

Message = Mapping[str, Any]


def metadata(key: str, *, root: bool = False) -> dict[str, object]:
    """What every post of ours carries: ids only, since anybody in the workspace can read it."""
    return {"event_type": EVENT_TYPE, "event_payload": {"k": key, "v": 1} | ({"root": True} if root else {})}


class Lookup:
    """Reads channels and threads page by page."""

    def __init__(self, calls: SlackCalls, directory: Directory, reads: Reads) -> None:
        self._calls = calls
        self._directory = directory
        self._reads = reads

    async def find(self, place: Lane | ThreadRef, *, key: str, since: datetime) -> ThreadRef | MessageRef | None:
        """The post with this key, if it was made.

        Raises: OutcomeUnknown whenever that cannot be told.
        """
        try:
            home = await self._directory.find_home()
            async for message in self._since(place, f"{(since - SKEW).timestamp():.6f}"):
                if _made_by(message, key, home):
                    return _named(place, message)
        except DestinationGone:
            return None
        except DeliveryError as error:
            if isinstance(error, RateLimited):
                self._reads.give_way("conversations.history" if isinstance(place, Lane) else "conversations.replies")
            raise OutcomeUnknown(f"cannot look it up: {error.reason}") from None
        return None

    async def one(self, message: MessageRef) -> Message | None:
        """A single message as it stands now, with its reactions."""
        answer = await self._calls(
            "conversations.replies",
            channel=message.lane.place,
            ts=message.thread or message.message,
            oldest=message.message,
            latest=message.message,
            inclusive=True,
            limit=2,
        )
        return next((found for found in _messages(answer) if found.get("ts") == message.message), None)

    async def _since(self, place: Lane | ThreadRef, oldest: str) -> AsyncIterator[Message]:
        lane = place if isinstance(place, Lane) else place.lane
        method = "conversations.history" if isinstance(place, Lane) else "conversations.replies"
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            answer = await self._calls(
                method,
                channel=lane.place,
                ts=None if isinstance(place, Lane) else place.root,
                oldest=oldest,
                include_all_metadata=True,
                limit=PAGE,
                cursor=cursor,
            )
            for message in _messages(answer):
                yield message
            cursor = str((cast("Message", answer.get("response_metadata") or {})).get("next_cursor") or "")
            if not cursor:
                return
        raise OutcomeUnknown(f"{method}: too much to read")


def _messages(answer: Mapping[str, object]) -> list[Message]:
    found = answer.get("messages")
    return [message for message in found if isinstance(message, dict)] if isinstance(found, list) else []


def _made_by(message: Message, key: str, home: Home) -> bool:
    """Anybody can write such metadata; only ours counts."""
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    if message.get("bot_id") != home.bot_id and message.get("user") != home.bot_user:
        return False
    return payload.get("k") == key or carries(dict(message), key)


def _named(place: Lane | ThreadRef, message: Message) -> ThreadRef | MessageRef:
    ts = str(message["ts"])
    if isinstance(place, ThreadRef):
        return MessageRef(place.lane, place.root, ts)
    if ((message.get("metadata") or {}).get("event_payload") or {}).get("root"):
        return ThreadRef(place, ts)
    return MessageRef(place, None, ts)
