"""Who acts: raw facts a platform gave, and what a decision may know of them."""

from dataclasses import dataclass
from enum import StrEnum

from bridge.domain.refs import MemberKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Facts a platform stated about whoever clicked or wrote. Nothing here is a judgement."""

    platform: str
    """Name of the platform entry in the config, or `console`."""
    workspace: str
    """Slack team id, Discord guild id, or `console`."""
    id: str
    name: str
    groups: frozenset[str] | None = frozenset()
    """Ids of user groups or roles; None when the platform could not be asked: such a person is refused, and told so."""
    in_channel: bool = False
    """Is a member of the channel the event came from."""
    channel: str | None = None
    """That channel's id; None when it can only be the ticket's own."""
    guest: bool = False
    stranger: bool = False
    """From another organisation (Slack Connect)."""
    admin: bool = False
    """An admin of the console; platforms never set it."""
    avatar_url: str | None = None


class ActorKind(StrEnum):
    MEMBER = "member"
    BOT = "bot"
    USER = "user"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, as a decision may know them."""

    kind: ActorKind
    key: MemberKey
    """For members their key; for the bot its name, for the user their id, for the system the job."""
    name: str
    teams: frozenset[str] = frozenset()
    admin: bool = False
    known: bool = True
    """False when `teams` may lack some: they are refused what those would allow, with that reason."""
    platform: str | None = None
    person: str | None = None
    """The platform's own id of this person, for mentions and private answers."""
    workspace: str | None = None
    avatar_url: str | None = None

    def may_work_for(self, team: str) -> bool:
        return self.admin or team in self.teams


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignee:
    """Who has a ticket: enough to name, mention and answer them later."""

    key: MemberKey
    name: str
    platform: str | None = None
    person: str | None = None
    avatar_url: str | None = None


def as_assignee(actor: Actor) -> Assignee:
    return Assignee(
        key=actor.key, name=actor.name, platform=actor.platform, person=actor.person, avatar_url=actor.avatar_url
    )


def system(job: str) -> Actor:
    return Actor(kind=ActorKind.SYSTEM, key=MemberKey(job), name="Handrail")
