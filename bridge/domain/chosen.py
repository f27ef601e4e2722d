"""Which of its events a bot is called back about: those its `callback.events` chose."""

from collections.abc import Collection
from typing import Final

QUIET: Final = frozenset({"ticket.queue_updated", "reminder.sent"})
"""Told only to bots that name them in full: neither `all` nor a pattern means them."""


def wanted(event: str, chosen: Collection[str] | None) -> bool:
    """Is it one of the chosen; None: all but the quiet ones."""
    return event not in QUIET if chosen is None else event in chosen
