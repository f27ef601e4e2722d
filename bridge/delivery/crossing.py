"""The way to a shore and back: each call stands between two points at which a test may kill the daemon."""

from collections.abc import Awaitable, Mapping
from typing import Final, TypeVar

from bridge.crashpoint import crashpoint
from bridge.domain.deliveries import (
    Alert,
    CloseThread,
    Content,
    Digest,
    EditWords,
    Mark,
    OpenThread,
    PostHistory,
    PostLine,
    PostWords,
    RefreshCard,
    Remind,
    RetractWords,
    TellBot,
    Whisper,
)

T = TypeVar("T")

_ROOT = ("root.before_call", "root.after_call")
_WORDS = ("words.before_call", "words.after_call")
_CARD = ("card.before_call", "card.after_call")
_RING = ("ring.before_call", "ring.after_call")
_CALLBACK = ("callback.before_call", "callback.after_call")
_MARK = ("mark.before_call", "mark.after_call")

_POINTS: Final[Mapping[type[Content], tuple[str, str]]] = {
    OpenThread: _ROOT,
    PostWords: _WORDS,
    PostHistory: _WORDS,
    PostLine: _WORDS,
    EditWords: _CARD,
    RetractWords: _CARD,
    RefreshCard: _CARD,
    CloseThread: _CARD,
    Whisper: _RING,
    Remind: _RING,
    Alert: _RING,
    Digest: _RING,
    TellBot: _CALLBACK,
    Mark: _MARK,
}


async def across(content: Content, call: Awaitable[T]) -> T:
    """Make the call that sends this."""
    before, after = _POINTS.get(type(content), _RING)
    crashpoint(before)
    came_back = await call
    crashpoint(after)
    return came_back
