"""Callbacks that are not made after all: the reply they tell of is too old by now, or was given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.deliveries import Ending
from bridge.domain.fanout.replies import REPLY, too_old
from bridge.domain.views import FilledRow
from bridge.domain.words import WordsState, on_the_way


@dataclass(frozen=True, slots=True)
class NotNow:
    """Nothing was sent, and nothing is tried again by itself."""

    ending: Ending
    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing was sent, and no attempt is counted."""

    until: datetime


FILES_WITHIN: Final = timedelta(minutes=3)
"""Three tries to fetch a file fit into it; then the words leave without."""
LOOK_AGAIN: Final = timedelta(seconds=1)


def waits_for_files(filled: FilledRow, now: datetime) -> Later | None:
    """A reply leaves together with what its writer attached, as long as that can still be expected."""
    message = filled.message
    if filled.row.type != REPLY or message is None or now >= message.at + FILES_WITHIN:
        return None
    return Later(now + LOOK_AGAIN) if any(on_the_way(each) for each in message.attachments) else None


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
