"""Which running tickets follow rules that the file has no more, and which have lost a shore it no longer names."""

from collections.abc import Iterable
from dataclasses import dataclass

from bridge.domain.policy import Policy, follows
from bridge.domain.refs import BotName
from bridge.domain.views import Followers
from bridge.rulebook.book import RuleBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    outdated: int
    orphaned: int
    missing: tuple[str, ...]
    """The platforms and bots that orphaned tickets wait for."""


def following(book: RuleBook, groups: Iterable[Followers]) -> Counts:
    outdated = orphaned = 0
    missing: set[str] = set()
    for group in groups:
        lost = lost_shores(book, group.bot, group.platform)
        missing.update(lost)
        orphaned += group.count if lost else 0
        outdated += group.count if is_outdated(book, group.policy) else 0
    return Counts(outdated=outdated, orphaned=orphaned, missing=tuple(sorted(missing)))


def is_outdated(book: RuleBook, policy: Policy) -> bool:
    """Its route is gone, or says something else by now."""
    if policy.rulebook == book.digest:
        return False
    route = book.route_named(policy.route)
    return route is None or not follows(policy, route.policy)


def lost_shores(book: RuleBook, bot: BotName, platform: str | None) -> tuple[str, ...]:
    """What a ticket waits for that the file no longer has."""
    lost = (platform,) if platform is not None and platform not in book.platforms else ()
    return (*lost, bot) if bot not in book.bots else lost
