"""Slack."""

from collections.abc import Mapping

from adapters.chat.slack.options import SlackOptions
from adapters.chat.slack.platform import SlackPlatform
from bridge.ports.clock import Clock


def build(name: str, options: Mapping[str, object], clock: Clock) -> SlackPlatform:
    """Make the workspace called `name`. Nothing is opened before `run`.

    Raises: pydantic's ValidationError.
    """
    return SlackPlatform(name, SlackOptions.model_validate(options), clock)
