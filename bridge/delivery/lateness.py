"""Callbacks that are not made after all: the reply they tell of is too old by now, or was given up."""

from dataclasses import dataclass
from datetime import datetime

from bridge.domain.deliveries import Ending
from bridge.domain.fanout.replies import REPLY, too_old
from bridge.domain.views import FilledRow
from bridge.domain.words import WordsState


@dataclass(frozen=True, slots=True)
class NotNow:
    """Nothing was sent, and nothing is tried again by itself."""

    ending: Ending
    reason: str


def not_now(filled: FilledRow, now: datetime) -> NotNow | None:
    """Why this is not told now; None: it is. The writer judges again when it writes that down."""
    state = filled.message.state if filled.message is not None else None
    if filled.row.type != REPLY:
        return None
    if state is WordsState.UNSENT:
        return NotNow(Ending.NEVER, "given up")
    if state is WordsState.STALE or too_old(filled, now):
        return NotNow(Ending.HELD, "too old to leave without a click")
    return None
