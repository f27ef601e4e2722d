"""Slack's way to write times: a message's id is when it was written."""

from datetime import UTC, datetime


def moment_of(ts: str) -> datetime:
    """`1731000000.123456` as a time."""
    return datetime.fromtimestamp(float(ts), UTC)
