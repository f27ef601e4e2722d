"""How far a bot's clock is from ours, by the Date of its answer."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime


def skew_of(said: str | None, now: datetime) -> timedelta | None:
    """Positive when the bot's clock is before ours. None for no date, or for what is none."""
    try:
        at = parsedate_to_datetime(said or "")
    except ValueError:
        return None
    return at - now if at.tzinfo is not None else None
