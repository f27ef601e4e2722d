"""Every chat platform the contract suite is run against. A new one adds its row."""

from collections.abc import Mapping

from tests.adapters.discord_shore import discord_shore
from tests.adapters.far_side import ShoreMaker
from tests.adapters.slack_shore import slack_shore

EVERY_CHAT_PLATFORM: Mapping[str, ShoreMaker] = {
    "slack": slack_shore,
    "discord": discord_shore,
}
