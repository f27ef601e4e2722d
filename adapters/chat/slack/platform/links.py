"""Links to messages, as Slack's own menu copies them."""

import re
from urllib.parse import parse_qs, urlsplit

from bridge.domain.refs import Lane, MessageRef, ThreadRef

PATH = re.compile(r"/archives/([A-Z0-9]{5,20})/p(\d{10})(\d{6})")


def thread_of(link: str, lane: Lane) -> ThreadRef | None:
    """`https://acme.slack.com/archives/C0HELP/p1700000000123456`: a message of the channel and its replies."""
    ts, root = _read(link, lane)
    return ThreadRef(lane, ts) if ts is not None and root in (None, ts) else None


def message_of(link: str, place: Lane | ThreadRef) -> MessageRef | None:
    """A message of the channel; in a thread the link carries `?thread_ts=1700000000.123456`."""
    if isinstance(place, Lane):
        ts, root = _read(link, place)
        return MessageRef(place, None, ts) if ts is not None and root is None else None
    ts, root = _read(link, place.lane)
    return MessageRef(place.lane, place.root, ts) if ts not in (None, place.root) and root == place.root else None


def _read(link: str, lane: Lane) -> tuple[str | None, str | None]:
    """The message's ts and its thread's; nothing for what is no link into this channel."""
    try:
        parts = urlsplit(link.strip())
        found = PATH.fullmatch(parts.path.rstrip("/"))
        host = parts.hostname or ""
    except ValueError:
        return None, None
    if parts.scheme != "https" or not host.endswith(".slack.com") or found is None or found.group(1) != lane.place:
        return None, None
    root = parse_qs(parts.query).get("thread_ts", [None])[0]
    return f"{found.group(2)}.{found.group(3)}", root
