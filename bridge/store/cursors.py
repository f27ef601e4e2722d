"""Opaque cursors: where a list goes on, by the sort key of its last row."""

import base64
import binascii
import json
from datetime import datetime
from typing import Any


def cursor_of(*key: int | datetime) -> str:
    parts = [part.isoformat() if isinstance(part, datetime) else part for part in key]
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, *kinds: type) -> list[Any] | None:
    """The key of a cursor that was made here; None for none and for whatever else somebody put there."""
    if not cursor:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(found, list) or len(found) != len(kinds):
            return None
        return [_read(part, kind) for part, kind in zip(found, kinds, strict=True)]
    except (ValueError, binascii.Error):
        return None


def _read(part: object, kind: type) -> object:
    if kind is datetime and isinstance(part, str):
        at = datetime.fromisoformat(part)
        if at.tzinfo is not None:
            return at
    elif kind is int and type(part) is int and abs(part) < 2**31:
        return part
    raise ValueError("not a cursor of ours")
