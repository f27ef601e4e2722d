"""What a message may contain: blocks, fallback text, metadata, and nothing that pings or hides where it leads."""

import json
import re
from collections.abc import Sequence
from typing import Any

from tests.wire.slack import blocks as block_kit
from tests.wire.slack.workspace import Payload, Refused

LONGEST_TEXT = 40_000
LONGEST_EDIT = 4_000
LARGEST_METADATA = 2_000
"""Nobody documents the limit; slack.md says to stay under this."""
MARKDOWN_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
NAME_IN_A_LINK = re.compile(r"\b(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})\b", re.IGNORECASE)


def parsed(value: object) -> Any:
    """Slack takes structures as themselves in JSON, and as JSON texts in forms."""
    return json.loads(value) if isinstance(value, str) and value else value


def check(given: Payload, suspects: Sequence[str] = ()) -> None:
    """Raises: Refused when Slack, or slack.md, would not have it. `suspects` are texts of end users."""
    if not str(given["text"]).strip():
        raise Refused("complaint", detail="a fallback text is always needed")
    if len(given["text"]) > LONGEST_TEXT:
        raise Refused("complaint", detail=f"Slack would cut {len(given['text'])} characters off at 40,000 silently")
    blocks = parsed(given.get("blocks")) or []
    for reason in block_kit.wrong(blocks):
        raise Refused("msg_blocks_too_long" if reason == "msg_blocks_too_long" else "invalid_blocks", detail=reason)
    about = parsed(given.get("metadata"))
    if about:
        if set(about) != {"event_type", "event_payload"} or not isinstance(about["event_payload"], dict):
            raise Refused("invalid_metadata_format", detail=str(set(about)))
        if len(json.dumps(about)) > LARGEST_METADATA:
            raise Refused("metadata_too_large")
    if "everyone" in block_kit.live(given["text"], blocks):
        raise Refused("complaint", detail="this would ring for the whole channel")
    for suspect in suspects:
        if alive := block_kit.live(suspect, []) & block_kit.live(given["text"], blocks):
            raise Refused("complaint", detail=f"an end user's words ring for {alive}")
        hidden = set(block_kit.masked(suspect, [])) | {(url, words) for words, url in MARKDOWN_LINK.findall(suspect)}
        if hidden & block_kit.masked(given["text"], blocks):
            raise Refused("complaint", detail="an end user's link hides where it leads")
    for address, words in block_kit.masked(given["text"], blocks):
        for named in NAME_IN_A_LINK.findall(words):
            if named.lower() not in address.lower():
                raise Refused("complaint", detail=f"a link that says {words} leads to {address}")
