"""Who is in a channel: asked when somebody acts from elsewhere on a ticket whose team is that channel."""

from collections.abc import Mapping
from typing import Any, Final, cast

import structlog

from adapters.chat.slack.platform.calls import SlackCalls
from bridge.domain.errors import DeliveryError
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

KNOWN_FOR: Final = 60.0
"""Seconds; whoever joins to help has read the card for longer than that."""
A_PAGE: Final = 1_000
MOST_PAGES: Final = 10
MOST_ROOMS: Final = 200


class Rooms:
    def __init__(self, name: str, calls: SlackCalls, clock: Clock) -> None:
        self._name = name
        self._calls = calls
        self._clock = clock
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    async def has(self, channel: str, user: str) -> bool | None:
        """None when Slack cannot be asked, or the channel is too large to be listed."""
        known = self._known.get(channel)
        if known is None or self._clock.monotonic() - known[0] > KNOWN_FOR:
            try:
                members = await self._members(channel)
            except DeliveryError as error:
                log.warning("slack_channel_unlisted", platform=self._name, reason=error.reason)
                return None
            if members is None:
                return None
            known = (self._clock.monotonic(), members)
            self._known.pop(channel, None)
            self._known[channel] = known
            while len(self._known) > MOST_ROOMS:
                del self._known[next(iter(self._known))]
        return user in known[1]

    def heard(self, event: Mapping[str, Any]) -> None:
        """Somebody came or left: whoever asks next asks Slack."""
        if event.get("type") in {"member_joined_channel", "member_left_channel"}:
            self._known.pop(str(event.get("channel")), None)

    async def _members(self, channel: str) -> frozenset[str] | None:
        found: set[str] = set()
        cursor = ""
        for _ in range(MOST_PAGES):
            answer = await self._calls("conversations.members", channel=channel, limit=A_PAGE, cursor=cursor or None)
            found |= set(cast("list[str]", answer.get("members") or []))
            more = cast("Mapping[str, Any]", answer.get("response_metadata") or {})
            cursor = str(more.get("next_cursor") or "")
            if not cursor:
                return frozenset(found)
        return None
