"""Measures against a second reading of the definitions: slow, by searching the whole log, on any log there may be."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.measures import Line, Span, Spread, Terms, Timed, facts_of, gather, spread
from bridge.domain.measures.tally import ranked
from bridge.domain.people import ActorKind
from tests.domain.stories import START

TERMS = Terms(calendar=None, reopen_within=timedelta(days=7))
QUEUED, HELD, CLOSED = "queued", "held", "closed"
MOVES = {
    QUEUED: {"ticket.assigned": HELD, "ticket.closed": CLOSED},
    HELD: {"ticket.reassigned": HELD, "ticket.unassigned": QUEUED, "ticket.closed": CLOSED},
    CLOSED: {"ticket.reopened": QUEUED},
}
ASIDE = ("message.received", "message.created", "message.delivered", "note.added", "ticket.snoozed", "ticket.resumed")


@st.composite
def logs(draw: st.DrawFn) -> list[Line]:
    """A log as lifecycles may write it: owners change by the arrows, everything else happens at any time."""
    state, now, snoozed = QUEUED, START, False
    lines = [Line("ticket.opened", now, ActorKind.BOT, {"route": "support"})]
    for number in range(draw(st.integers(0, 25))):
        now += timedelta(seconds=draw(st.integers(1, 5000)))
        kind = draw(st.sampled_from([*MOVES[state], *ASIDE]))
        if (kind == "ticket.snoozed" and state == CLOSED) or (kind == "ticket.resumed" and not snoozed):
            continue
        state = MOVES[state].get(kind, state)
        snoozed = kind == "ticket.snoozed" or (snoozed and kind in ASIDE and kind != "ticket.resumed")
        by = draw(st.sampled_from([ActorKind.MEMBER, ActorKind.SYSTEM, ActorKind.BOT]))
        message = f"msg_{draw(st.integers(0, 3)) if kind == 'message.delivered' else number}"
        lines.append(Line(kind, now, by, {"outcome": "resolved"} if kind == "ticket.closed" else {}, message))
    return lines


def first(lines: list[Line], *kinds: str, after: datetime | None = None, by: ActorKind | None = None) -> Line | None:
    return next(
        (
            line for line in lines
            if line.kind in kinds and (after is None or line.at > after) and (by is None or line.by is by)
        ), None,
    )  # fmt: skip


def measured(lines: list[Line], what: Span) -> list[timedelta]:
    facts = facts_of(lines, TERMS)
    return [fact.wall for fact in facts if isinstance(fact, Timed) and fact.what is what and fact.undoes is None]


def until(end: Line | None) -> list[timedelta]:
    return [end.at - START] if end is not None else []


@given(logs())
def test_spans_from_the_opening_end_at_the_first_of_their_kind(lines):
    said = [line for line in lines if line.kind == "message.created" and line.by is ActorKind.MEMBER]
    assert measured(lines, Span.CLAIM) == until(first(lines, "ticket.assigned"))
    assert measured(lines, Span.FIRST_RESPONSE) == until(first(said, "message.created"))
    assert measured(lines, Span.RESOLUTION_FIRST) == until(first(lines, "ticket.closed"))
    receipts = [
        line for line in lines
        if line.kind == "message.delivered" and any(s.message == line.message and s.at < line.at for s in said)
    ]  # fmt: skip
    assert measured(lines, Span.HANDOFF_WAIT) == until(first(receipts, "message.delivered"))


@given(logs())
def test_a_reclaim_waits_from_each_release_or_return(lines):
    moves = [line for line in lines if line.kind in {"ticket.assigned", "ticket.unassigned", "ticket.reopened"}]
    had = first(lines, "ticket.assigned")
    waits = [
        later.at - before.at
        for before, later in pairwise(moves)
        if later.kind == "ticket.assigned" and had is not None and before.at > had.at
    ]
    assert measured(lines, Span.RECLAIM) == waits


@given(logs())
def test_a_next_response_answers_the_first_of_each_run(lines):
    waits, run, open_now = [], None, True
    for line in lines:
        open_now = {"ticket.closed": False, "ticket.reopened": True}.get(line.kind, open_now)
        if line.kind == "message.received" and open_now and run is None:
            run = line.at
        if line.kind == "ticket.closed":
            run = None
        if line.kind == "message.created" and line.by is ActorKind.MEMBER and run is not None:
            waits.append(line.at - run)
            run = None
    assert measured(lines, Span.NEXT_RESPONSE) == waits


@given(logs())
def test_handle_time_is_every_second_somebody_had_it_awake(lines):
    """Second by second would be slow: between two lines nothing changes, so line by line is the same."""
    awake = timedelta(0)
    held = snoozed = False
    for before, line in pairwise(lines):
        held = {"ticket.assigned": True, "ticket.unassigned": False, "ticket.closed": False}.get(before.kind, held)
        if before.kind == "ticket.snoozed":
            snoozed = True
        elif before.kind.startswith("ticket."):
            snoozed = False
        awake += line.at - before.at if held and not snoozed else timedelta(0)
    done = [line for line in lines if line.kind in {"ticket.assigned", "ticket.unassigned", "ticket.closed"}]
    if done and done[-1].kind == "ticket.assigned":  # still held: the last stretch has not ended
        shorter = lines[: lines.index(done[-1]) + 1]
        assert measured(lines, Span.HANDLE) == measured(shorter, Span.HANDLE)
    else:
        assert sum(measured(lines, Span.HANDLE), timedelta(0)) == awake


@given(logs())
def test_only_the_last_end_counts_for_the_total(lines):
    closings = [line for line in lines if line.kind == "ticket.closed"]
    ended = closings[-1:] if closings and not first(lines, "ticket.reopened", after=closings[-1].at) else []
    tallies = gather(facts_of(lines, TERMS), START, START + timedelta(days=30)).values()
    total = spread(tallies, Span.RESOLUTION_TOTAL, since=START)
    assert total == ranked([int((line.at - START).total_seconds()) for line in ended])


@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_a_percentile_is_the_smallest_length_that_so_many_reach(lengths):
    lengths.sort()
    found = ranked(lengths)
    for percent, figure in ((50, found.p50), (90, found.p90), (99, found.p99)):
        assert figure is not None
        reach = [length for length in lengths if 100 * sum(x <= length for x in lengths) >= percent * len(lengths)]
        assert int(figure.total_seconds()) == min(reach)
    assert found.count == len(lengths)


def test_no_lengths_have_no_figures():
    assert ranked([]) == Spread(None, None, None, 0)
