"""Calendars, ladders and approvals: from the file's models to the domain's records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bridge.domain.policy import Calendar, Ladder, Span, Step, StepKind, Until
from bridge.rulebook import models_rules as written
from bridge.rulebook.book import ApprovalEntry
from bridge.rulebook.complaints import Complaints, Path, check_known, quoted
from bridge.rulebook.scalars import days

WALL = "wall"
TEAM = "team"
ASSIGNEE = "assignee"
_LEAST_REPEAT = timedelta(seconds=1)
_NEEDS_AN_ASSIGNEE = {StepKind.NUDGE, StepKind.RELEASE}


@dataclass(frozen=True, slots=True)
class Names:
    """What the file defines, refused definitions included: a name that exists is not unknown."""

    platforms: frozenset[str]
    bots: frozenset[str]
    members: frozenset[str]
    teams: frozenset[str]
    calendars: frozenset[str]
    ladders: frozenset[str]
    approvals: frozenset[str]


def calendar_of(name: str, model: written.Calendar, timezone: str, complaints: Complaints) -> Calendar:
    path: Path = ("calendars", name)
    if name == WALL:
        complaints.add_key(path, "wall is the clock on the wall; call the calendar something else")
    weekly: dict[int, tuple[Span, ...]] = {}
    for key, spans in model.weekly.items():
        here = (*path, "weekly", key)
        _check_overlap(spans, here, complaints)
        try:
            found = days(key)
        except ValueError as error:
            complaints.add_key(here, str(error))
            continue
        for day in found:
            if day in weekly:
                complaints.add_key(here, "sets a weekday that is already set above")
            weekly[day] = tuple(spans)
    exceptions = {date: tuple(spans) for date, spans in model.exceptions.items()}
    for date, spans in model.exceptions.items():
        _check_overlap(spans, (*path, "exceptions", date.isoformat()), complaints)
    for index, date in enumerate(model.closed):
        if date in exceptions:
            complaints.add((*path, "closed", index), f"{date.isoformat()} is already set")
        exceptions[date] = ()
    if not any([*weekly.values(), *exceptions.values()]) and not complaints.touches(path):
        complaints.add(path, "this calendar never opens")
    return Calendar(name=name, timezone=model.timezone or timezone, weekly=weekly, exceptions=exceptions)


def _check_overlap(spans: Iterable[Span], path: Path, complaints: Complaints) -> None:
    last: Span | None = None
    for index, span in enumerate(spans):
        if last is not None and span.start < last.end:
            complaints.add((*path, index), "begins before the hours above it end")
        last = span


class Clocks:
    """Finds calendars and builds ladders, for `ladders:` and for those written into a route."""

    def __init__(self, calendars: Mapping[str, Calendar], names: Names, complaints: Complaints) -> None:
        self._calendars = calendars
        self._names = names
        self._complaints = complaints

    def calendar(self, name: str, path: Path) -> Calendar | None:
        if name in self._calendars:
            return self._calendars[name]
        check_known(self._complaints, path, name, ("calendar", self._names.calendars))
        return None

    def clock(self, name: str, path: Path) -> Calendar | None:
        """None for the wall."""
        if name == WALL or name in self._calendars:
            return self._calendars.get(name)
        check_known(self._complaints, path, name, ("calendar", {*self._names.calendars, WALL}))
        return None

    def ladder(self, name: str, model: written.Ladder, path: Path) -> Ladder:
        steps: list[Step] = []
        for index, step in enumerate(model.steps):
            here = (*path, "steps", index)
            built = Step(
                after=step.after,
                do=StepKind(step.do),
                who=self._who(step, here),
                priorities=_priorities(step),
            )
            self._check_order(built, steps, here)
            steps.append(built)
        if model.repeat is not None and model.repeat.every < _LEAST_REPEAT:
            self._complaints.add((*path, "repeat", "every"), "must be at least 1s")
        return Ladder(
            name=name,
            clock=self.clock(model.clock, (*path, "clock")),
            until=Until(model.until),
            rearm=model.rearm is not None,
            steps=tuple(steps),
            repeat_every=max(model.repeat.every, _LEAST_REPEAT) if model.repeat else None,
            repeat_times=model.repeat.times if model.repeat else 0,
        )

    def _who(self, step: written.Step, path: Path) -> str | None:
        said = step.who or step.to
        here = (*path, "who" if step.who else "to")
        if step.who and step.to:
            self._complaints.add((*path, "to"), "says the same as `who`; write one of them")
        match step.do:
            case "digest" | "release":
                if said is not None:
                    self._complaints.add(here, f"{step.do} is for nobody in particular; leave it out")
                return None
            case "nudge":
                if said not in {None, ASSIGNEE}:
                    self._complaints.add(here, "nudge reminds the assignee; for others write mention or alert")
                return ASSIGNEE
            case "alert" if said is None:
                self._complaints.add(path, "alert needs a team: add `to`")
                return None
            case _:
                who = said or TEAM
                if who not in {TEAM, ASSIGNEE}:
                    check_known(self._complaints, here, who, ("team", {*self._names.teams, TEAM, ASSIGNEE}))
                return who

    def _check_order(self, step: Step, earlier: list[Step], path: Path) -> None:
        here = (*path, "after")
        if earlier and step.after < earlier[-1].after:
            self._complaints.add(here, "is earlier than the step above it; write steps in the order of `after`")
        for other in earlier:
            together = step.priorities is None or other.priorities is None or step.priorities & other.priorities
            if other.after == step.after and together:
                self._complaints.add(here, "is the same as a step above it; only one of them would run")
                return

    def check_fits(self, ladder: Ladder, path: Path, *, held: bool) -> None:
        """A ladder of tickets nobody has cannot nudge; one of claimed tickets cannot end by a claim."""
        if held and ladder.until is Until.CLAIMED:
            self._complaints.add(path, f"{quoted(ladder.name)} runs while a ticket is claimed: until must be replied")
        for step in ladder.steps:
            if not held and (step.do in _NEEDS_AN_ASSIGNEE or step.who == ASSIGNEE):
                sentence = f"{quoted(ladder.name)} runs while nobody has the ticket: {step.do} belongs under claim.hold"
                self._complaints.add(path, sentence)
                return

    def approval(self, name: str, model: written.Approval) -> ApprovalEntry:
        path: Path = ("approvals", name)
        if model.approvers != TEAM:
            here = (*path, "approvers")
            check_known(self._complaints, here, model.approvers, ("team", {*self._names.teams, TEAM}))
        expire = model.expire
        return ApprovalEntry(
            name=name,
            approvers=model.approvers,
            allow=frozenset(model.allow),
            quorum=model.quorum,
            expire_after=expire.after if expire else None,
            expire_clock=self.clock(expire.clock, (*path, "expire", "clock")) if expire else None,
            then=expire.then if expire else "expire",
            on_new_message=model.on_new_message,
        )


def _priorities(step: written.Step) -> frozenset[str] | None:
    if step.if_ is None:
        return None
    chosen = step.if_.priority
    return frozenset(chosen if isinstance(chosen, list) else [chosen])
