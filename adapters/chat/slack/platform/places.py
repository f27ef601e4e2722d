"""What Slack says of channels: we were removed, it was archived, we are back."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, cast

import structlog

from adapters.chat.slack.errors import HINTS
from adapters.chat.slack.events.people import Home
from adapters.chat.slack.platform.calls import SlackCalls
from bridge.domain.errors import DeliveryError, DestinationGone

log = structlog.get_logger(__name__)

GONE: Final[Mapping[str, str]] = {
    "channel_archive": "is_archived",
    "group_archive": "is_archived",
    "channel_deleted": "channel_not_found",
    "group_deleted": "channel_not_found",
    "channel_left": "not_in_channel",
    "group_left": "not_in_channel",
}
BACK: Final = frozenset({"channel_unarchive", "group_unarchive"})
ASKABLE: Final = frozenset({"is_archived", "channel_not_found", "not_in_channel", "user_not_in_channel"})
"""Codes whose end conversations.info shows; of others only a post can tell."""
MOST: Final = 1_000


class Places:
    """`told`: channel → why it cannot be used, or None that it can again; only what was heard since we connected."""

    def __init__(self, calls: SlackCalls) -> None:
        self._calls = calls
        self._told: dict[str, str | None] = {}

    @property
    def told(self) -> Mapping[str, str | None]:
        return MappingProxyType(self._told)

    def heard(self, event: Mapping[str, Any], home: Home) -> None:
        """An event about a channel; every other is passed over."""
        kind, channel = str(event.get("type")), event.get("channel")
        if kind == "channel_id_changed":
            old, new = event.get("old_channel_id"), event.get("new_channel_id")
            self._note(old, f"channel_not_found (its id is {new} now, write that into the config)")
        elif kind in GONE:
            self._note(channel, _because(GONE[kind]))
        elif kind in BACK:
            self._note(channel, None)
        elif kind in {"member_left_channel", "member_joined_channel"} and event.get("user") == home.bot_user:
            self._note(channel, None if kind == "member_joined_channel" else _because("not_in_channel"))

    async def usable(self, place: str, why: str) -> bool | None:
        """Can it be used again, after `why`? None: that cannot be told now, or not without posting."""
        if not any(code in why for code in ASKABLE):
            return None
        try:
            answer = await self._calls("conversations.info", channel=place)
        except DestinationGone:
            return False
        except DeliveryError:
            return None
        found = cast("Mapping[str, Any]", answer.get("channel") or {})
        # A channel of which we are told nothing of the kind is one we may try.
        return not found.get("is_archived") and found.get("is_member") is not False

    def _note(self, channel: object, why: str | None) -> None:
        if not isinstance(channel, str):
            return
        log.info("slack_channel_changed", channel=channel, why=why)
        self._told.pop(channel, None)
        self._told[channel] = why
        while len(self._told) > MOST:
            del self._told[next(iter(self._told))]


def _because(code: str) -> str:
    return f"{code} ({HINTS[code]})"
