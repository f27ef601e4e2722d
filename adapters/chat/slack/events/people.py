"""Who somebody is, by what the workspace told."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.chat.slack.events.words import Names
from bridge.domain.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Our own installation, as auth.test names it."""

    platform: str
    """The entry's name under `platforms:`."""
    team: str
    bot_id: str
    bot_user: str
    url: str | None = None
    """`https://acme.slack.com/`"""
    app: str | None = None
    """Our app's id; None where nobody would tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What users.info says of one person."""

    name: str
    team: str | None = None
    guest: bool = False
    stranger: bool = False
    bot: bool = False
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the people one event names, at the moment it came."""

    people: Mapping[str, Facts]
    handles: Mapping[str, str]
    """User group id → handle."""
    members: Mapping[str, frozenset[str]] | None
    """User group id → user ids; None when a group could not be read."""

    @property
    def names(self) -> Names:
        return Names({user: facts.name for user, facts in self.people.items()}, self.handles)


def person_of(
    user: str,
    home: Home,
    known: Known,
    *,
    in_channel: bool,
    channel: str | None = None,
    called: str | None = None,
    team: str | None = None,
) -> Person:
    """Facts about `user`. `called` and `team` are what the event itself says; users.info knows better.

    `channel` is the one `in_channel` speaks of, where that may be another than the ticket's.

    Somebody we could not look up has unknown groups, and may be a guest: they are refused, and told so.
    """
    facts = known.people.get(user)
    workspace = (facts.team if facts is not None else None) or team or home.team
    groups = None
    if facts is not None and known.members is not None:
        groups = frozenset(group for group, members in known.members.items() if user in members)
    return Person(
        platform=home.platform,
        workspace=workspace,
        id=user,
        name=facts.name if facts is not None else called or "somebody",
        groups=groups,
        in_channel=in_channel,
        channel=channel,
        guest=facts is None or facts.guest,
        stranger=workspace != home.team or (facts is not None and facts.stranger),
        avatar_url=facts.avatar_url if facts is not None else None,
    )
