"""Each definition, on tickets that real decisions moved. Minutes are minutes after the ticket was opened."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from bridge.domain import actions as act
from bridge.domain.events import Intent
from bridge.domain.measures import Count, Counted, Fact, Line, Span, Terms, Timed, facts_of
from bridge.domain.people import ActorKind
from bridge.domain.policy import Calendar
from bridge.domain.policy import Span as Hours
from bridge.domain.ticket import Outcome
from tests.domain.stories import ANA, BEN, BY_BOT, POLICY, START, Story, claimed

AT_ONCE = replace(POLICY, relay=replace(POLICY.relay, undo=timedelta(0)), waiting=None, answering=None, idle=None)
TERMS = Terms(calendar=None, reopen_within=timedelta(days=7))
MORNINGS = Calendar(name="mornings", timezone="UTC", weekly={day: (Hours(time(10), time(12)),) for day in range(7)})


def a_story() -> Story:
    """No ladders, no undo window: only what the test says happens."""
    return Story(AT_ONCE)


def lines_of(story: Story) -> list[Line]:
    return [
        Line(kind=entry.kind, at=entry.at, by=entry.actor.kind, facts=entry.facts, message=entry.message)
        for change in story.changes
        for entry in change.entries
    ]


def measured(story: Story, terms: Terms = TERMS) -> list[Fact]:
    return facts_of(lines_of(story), terms)


def lasted(story: Story, what: Span, terms: Terms = TERMS) -> list[float]:
    """Minutes, on the terms' clock."""
    facts = [fact for fact in measured(story, terms) if isinstance(fact, Timed) and fact.what is what]
    clock = "worked" if terms.calendar else "wall"
    return [getattr(fact, clock).total_seconds() / 60 for fact in facts if fact.undoes is None]


def times(story: Story, what: Count) -> int:
    return sum(isinstance(fact, Counted) and fact.what is what for fact in measured(story))


def reply(story: Story, actor=ANA) -> None:
    story.writes(actor, "On its way.", Intent.REPLY)


def close(story: Story, outcome: Outcome = Outcome.RESOLVED) -> None:
    story.does(ANA, act.Close(outcome=outcome))


def test_time_to_claim_is_from_opened_to_the_first_claim():
    story = claimed(a_story().later(minutes=3))
    story.later(minutes=2).does(ANA, act.Release())
    story.later(minutes=10).does(BEN, act.Claim())
    assert lasted(story, Span.CLAIM) == [3]


def test_time_to_reclaim_is_from_unclaimed_to_claimed():
    story = claimed(a_story().later(minutes=3))
    story.later(minutes=2).does(ANA, act.Release())
    story.later(minutes=10).does(BEN, act.Claim())
    assert lasted(story, Span.RECLAIM) == [10]


def test_a_handover_is_no_second_claim():
    story = claimed(a_story().later(minutes=3))
    story.later(minutes=2).does(BEN, act.Claim(take_over=True))
    assert (lasted(story, Span.RECLAIM), times(story, Count.CLAIMED)) == ([], 1)


def test_reopening_and_claiming_in_one_act_is_no_wait():
    story = claimed(a_story())
    close(story)
    story.later(hours=5).does(ANA, act.Reopen(claim=True))
    assert lasted(story, Span.RECLAIM) == []


def test_first_response_is_the_first_members_words_for_the_user():
    story = claimed(a_story().later(minutes=3))
    story.writes(ANA, "note: looks like the March case")
    reply(story.later(minutes=4))
    reply(story.later(minutes=9))
    assert lasted(story, Span.FIRST_RESPONSE) == [7]


def test_a_reopening_does_not_reset_the_first_response():
    story = claimed(a_story())
    reply(story.later(minutes=7))
    close(story)
    story.later(hours=1).user_says("and now?")
    claimed(story.later(minutes=1))
    reply(story.later(minutes=1))
    assert lasted(story, Span.FIRST_RESPONSE) == [7]


def test_a_first_response_after_a_reopening_counts_from_the_opening():
    story = a_story()
    close(story.later(minutes=10))
    story.later(minutes=50).user_says("hello?")
    reply(claimed(story.later(minutes=5)))
    assert lasted(story, Span.FIRST_RESPONSE) == [65]


@pytest.mark.parametrize("by", [ActorKind.BOT, ActorKind.SYSTEM, ActorKind.USER])
def test_words_of_bots_and_of_the_system_are_no_response(by):
    lines = lines_of(a_story())
    said = Line(kind="message.created", at=START + timedelta(minutes=1), by=by, message="msg_9")
    assert not [fact for fact in facts_of([*lines, said], TERMS) if isinstance(fact, Timed)]


def test_a_reply_counts_when_its_undo_window_is_over_and_never_when_it_was_taken_back():
    story = claimed(Story(replace(AT_ONCE, relay=replace(POLICY.relay, undo=timedelta(minutes=1)))))
    taken = story.writes(ANA, "oops", Intent.REPLY)
    story.does(ANA, act.Unsend(stored=taken))
    story.later(minutes=5).writes(ANA, "On its way.", Intent.REPLY)
    story.time_passes(minutes=2)
    assert lasted(story, Span.FIRST_RESPONSE) == [6]


def test_handoff_wait_ends_with_the_first_receipt_of_a_members_words():
    story = claimed(a_story())
    reply(story.later(minutes=2))
    said = next(line.message for line in lines_of(story) if line.kind == "message.created")

    def receipt(kind: str, message: str, minute: int) -> Line:
        return Line(kind=kind, at=START + timedelta(minutes=minute), by=ActorKind.BOT, message=message)

    receipts = [
        receipt("message.delivered", "msg_unknown", 1),
        receipt("message.seen", said, 4),  # seen says delivered, whichever receipt is first
        receipt("message.delivered", said, 6),
    ]
    facts = facts_of([*lines_of(story), *receipts], TERMS)
    waits = [fact.wall for fact in facts if isinstance(fact, Timed) and fact.what is Span.HANDOFF_WAIT]
    assert waits == [timedelta(minutes=4)]


def test_a_burst_of_the_users_messages_counts_once_from_its_first():
    story = claimed(a_story())
    reply(story.later(minutes=1))
    story.later(minutes=10).user_says("but")
    story.later(minutes=1).user_says("where")
    story.later(minutes=1).user_says("is it?")
    reply(story.later(minutes=4))
    reply(story.later(minutes=9))
    assert lasted(story, Span.NEXT_RESPONSE) == [6]


def test_words_nobody_answered_before_the_end_are_no_next_response():
    story = claimed(a_story())
    story.later(minutes=1).user_says("never mind")
    close(story.later(minutes=5))
    story.later(minutes=60).user_says("one more thing")
    reply(claimed(story.later(minutes=2)))
    assert lasted(story, Span.NEXT_RESPONSE) == [2]


def test_handle_time_is_from_claimed_to_released_without_the_snooze():
    story = claimed(a_story().later(minutes=3))
    until = story.now + timedelta(hours=2)
    story.later(minutes=10).does(ANA, act.Snooze(until=until))
    story.time_passes(hours=3)
    story.later(minutes=5).does(ANA, act.Release())
    assert lasted(story, Span.HANDLE) == [10 + (3 * 60 - 110) + 5]


def test_a_snooze_the_user_ends_is_excluded_up_to_there():
    story = claimed(a_story())
    story.later(minutes=10).does(ANA, act.Snooze(until=story.now + timedelta(hours=2)))
    story.later(minutes=30).user_says("hello?")
    close(story.later(minutes=5))
    assert lasted(story, Span.HANDLE) == [15]


def test_a_snooze_from_the_queue_does_not_shorten_what_comes_after_the_claim():
    story = a_story()
    story.does(ANA, act.Snooze(until=story.now + timedelta(hours=2)))
    claimed(story.later(minutes=30))
    close(story.later(minutes=5))
    assert lasted(story, Span.HANDLE) == [5]


def test_a_handover_is_one_stretch_of_handling():
    story = claimed(a_story())
    story.later(minutes=10).does(BEN, act.Claim(take_over=True))
    close(story.later(minutes=10))
    assert lasted(story, Span.HANDLE) == [20]


def test_resolution_has_a_first_end_and_a_last_one():
    story = claimed(a_story())
    close(story.later(minutes=20))
    story.later(minutes=40).does(ANA, act.Reopen())
    close(story.later(minutes=5))
    assert lasted(story, Span.RESOLUTION_FIRST) == [20]
    undone = [f.wall for f in measured(story) if isinstance(f, Timed) and f.undoes == START + timedelta(minutes=20)]
    assert (lasted(story, Span.RESOLUTION_TOTAL), undone) == ([20, 65], [timedelta(minutes=20)])


def test_a_ticket_that_comes_back_inside_the_routes_window_counts_as_reopened():
    soon, late = claimed(a_story()), claimed(a_story())
    for story, days in ((soon, 6), (late, 8)):
        close(story)
        story.later(days=days).does(ANA, act.Reopen())
    assert (times(soon, Count.REOPENED), times(late, Count.REOPENED)) == (1, 0)
    assert (times(late, Count.RESOLVED), times(late, Count.UNRESOLVED)) == (1, 1)


@pytest.mark.parametrize(
    ("outcome", "answered", "abandoned"),
    [
        (Outcome.CANCELLED, False, 1),
        (Outcome.EXPIRED, False, 1),
        (Outcome.RESOLVED, False, 0),
        (Outcome.SPAM, False, 0),
        (Outcome.CANCELLED, True, 0),
    ],
)
def test_abandoned_means_gone_before_the_first_human_words(outcome, answered, abandoned):
    story = claimed(a_story())
    if answered:
        reply(story)
    story.later(minutes=1).does(BY_BOT, act.TakeBack(outcome=outcome))
    assert times(story, Count.ABANDONED) == abandoned


def test_a_claim_after_a_reminder_is_told_from_others():
    story = Story(replace(POLICY, relay=replace(POLICY.relay, undo=timedelta(0)), answering=None))
    story.time_passes(minutes=4)
    claimed(story)
    story.does(ANA, act.Release())
    claimed(story.later(minutes=1))
    counts = [times(story, what) for what in (Count.REMINDED, Count.CLAIMED, Count.CLAIMED_REMINDED)]
    assert counts == [1, 2, 1]


def test_a_span_belongs_to_the_route_the_ticket_was_on_when_it_ended():
    story = a_story()
    story.does(ANA, act.Reroute(policy=replace(AT_ONCE, route="billing"), reason="moved"))
    claimed(story)
    routes = {fact.route for fact in measured(story) if isinstance(fact, Timed)}
    assert routes == {"billing"}
    assert next(fact.route for fact in measured(story) if isinstance(fact, Counted)) == "fallback"


def test_the_calendars_clock_counts_working_time_only():
    story = claimed(a_story().later(minutes=150))  # opened at 10:00; open until 12:00
    reply(story.later(hours=22))  # 10:30 the next day
    terms = Terms(calendar=MORNINGS, reopen_within=TERMS.reopen_within)
    assert lasted(story, Span.CLAIM, terms) == [120]
    assert lasted(story, Span.FIRST_RESPONSE, terms) == [150]
    assert lasted(story, Span.FIRST_RESPONSE) == [24.5 * 60]


def test_every_fact_is_dated_by_its_end():
    story = claimed(a_story().later(minutes=3))
    ends = {fact.what: fact.at for fact in measured(story)}
    assert ends == {Count.OPENED: START, Span.CLAIM: at(3), Count.CLAIMED: at(3)}


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)
