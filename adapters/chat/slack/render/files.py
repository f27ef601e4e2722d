"""What a message with files says beside them, and how it is known again."""

from base64 import b32encode
from hashlib import sha256

from adapters.chat.slack.render.commonmark import rich_words
from adapters.chat.slack.render.spans import Block, rich, section
from adapters.chat.slack.render.speech import REMARKS, named, remarks_of
from bridge.domain.paint import Speech


def marked_name(name: str, key: str) -> str:
    """`receipt.pdf` → `receipt-k7q2mzd3pawx.pdf`: what it is saved as; the title people read stays as it was.

    The answer to an upload does not name its message and keeps no metadata, so the name has to carry the key.
    """
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{_mark(key)}{dot}{ending}" if stem else f"{name}-{_mark(key)}"


def carries(message: Block, key: str) -> bool:
    """Was this message with files posted under this key?"""
    files = message.get("files") or []
    marked = any(_mark(key) in str(file.get("name") or "") for file in files if isinstance(file, dict))
    return marked or any(block.get("block_id") == key for block in message.get("blocks") or [])


def file_blocks(speech: Speech) -> Block:
    """Rich text only: a message with files takes no other blocks."""
    blocks = [*rich_words(speech.text), *named(speech.attachments)]
    if remarks := rich(remarks_of(speech), REMARKS):
        blocks.append(section(remarks))
    return {"blocks": blocks}


def _mark(key: str) -> str:
    return b32encode(sha256(key.encode()).digest()).decode()[:12].lower()
