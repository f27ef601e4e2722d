"""Person → Actor with today's rulebook: the only place that knows who belongs to a team."""

from bridge.domain.people import Actor, ActorKind, Person
from bridge.domain.refs import CONSOLE, BotName, MemberKey, UserId
from bridge.domain.ticket import Ticket
from bridge.rulebook.book import RuleBook


def actor_of(person: Person, book: RuleBook) -> Actor:
    """A member, with every team they belong to now.

    With `known=False` there may be more: their groups could not be read. A team they are in by name still counts.
    """
    teams = frozenset(name for name in book.teams if book.belongs(name, person, in_ticket_channel=person.in_channel))
    return Actor(
        kind=ActorKind.MEMBER,
        key=key_of(person, book),
        name=person.name,
        teams=teams,
        admin=person.admin,
        known=person.groups is not None,
        platform=person.platform,
        person=person.id,
        workspace=person.workspace,
        avatar_url=person.avatar_url,
    )


def may_see(ticket: Ticket, person: Person, book: RuleBook) -> bool:
    """Members see every ticket; guests and people of other organisations only those of a team they belong to."""
    if not (person.guest or person.stranger):
        return True
    return book.belongs(ticket.policy.team, person, in_ticket_channel=person.in_channel)


def key_of(person: Person, book: RuleBook) -> MemberKey:
    """The human's one key: their name under `members:`, else the account itself."""
    return book.member_key(person.platform, person.id) or MemberKey(f"{person.platform}:{person.id}")


def somebody_of(team: str, book: RuleBook) -> str | None:
    """Whom the file names first as a member of the team."""
    entry = book.teams.get(team)
    return min(entry.members, default=None) if entry is not None else None


def bot_actor(bot: BotName) -> Actor:
    return Actor(kind=ActorKind.BOT, key=MemberKey(bot), name=bot)


def user_actor(user: UserId) -> Actor:
    """The end user. Their name stands with the user's words, never in the log."""
    return Actor(kind=ActorKind.USER, key=MemberKey(user), name="")


def named(key: str, book: RuleBook) -> Person | None:
    """A member somebody else named: `ana` of `members:`, or an account such as `console:Ana` or `acme-slack:U0ANA`."""
    platform, found, account = key.partition(":")
    if not found:
        return _listed(MemberKey(key), book)
    if platform != CONSOLE and platform not in book.platforms:
        return None
    return _person(platform, account, account)


def _listed(key: MemberKey, book: RuleBook) -> Person | None:
    """A member of the file, by the first account they have on a platform that is configured."""
    if key not in book.members:
        return None
    for platform in (*book.platforms, CONSOLE):
        account = book.account(key, platform) if platform != CONSOLE else book.members[key].get(CONSOLE)
        if account is not None:
            return _person(platform, account, book.member_name(key) or account)
    return None


def _person(platform: str, account: str, name: str) -> Person:
    # No channel that any ticket has: where it matters, the platform is asked.
    return Person(
        platform=platform, workspace=platform, id=account, name=name, in_channel=platform == CONSOLE, channel=""
    )
