"""Who shall ring: names of the ladder → ids of the platform. Nobody else is ever mentioned."""

from bridge.domain.people import Assignee
from bridge.domain.refs import Lane, MemberKey
from bridge.domain.ticket import Ticket
from bridge.rulebook.book import RuleBook

RINGS_AT_MOST = 20


def mentioned(book: RuleBook, who: str, ticket: Ticket, lane: Lane) -> tuple[str, ...]:
    """`team`, `assignee`, `last_assignee` or a team's name → `team:<group id>` or user ids."""
    match who:
        case "assignee":
            return _one(book, ticket.assignee, lane)
        case "last_assignee":
            return _one(book, ticket.last_assignee, lane)
        case "team":
            return of_team(book, ticket.policy.team, lane)
        case _:
            return of_team(book, who, lane)


def of_team(book: RuleBook, team: str, lane: Lane) -> tuple[str, ...]:
    """The team's group on this platform; without one, its listed members."""
    entry, platform = book.teams.get(team), book.platforms.get(lane.platform)
    if entry is None or platform is None:
        return ()
    group = {entry.slack_group, entry.discord_role} & book.groups(platform.kind)
    if group:
        return tuple(f"team:{each}" for each in sorted(filter(None, group)))
    return accounts(book, team, lane.platform)[:RINGS_AT_MOST]


def members_of(book: RuleBook, who: str, ticket: Ticket, lane: Lane) -> tuple[str, ...]:
    """Whom to mention one by one where a team's group cannot ring."""
    if who in {"assignee", "last_assignee"}:
        return ()
    return accounts(book, ticket.policy.team if who == "team" else who, lane.platform)[:RINGS_AT_MOST]


def accounts(book: RuleBook, team: str, platform: str) -> tuple[str, ...]:
    """Ids of the team's listed members on a platform."""
    entry = book.teams.get(team)
    named = sorted(entry.members) if entry is not None else []
    found = (book.account(MemberKey(name), platform) for name in named)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def account_of(book: RuleBook, member: Assignee, platform: str) -> str | None:
    """Where a member is on a platform: what the config says, else where they acted from."""
    listed = book.account(member.key, platform)
    return listed or (member.person if member.platform == platform else None)


def _one(book: RuleBook, member: Assignee | None, lane: Lane) -> tuple[str, ...]:
    found = account_of(book, member, lane.platform) if member is not None else None
    return (found,) if found is not None else ()
