"""What the workspace says of itself, beside messages and clicks: nothing of it is committed, all of it can be asked."""

from collections.abc import Mapping
from typing import Any

from adapters.chat.slack.events.people import Home
from adapters.chat.slack.platform.canary import Canary
from adapters.chat.slack.platform.directory import Directory
from adapters.chat.slack.platform.places import Places
from adapters.chat.slack.platform.rooms import Rooms


class News:
    """Tells whoever keeps such knowledge. An event that came twice changes nothing more."""

    def __init__(self, directory: Directory, places: Places, rooms: Rooms, canary: Canary) -> None:
        self._directory = directory
        self._places = places
        self._rooms = rooms
        self._canary = canary

    def heard(self, event: Mapping[str, Any], home: Home) -> None:
        match event.get("type"):
            case "subteam_updated":
                self._directory.group_changed(str((event.get("subteam") or {}).get("id")))
            case "subteam_members_changed":
                self._directory.group_changed(str(event.get("subteam_id")))
            case "user_change":
                self._directory.forget(str((event.get("user") or {}).get("id")))
            case "app_uninstalled" | "tokens_revoked":
                # Only the news: whether our own token is meant, Slack itself says.
                self._canary.soon()
            case _:
                self._rooms.heard(event)
                self._places.heard(event, home)
