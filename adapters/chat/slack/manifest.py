"""The app's manifest: what an admin pastes at "From a manifest" instead of forty clicks."""

from collections.abc import Mapping, Sequence
from json import dumps
from typing import Final, TypeAlias

from adapters.chat.slack.grants import COMMAND, EVENT_TYPE, EVENTS, SCOPES, SHORTCUTS, USAGE, needed

Json: TypeAlias = "str | bool | int | Sequence[Json] | Mapping[str, Json]"

PATH: Final = "slack/events"
"""Below the platform's address, in HTTP mode. Events, clicks and commands all come there."""
NAME_AT_MOST: Final = 35
ABOUT: Final = "Bots hand conversations to people: a thread per ticket, claimed and answered here."


def manifest(*, name: str = "Handrail", request_url: str | None = None) -> dict[str, Json]:
    """For Socket Mode; with `request_url` (https) for HTTP mode: Slack then posts everything to that address."""
    url: dict[str, Json] = {} if request_url is None else {"url": request_url}
    asks: dict[str, Json] = {} if request_url is None else {"request_url": request_url}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {"name": name, "description": ABOUT, "background_color": "#1d3557"},
        "features": {
            # Without a messages tab Slack refuses our direct messages. Nobody can write there: it would reach no one.
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "shortcuts": [
                {"name": each.name, "type": "message", "callback_id": id_, "description": each.about}
                for id_, each in SHORTCUTS.items()
            ],
            "slash_commands": [
                {
                    "command": COMMAND,
                    **url,
                    "description": "The tickets of your team",
                    "usage_hint": USAGE,
                    # Else "@Ben" arrives as text, and nobody could tell which Ben.
                    "should_escape": True,
                }
            ],
        },
        # In the order of the table, which is the order of importance.
        "oauth_config": {"scopes": {"bot": [scope for scope in SCOPES if scope in needed()]}},
        "settings": {
            "event_subscriptions": {
                **asks,
                "bot_events": sorted(EVENTS),
                # Only posts that carry our own kind of metadata; the events name the app that posted them.
                "metadata_subscriptions": [{"app_id": "*", "event_type": EVENT_TYPE}],
            },
            "interactivity": {"is_enabled": True, **asks},
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            # Rotated tokens live for twelve hours, and that cannot be undone: a token in a file is good until revoked.
            "token_rotation_enabled": False,
        },
    }


def as_json(made: Json) -> str:
    return dumps(made, indent=2, ensure_ascii=False)


def as_yaml(made: Json, indent: str = "") -> str:
    """Block style. Every string is quoted as in JSON, which YAML reads alike."""
    if isinstance(made, Mapping):
        return "\n".join(f"{indent}{key}:{_under(value, indent)}" for key, value in made.items())
    if isinstance(made, Sequence) and not isinstance(made, str):
        return "\n".join(f"{indent}-{as_yaml(each, indent + '  ').removeprefix(indent + ' ')}" for each in made)
    return f"{indent}{dumps(made, ensure_ascii=False)}"


def _under(value: Json, indent: str) -> str:
    if isinstance(value, Mapping | list):
        return "\n" + as_yaml(value, indent + "  ")
    return " " + as_yaml(value)
