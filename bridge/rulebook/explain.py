"""Why a ticket goes where it goes, and who is reminded when: for `route try`, `tickets why` and "Why here?"."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.domain import ladders
from bridge.domain.policy import Ladder, Policy, Step, StepKind
from bridge.domain.routing import RouteFacts, RoutePick
from bridge.domain.ticket import Climb, Ticket
from bridge.domain.words import Brief, User
from bridge.rulebook.book import RuleBook
from bridge.rulebook.facts import facts_of_payload, facts_of_ticket

_MOST_SHOWN = 20

_DOES: Mapping[StepKind, str] = {
    StepKind.NOTIFY: "notify",
    StepKind.MENTION: "mention",
    StepKind.DIGEST: "post the queue anew",
    StepKind.ALERT: "alert",
    StepKind.NUDGE: "nudge",
    StepKind.RELEASE: "give it back to the queue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the rules of one book say about one set of facts at one time."""

    at: datetime
    facts: RouteFacts
    pick: RoutePick
    """With why every earlier route did not match."""
    reminders: tuple[tuple[Step, datetime], ...]
    """If nobody takes it."""

    @property
    def policy(self) -> Policy:
        return self.pick.route.policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The rules a ticket opened with, and what those of today would do with it."""

    route: str
    reason: str
    rulebook: str
    same_rules: bool
    """Today's file is the one it was routed by."""
    reminders: tuple[tuple[Step, datetime], ...]
    """Those still to come; empty once somebody has it, unless its user waits again."""
    today: Trial

    @property
    def would_move(self) -> bool:
        return self.today.pick.route.name != self.route


def try_route(book: RuleBook, payload: Mapping[str, object], at: datetime, *, bot: str | None = None) -> Trial:
    """`payload` is the body of an escalation; whose it is says `bot`, its own key `bot`, or the file's only bot."""
    only = next(iter(book.bots)) if len(book.bots) == 1 else ""
    return trial(book, facts_of_payload(payload, bot or only), at)


def trial(book: RuleBook, facts: RouteFacts, at: datetime) -> Trial:
    pick = book.route(facts, at)
    waiting = pick.route.policy.waiting
    reminders = _plan(waiting, Climb(since=at), facts.priority)
    return Trial(at=at, facts=facts, pick=pick, reminders=reminders)


def why(book: RuleBook, ticket: Ticket, brief: Brief, user: User, now: datetime) -> Why:
    policy = ticket.policy
    return Why(
        route=policy.route,
        reason=ticket.route_reason,
        rulebook=policy.rulebook,
        same_rules=policy.rulebook == book.digest,
        reminders=(
            *_plan(policy.waiting, ticket.waiting_climb, ticket.priority),
            *_plan(policy.answering, ticket.answering_climb, ticket.priority),
        ),
        today=trial(book, facts_of_ticket(ticket, brief, user), now),
    )


def told(book: RuleBook, found: Trial) -> list[str]:
    """A trial in lines for a terminal, times in the file's timezone."""
    pick, policy = found.pick, found.policy
    place = str(policy.lane) if policy.lane else "the console"
    line = book.lines.get(pick.route.name)
    lines = [
        f"route     {pick.route.name}" + (f"   ({book.path}:{line})" if line else ""),
        f"because   {pick.reason}",
        f"shown in  {place}, for team {policy.team}",
    ]
    lines += [f"not       {name}: {why_not}" for name, why_not in pick.passed]
    lines += _reminder_lines(found.reminders, ZoneInfo(book.timezone))
    return lines


def told_why(book: RuleBook, found: Why) -> list[str]:
    """The same for a ticket: its own rules first, then today's."""
    lines = [
        f"route     {found.route}   (rules {found.rulebook})",
        f"because   {found.reason}",
        *_reminder_lines(found.reminders, ZoneInfo(book.timezone)),
    ]
    if found.same_rules:
        return [*lines, "today     the same rules are in force"]
    verdict = "it would go elsewhere" if found.would_move else "it would come here again"
    return [*lines, f"today     rules {book.digest}: {verdict}", *(f"  {line}" for line in told(book, found.today))]


def _plan(ladder: Ladder | None, climb: Climb | None, priority: str) -> tuple[tuple[Step, datetime], ...]:
    return ladders.plan(ladder, climb, priority) if ladder is not None and climb is not None else ()


def _reminder_lines(reminders: Iterable[tuple[Step, datetime]], zone: ZoneInfo) -> list[str]:
    steps = list(reminders)
    lines = [
        f"reminder  {at.astimezone(zone):%a %d %b %Y %H:%M:%S %Z}  {_DOES[step.do]}{f' {step.who}' if step.who else ''}"
        for step, at in steps[:_MOST_SHOWN]
    ]
    if len(steps) > _MOST_SHOWN:
        lines.append(f"reminder  … and {len(steps) - _MOST_SHOWN} more")
    return lines or ["reminder  none"]
