"""Teams that are too small for what is asked of them, or open to everybody."""

from collections.abc import Iterator
from datetime import datetime

from bridge.rulebook.book import RuleBook, TeamEntry
from bridge.rulebook.build_times import TEAM
from bridge.rulebook.complaints import quoted
from bridge.rulebook.lints.doubt import Doubt, spots


def quorum(book: RuleBook, _now: datetime) -> Iterator[Doubt]:
    """A quorum its team cannot reach; how many are in a group or a channel is not known here."""
    for name, approval in book.approvals.items():
        asked = {route.policy.team for route in book.routes() if route.policy.approval == name}
        teams = sorted(asked) if approval.approvers == TEAM else [approval.approvers]
        for team in teams:
            entry = book.teams.get(team)
            size = _size(entry) if entry is not None else None
            if size is not None and size < approval.quorum:
                people = "one member" if size == 1 else f"{size} members"
                sentence = f"{approval.quorum} must agree, and the team {quoted(team)} has {people}"
                yield Doubt(("approvals", name, "quorum"), sentence)


def anybody(book: RuleBook, _now: datetime) -> Iterator[Doubt]:
    """A team people can join by themselves."""
    guilds = {entry.options.get("guild") for entry in book.platforms.values()}
    for name, team in book.teams.items():
        if team.discord_role is not None and team.discord_role in guilds:
            sentence = "this role is @everyone of the server: all its people belong to the team"
            yield Doubt(("teams", name, "discord_role"), sentence)
    told: set[str] = set()
    for spot in spots(book):
        policy = spot.route.policy
        team_entry = book.teams.get(policy.team)
        if policy.team in told or policy.lane is None or team_entry is None or not team_entry.members_of_channel:
            continue
        told.add(policy.team)
        own = ("teams", policy.team, "members_of") if policy.team != "channel" else (*spot.path, "target")
        sentence = (
            f"whoever joins {policy.lane} belongs to the team: unless that channel is private, anybody can; "
            "name members or a group to choose them yourself"
        )
        yield Doubt(own, sentence)


def _size(team: TeamEntry) -> int | None:
    """None when it has sources that only a platform can count."""
    if team.slack_group or team.discord_role or team.members_of_channel:
        return None
    return len(team.members)
