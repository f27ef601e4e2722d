"""Discord as a chat platform: threads under a starter message, buttons, one slash command.

discord.py is imported nowhere else.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from adapters.chat.discord.options import DiscordOptions
from bridge.ports.clock import Clock

if TYPE_CHECKING:
    from adapters.chat.discord.names import DiscordNames
    from adapters.chat.discord.platform import DiscordPlatform

OPTIONS = DiscordOptions


def build(name: str, options: Mapping[str, object], clock: Clock) -> "DiscordPlatform":
    """Make the platform `name` of the config from its entry.

    Raises: pydantic.ValidationError when the entry is wrong.
    """
    from adapters.chat.discord.platform import DiscordPlatform  # noqa: PLC0415 - options are checked without the library

    return DiscordPlatform(name, DiscordOptions.model_validate(options), clock)


def names(_name: str, options: Mapping[str, object]) -> "DiscordNames":
    """Ask the server what things are called. Raises: as `build`."""
    from adapters.chat.discord.names import DiscordNames  # noqa: PLC0415 - options are checked without the library

    return DiscordNames(DiscordOptions.model_validate(options))
