"""After the end, and what time does: reopening, reminders, idleness, snooze, clocks that stood still."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain import actions as act
from bridge.domain.errors import NotAllowed
from bridge.domain.events import TimerKind
from bridge.domain.lifecycle.opening import escalate
from bridge.domain.people import as_assignee
from bridge.domain.refs import Lane, ThreadRef
from bridge.domain.ticket import Outcome, TicketState
from bridge.domain.words import WordsState
from tests.domain.stories import ANA, BY_BOT, POLICY, claimed


def test_words_after_the_end_are_held_and_can_bring_the_ticket_back(story):
    claimed(story).does(ANA, act.Close())
    held = story.writes(ANA, "one more thing")
    assert held.state is WordsState.HELD
    story.does(ANA, act.DecideHeld(message=held.id, send=True, reopen=True))
    assert (story.ticket.state, story.sent) == (TicketState.ASSIGNED, ["one more thing"])


def test_a_user_who_returns_inside_the_window_reopens_and_the_last_owner_is_offered_it(story):
    claimed(story).does(ANA, act.Close())
    change = story.later(days=2).user_says("me again")
    assert (change.code, story.ticket.state, story.ticket.epoch) == ("reopened", TicketState.OPEN, 4)
    entry = next(e for e in change.entries if e.kind == "ticket.reopened")
    assert entry.facts["offered_name"] == "Ana"


def test_a_mere_thanks_does_not_reopen(story):
    claimed(story).does(ANA, act.Close())
    story.user_says("thanks", opens=False)
    assert story.ticket.state is TicketState.CLOSED


def test_after_the_window_the_user_needs_a_new_ticket(story):
    claimed(story).does(ANA, act.Close())
    story.later(days=8)
    with pytest.raises(NotAllowed) as no:
        story.user_says("me again")
    assert no.value.code == "ticket_closed"


def test_the_team_is_reminded_step_by_step_until_somebody_claims(story):
    story.time_passes(minutes=11)
    assert story.log.count("reminder.sent") == 2
    claimed(story)
    assert TimerKind.WAITING not in {kind for kind, _ in story.timers}


def test_a_silent_owner_is_nudged_then_loses_the_ticket(story):
    claimed(story)
    story.time_passes(minutes=26)
    assert story.log[-2:] == ["reminder.sent", "ticket.unassigned"]
    assert story.ticket.state is TicketState.OPEN


def test_a_reply_ends_the_hold(story):
    claimed(story)
    story.writes(ANA, "On it")
    story.time_passes(hours=2)
    assert story.ticket.assignee == as_assignee(ANA)


def test_a_user_who_writes_again_unheard_calls_the_team_at_most_every_ten_minutes(story):
    story.time_passes(minutes=3)
    mentions = story.log.count("reminder.sent")
    story.later(minutes=5).user_says("hello?")
    assert story.log.count("reminder.sent") == mentions
    story.later(minutes=5).user_says("anybody?")
    assert story.log.count("reminder.sent") == mentions + 1


def test_a_user_who_writes_again_never_puts_a_reminder_off(story):
    for _ in range(4):
        story.time_passes(seconds=50)
        story.user_says("hello?")
    assert "reminder.sent" in story.log


def test_a_silent_user_is_warned_of_then_the_ticket_closes(story):
    claimed(story)
    story.writes(ANA, "Is it solved?")
    story.time_passes(hours=23)
    assert story.log[-1] == "ticket.idle_warned"
    story.time_passes(hours=2)
    assert (story.ticket.state, story.ticket.outcome) == (TicketState.CLOSED, Outcome.EXPIRED)


def test_a_ticket_nobody_claimed_never_ends_by_idleness(story):
    story.time_passes(days=60)
    assert story.ticket.state is TicketState.OPEN


def test_keeping_it_open_starts_the_silence_anew(story):
    claimed(story)
    story.writes(ANA, "Is it solved?")
    story.time_passes(hours=23)
    story.does(ANA, act.KeepOpen())
    story.time_passes(hours=20)
    assert story.ticket.state is TicketState.ASSIGNED


def test_a_snoozed_ticket_rests_until_its_time(story):
    story.does(ANA, act.Snooze(until=story.now + timedelta(hours=2)))
    story.time_passes(hours=1)
    assert "reminder.sent" not in story.log
    story.time_passes(hours=1, minutes=4)
    assert story.ticket.snoozed_until is None
    assert "reminder.sent" in story.log


def test_a_snoozed_ticket_wakes_when_the_user_writes(story):
    story.does(ANA, act.Snooze(until=story.now + timedelta(hours=2)))
    story.user_says("hello?")
    assert story.ticket.snoozed_until is None


def test_clocks_that_stood_still_owe_nothing(story):
    story.later(hours=5)
    story.does(BY_BOT, act.StandStill(since=story.now - timedelta(hours=5)))
    assert story.time_passes(minutes=2) == []
    story.time_passes(minutes=2)
    assert story.log[-1] == "reminder.sent"


def test_after_a_long_absence_only_the_latest_step_comes_marked_late(story):
    story.later(days=3)
    due = story.timers.pop((TimerKind.WAITING, ""))
    change = story.does(BY_BOT, act.ClimbWaiting(due=due))
    assert change is not None
    assert [(e.facts["step"], e.facts["late"]) for e in change.entries] == [("digest", True)]


def test_escalating_an_open_conversation_joins_its_ticket(story):
    event = replace(story.arrival.event, title="Again", attributes={"plan": "pro"})
    change = escalate(story.arriving(event), story.ticket, None, ("m1",))
    assert (change.code, change.ticket.id, change.messages) == ("merged", story.ticket.id, ())


def test_moving_keeps_the_ticket_and_leaves_its_thread(story):
    policy = replace(POLICY, route="billing", lane=Lane("acme-slack", "C0BILL"))
    story.does(ANA, act.Reroute(policy=policy, reason="moved by Ana"))
    assert (story.ticket.policy.route, story.ticket.thread, story.told[-1]) == ("billing", None, "ticket.rerouted")


def test_a_deleted_thread_opens_anew_only_if_it_was_the_tickets_own(story):
    story.ticket = replace(story.ticket, thread=ThreadRef(POLICY.lane, "r1"))
    assert story.does(BY_BOT, act.LoseThread(thread=ThreadRef(POLICY.lane, "other"))) is None
    story.does(BY_BOT, act.LoseThread(thread=ThreadRef(POLICY.lane, "r1")))
    assert story.log[-1] == "thread.gone"
