"""Links to messages and threads, as Discord's own menu copies them."""

import re
from urllib.parse import urlsplit

from bridge.domain.refs import Lane, MessageRef, ThreadRef

HOSTS = frozenset({"discord.com", "ptb.discord.com", "canary.discord.com", "discordapp.com"})
PATH = re.compile(r"/channels/(\d{5,20})/(\d{5,20})(?:/(\d{5,20}))?")


def thread_of(link: str, lane: Lane, guild: str) -> ThreadRef | None:
    """`…/channels/GUILD/CHANNEL/MESSAGE` of the starter message, or `…/channels/GUILD/THREAD`: they share their id."""
    channel, message = _read(link, guild)
    if channel is None:
        return None
    if message is None:
        return ThreadRef(lane, channel) if channel != lane.place else None
    return ThreadRef(lane, message) if channel in (lane.place, message) else None


def message_of(link: str, place: Lane | ThreadRef, guild: str) -> MessageRef | None:
    """`…/channels/GUILD/CHANNEL-OR-THREAD/MESSAGE`."""
    channel, message = _read(link, guild)
    lane, root = (place, None) if isinstance(place, Lane) else (place.lane, place.root)
    if message is None or message == root or channel != (root or lane.place):
        return None
    return MessageRef(lane, root, message)


def _read(link: str, guild: str) -> tuple[str | None, str | None]:
    try:
        parts = urlsplit(link.strip())
        found = PATH.fullmatch(parts.path.rstrip("/"))
        known = parts.scheme == "https" and parts.hostname in HOSTS
    except ValueError:
        return None, None
    if not known or found is None or found.group(1) != guild:
        return None, None
    return found.group(2), found.group(3)
