"""How a post is known again by its delivery key.

The nonce makes Discord itself answer a repeated send with the first message, for a few minutes and only then. The
marker stands in the message, small, and is found in the channel's history at any later time.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from enum import StrEnum

_FOUND = re.compile(r"(?P<marker>[rwq]-[a-z2-7]{10})$")


class Marker(StrEnum):
    """What kind of post it is; one letter before the code."""

    ROOT = "r"
    WORDS = "w"
    QUEUE = "q"

    def of(self, key: str) -> str:
        return f"{self}-{_code(key)[:10].lower()}"


def nonce(key: str) -> str:
    """At most 25 characters, the same for the same delivery on every attempt."""
    return _code(key)[:25]


def find_marker(message: Mapping[str, object]) -> str | None:
    """The marker of one of our own messages as its JSON stands in the history."""
    embeds = message.get("embeds")
    feet = [embed.get("footer") or {} for embed in embeds] if isinstance(embeds, list) else []
    for text in (message.get("content"), *(foot.get("text") for foot in feet)):
        found = _FOUND.search(text.rstrip()) if isinstance(text, str) else None
        if found is not None:
            return found["marker"]
    return None


def _code(key: str) -> str:
    return base64.b32encode(hashlib.sha256(key.encode()).digest()).decode()
