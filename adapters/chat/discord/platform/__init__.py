"""The connection to one Discord server."""

from adapters.chat.discord.platform.port import DiscordPlatform

__all__ = ["DiscordPlatform"]
