"""Which mark a member's message bears now."""

from collections.abc import Mapping
from typing import Final

from bridge.domain.deliveries import MarkKind
from bridge.domain.words import Message, WordsState

_MARKS: Final[Mapping[WordsState, MarkKind]] = {
    WordsState.SENT: MarkKind.SENT,
    WordsState.DELIVERED: MarkKind.SENT,
    WordsState.SEEN: MarkKind.SENT,
    WordsState.FAILED: MarkKind.FAILED,
    WordsState.HELD: MarkKind.HELD,
    WordsState.STALE: MarkKind.HELD,
}


def mark_of(message: Message, ordered: MarkKind) -> MarkKind:
    """By the message's state when the mark is set; `ordered` when it was, which may be a while ago."""
    match message.state, ordered:
        case (WordsState.UNSENT, MarkKind.FAILED) | (WordsState.SENDING, MarkKind.SENT):
            # Given up because it came too late, and its writer shall see it; or taken, as the bot has just said.
            return ordered
        case _:
            pass
    return _MARKS.get(message.state, MarkKind.NONE)
