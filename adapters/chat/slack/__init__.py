"""Slack."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from adapters.chat.slack.options import SlackOptions
from bridge.ports.clock import Clock

if TYPE_CHECKING:
    from adapters.chat.slack.names import SlackNames
    from adapters.chat.slack.platform import SlackPlatform

OPTIONS = SlackOptions


def build(name: str, options: Mapping[str, object], clock: Clock) -> "SlackPlatform":
    """Make the workspace called `name`. Nothing is opened before `run`.

    Raises: pydantic's ValidationError.
    """
    from adapters.chat.slack.platform import SlackPlatform  # noqa: PLC0415 - options are checked without the library

    return SlackPlatform(name, SlackOptions.model_validate(options), clock)


def names(name: str, options: Mapping[str, object]) -> "SlackNames":
    """Ask the workspace what things are called. Raises: as `build`."""
    from adapters.chat.slack.names import SlackNames  # noqa: PLC0415 - options are checked without the library

    return SlackNames(name, SlackOptions.model_validate(options))
