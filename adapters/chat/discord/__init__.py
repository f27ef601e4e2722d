"""Discord as a chat platform: threads under a starter message, buttons, one slash command.

discord.py is imported nowhere else.
"""

from collections.abc import Mapping

from adapters.chat.discord.options import DiscordOptions
from adapters.chat.discord.platform import DiscordPlatform
from bridge.ports.clock import Clock

__all__ = ["DiscordOptions", "DiscordPlatform", "build"]


def build(name: str, options: Mapping[str, object], clock: Clock) -> DiscordPlatform:
    """Make the platform `name` of the config from its entry.

    Raises: pydantic.ValidationError when the entry is wrong.
    """
    return DiscordPlatform(name, DiscordOptions.model_validate(options), clock)
