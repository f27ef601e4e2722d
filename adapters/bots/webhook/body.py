"""The body of a callback: JSON below the 20 KB that Standard Webhooks recommends.

What does not fit is left out from the least missed on, and says so; the bot fetches it by
`GET /v1/tickets/{id}/transcript`.
"""

import json
from collections.abc import Callable, Mapping

from bridge.domain.errors import ContentRejected
from bridge.ports.bots import Envelope, Json

LONGEST = 20_000
WORTH_MORE_THAN_METADATA = 4_000
"""Characters of a message: metadata, at most 8 KB, is only dropped for words below this."""


def body_of(envelope: Envelope) -> bytes:
    """Raises: ContentRejected when even the bare facts are too long."""
    data = envelope.data
    body = _encoded(envelope, data)
    for shorten in SHORTER:
        if len(body) < LONGEST:
            return body
        data = shorten(data, len(body) - LONGEST + 1)
        body = _encoded(envelope, data)
    if len(body) < LONGEST:
        return body
    raise ContentRejected(f"the callback has {len(body)} bytes; the limit is {LONGEST}")


def _encoded(envelope: Envelope, data: Mapping[str, Json]) -> bytes:
    whole = {"type": envelope.type, "timestamp": envelope.timestamp, "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _newest_turns(data: Mapping[str, Json], excess: int) -> Mapping[str, Json]:
    turns = data.get("transcript")
    if not isinstance(turns, list):
        return data
    left = list(turns)
    excess += len(',"transcript_truncated":true')
    while left and excess > 0:
        excess -= _size(left.pop(0)) + 1
    return {**data, "transcript": left, "transcript_truncated": True}


def _beginning_of_text(
    data: Mapping[str, Json], excess: int, least: int = WORTH_MORE_THAN_METADATA
) -> Mapping[str, Json]:
    message = data.get("message")
    if not isinstance(message, Mapping) or not isinstance(text := message.get("text"), str):
        return data
    # Cut by what a character takes in the body: quotes and newlines are escaped, many letters take several bytes.
    excess += len(',"text_truncated":true')
    end = len(text)
    while end > least and excess > 0:
        end -= 1
        excess -= _size(text[end]) - 2
    return {
        **data,
        "message": {
            **message,
            "text": text[:end],
            "text_truncated": end < len(text) or message.get("text_truncated") is True,
        },
    }


def _less_text(data: Mapping[str, Json], excess: int) -> Mapping[str, Json]:
    return _beginning_of_text(data, excess, least=0)


def _no_metadata(data: Mapping[str, Json], _excess: int) -> Mapping[str, Json]:
    return {**data, "metadata": None, "metadata_omitted": True} if data.get("metadata") is not None else data


def _size(value: Json) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


SHORTER: tuple[Callable[[Mapping[str, Json], int], Mapping[str, Json]], ...] = (
    _newest_turns,
    _beginning_of_text,
    _no_metadata,
    _less_text,
)
