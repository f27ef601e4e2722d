"""Is this request about our installation? Another workspace's, or another app's, is none of our business."""

from collections.abc import Mapping
from typing import Any

from adapters.chat.slack.events.people import Home

Payload = Mapping[str, Any]


def is_ours(body: Payload, home: Home) -> bool:
    """By team and app. Who pressed or wrote may still be of another workspace: `Person.stranger` says so."""
    app = body.get("api_app_id")
    if home.app is not None and app is not None and app != home.app:
        return False
    # Whoever presses or types is of our app's workspaces; one of another team is refused in words, as a stranger.
    return body.get("type") != "event_callback" or _event_is_ours(body, home)


def _event_is_ours(body: Payload, home: Home) -> bool:
    """A shared channel's event may carry the other side's team at the top."""
    teams = {entry.get("team_id") for entry in body.get("authorizations") or [] if isinstance(entry, dict)}
    return home.team in teams or body.get("team_id") == home.team
