"""What an app was granted: read from its manifest, as Slack does when the app is created and installed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.chat.slack.manifest import manifest as printed


@dataclass(frozen=True, slots=True)
class Grants:
    scopes: frozenset[str]
    events: frozenset[str]
    commands: frozenset[str]
    shortcuts: frozenset[str]
    """Callback ids of what stands in messages' menus."""
    home: bool
    messages: bool
    """May it write to people directly?"""
    interactive: bool
    socket_mode: bool


def granted(manifest: Mapping[str, Any] | None = None) -> Grants:
    """Without a manifest: what `handrail slack manifest` prints."""
    given: Mapping[str, Any] = manifest if manifest is not None else printed()
    features, settings = given.get("features", {}), given.get("settings", {})
    return Grants(
        scopes=frozenset(given.get("oauth_config", {}).get("scopes", {}).get("bot", ())),
        events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
        commands=frozenset(one["command"] for one in features.get("slash_commands", ())),
        shortcuts=frozenset(one["callback_id"] for one in features.get("shortcuts", ())),
        home=bool(features.get("app_home", {}).get("home_tab_enabled")),
        messages=bool(features.get("app_home", {}).get("messages_tab_enabled")),
        socket_mode=bool(settings.get("socket_mode_enabled")),
        interactive=bool(settings.get("interactivity", {}).get("is_enabled")),
    )
