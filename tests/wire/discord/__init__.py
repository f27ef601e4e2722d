"""A small Discord: REST v10 and a gateway that enforce what the real ones enforce, as far as Handrail uses them."""

from tests.wire.discord.server import DiscordServer

__all__ = ["DiscordServer"]
