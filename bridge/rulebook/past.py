"""Escalations of another day, judged by today's rules or by two files: `config diff` and `simulate`."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bridge.domain.policy import Policy, same_rules
from bridge.domain.routing import RouteFacts
from bridge.rulebook.book import RuleBook
from bridge.rulebook.explain import trial
from bridge.rulebook.facts import facts_of_payload
from bridge.rulebook.scalars import duration


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEvent:
    """One escalation as it was."""

    name: str
    """How it is called in a table: `#1042`, or `line 3`."""
    at: datetime
    facts: RouteFacts
    claimed_after: timedelta | None = None
    """When somebody took it; nobody ever did, if it is not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    event: PastEvent
    before: str
    after: str
    because: str
    """What of it is different."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """Somebody is reminded."""

    at: datetime
    event: str
    route: str
    do: str
    who: str


def read_events(text: str, now: datetime, bots: Iterable[str]) -> list[PastEvent]:
    """JSON lines: the body of each escalation, with `bot`, `at` and `claimed_after` (5m) where they matter.

    Raises: ValueError with every line that cannot be read.
    """
    known = list(bots)
    only = known[0] if len(known) == 1 else ""
    found: list[PastEvent] = []
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(_event(number, line, now, only))
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
    if wrong:
        raise ValueError("\n".join(wrong))
    return found


def _event(number: int, line: str, now: datetime, bot: str) -> PastEvent:
    try:
        given = json.loads(line)
    except ValueError:
        raise ValueError("is no JSON") from None
    if not isinstance(given, dict):
        raise ValueError("is no JSON object")  # noqa: TRY004 - told like every other unreadable line
    at = now
    if "at" in given:
        try:
            at = datetime.fromisoformat(str(given["at"]))
        except ValueError:
            raise ValueError("at is no time; expected e.g. 2026-11-24T23:30+01:00") from None
    claimed = given.get("claimed_after")
    return PastEvent(
        name=f"line {number}",
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
        facts=facts_of_payload(given, bot),
        claimed_after=None if claimed is None else duration(claimed),
    )


def differences(old: RuleBook, new: RuleBook, events: Iterable[PastEvent]) -> Iterator[Difference]:
    """Those that would go elsewhere, or be treated otherwise."""
    for event in events:
        before, after = old.route(event.facts, event.at), new.route(event.facts, event.at)
        was, will = before.route.policy, after.route.policy
        if was.route == will.route and same_rules(was, will):
            continue
        yield Difference(event=event, before=was.route, after=will.route, because=_because(was, will, after.reason))


def _because(was: Policy, will: Policy, reason: str) -> str:
    changes = [reason] if was.route != will.route else []
    if was.lane != will.lane:
        changes.append(f"shown in {will.lane or 'the console'} instead of {was.lane or 'the console'}")
    if was.team != will.team:
        changes.append(f"team {will.team} instead of {was.team}")
    if was.waiting != will.waiting:
        changes.append("other reminders")
    return "; ".join(changes) or "other settings"


def simulate(book: RuleBook, events: Sequence[PastEvent]) -> list[Ping]:
    """Who would be reminded when, if the claims came as they are said to."""
    pings: list[Ping] = []
    for event in events:
        found = trial(book, event.facts, event.at)
        route = found.policy.route
        until = event.at + event.claimed_after if event.claimed_after is not None else None
        pings.append(Ping(at=event.at, event=event.name, route=route, do="opened", who=_place(found.policy)))
        for step, at in found.reminders:
            if until is None or at < until:
                who = found.policy.team if step.who == "team" else step.who or _place(found.policy)
                pings.append(Ping(at=at, event=event.name, route=route, do=step.do.value, who=who))
        if until is not None:
            pings.append(Ping(at=until, event=event.name, route=route, do="claimed", who=found.policy.team))
    return sorted(pings, key=lambda ping: ping.at)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _place(policy: Policy) -> str:
    return str(policy.lane) if policy.lane else "the console"


def tally(pings: Iterable[Ping]) -> Mapping[str, int]:
    """How often each is reminded, most often first."""
    counts: dict[str, int] = {}
    for ping in pings:
        if ping.do not in {"opened", "claimed"}:
            counts[ping.who] = counts.get(ping.who, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
