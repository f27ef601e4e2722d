"""A Discord member → the facts we state about a person."""

import discord

from bridge.domain.people import Person


def person_of(member: discord.User | discord.Member, platform: str, guild: int) -> Person:
    """Facts only. Without the server's roles at hand `groups` is None: such a person is refused, and told so."""
    return Person(
        platform=platform,
        workspace=str(guild),
        id=str(member.id),
        name=member.display_name,
        groups=_groups(member),
        # Who acts in a channel of a server sees it: Discord has no acting from outside.
        in_channel=True,
        avatar_url=member.display_avatar.url,
    )


def someone(platform: str, guild: int) -> Person:
    """Discord does not tell who deleted a message."""
    return Person(platform=platform, workspace=str(guild), id="", name="", groups=None, in_channel=True)


def _groups(member: discord.User | discord.Member) -> frozenset[str] | None:
    if not isinstance(member, discord.Member) or not member.guild.roles:
        return None
    return frozenset(str(role.id) for role in member.roles if not role.is_default())
