"""Odd moments of a ticket: silence, snoozes, moves, and words changed on their way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain import actions as act
from bridge.domain.errors import NotAllowed
from bridge.domain.people import as_assignee
from bridge.domain.policy import Relay, RelayMode, Until
from bridge.domain.ticket import TicketState
from bridge.domain.words import WordsState
from tests.domain.stories import ANA, BEN, BY_CLOCK, POLICY, START, WAITING, Story


@pytest.fixture
def story():
    return Story()


def claimed(story: Story) -> Story:
    story.does(ANA, act.Claim())
    return story


def closing_times(story: Story) -> list[str]:
    return [str(e.facts["closes_at"]) for c in story.changes for e in c.entries if e.kind == "ticket.idle_warned"]


def test_a_second_warning_names_the_time_it_will_really_close(story):
    claimed(story)
    story.writes(ANA, "Is it solved?")
    story.time_passes(hours=23)
    story.does(ANA, act.KeepOpen())
    kept = story.now
    story.time_passes(hours=22)
    assert closing_times(story)[-1] == (kept + timedelta(hours=24)).isoformat()
    assert story.ticket.closes_at == kept + timedelta(hours=24)


def test_a_warning_that_comes_late_still_leaves_time_to_keep_it_open(story):
    claimed(story)
    story.writes(ANA, "Is it solved?")
    story.time_passes(seconds=5)
    story.later(days=3)
    late = story.now
    story.time_passes(hours=1)
    assert closing_times(story) == [(late + timedelta(hours=2)).isoformat()]
    assert story.ticket.state is TicketState.ASSIGNED
    story.time_passes(hours=2)
    assert story.ticket.state is TicketState.CLOSED


def test_silence_does_not_count_while_nobody_could_have_kept_it_open(story):
    claimed(story)
    story.writes(ANA, "Is it solved?")
    story.time_passes(hours=23)
    away = story.now
    story.later(hours=10)
    story.does(BY_CLOCK, act.StandStill(since=away))
    story.time_passes(minutes=30)
    assert story.ticket.state is TicketState.ASSIGNED
    story.time_passes(hours=1)
    assert story.ticket.state is TicketState.CLOSED


def test_a_ticket_taken_from_the_queue_with_its_user_silent_closes_too(story):
    claimed(story)
    story.writes(ANA, "Is it solved?")
    story.time_passes(seconds=5)
    story.does(ANA, act.Release())
    story.does(BEN, act.Claim())
    story.time_passes(hours=24)
    assert story.ticket.state is TicketState.CLOSED


def test_a_reply_in_its_undo_window_keeps_a_silent_users_ticket_open(story):
    claimed(story)
    story.writes(ANA, "Is it solved?")
    story.time_passes(hours=24, seconds=2)
    story.writes(ANA, "Still there?")
    story.time_passes(seconds=30)
    assert story.ticket.state is TicketState.ASSIGNED
    assert story.sent[-1] == "Still there?"


def test_a_reply_taken_back_just_before_the_end_only_puts_it_off(story):
    claimed(story)
    story.writes(ANA, "Is it solved?")
    story.time_passes(hours=24, seconds=2)
    unsure = story.writes(ANA, "Still there?")
    story.does(ANA, act.Unsend(stored=unsure))
    story.time_passes(seconds=30)
    assert story.ticket.state is TicketState.CLOSED


def test_a_reply_in_its_undo_window_is_an_answer_in_time(story):
    claimed(story)
    story.time_passes(minutes=24, seconds=58)
    story.writes(ANA, "Here it is")
    story.time_passes(minutes=5)
    assert story.ticket.assignee == as_assignee(ANA)


def test_a_snoozed_ticket_that_somebody_has_calls_its_owner_when_the_user_writes_and_nobody_else(story):
    claimed(story)
    story.does(ANA, act.Snooze(until=START + timedelta(hours=4)))
    story.user_says("and?")
    story.time_passes(minutes=11)
    assert story.ticket.waiting_climb is None
    assert [e.facts["step"] for c in story.changes for e in c.entries if e.kind == "reminder.sent"] == ["nudge"]


def test_a_snoozed_ticket_that_moves_goes_on_resting(story):
    story.does(ANA, act.Snooze(until=START + timedelta(hours=4)))
    story.does(ANA, act.Reroute(policy=replace(POLICY, route="other"), reason="moved"))
    story.time_passes(hours=3)
    assert "reminder.sent" not in story.log


def test_a_user_whose_answer_was_sent_unclaimed_calls_the_team_when_they_write_again():
    story = Story(replace(POLICY, waiting=replace(WAITING, until=Until.REPLIED)))
    held = story.writes(ANA, "Hello")
    story.does(ANA, act.DecideHeld(message=held.id, send=True))
    story.user_says("and?")
    story.time_passes(minutes=3)
    assert "reminder.sent" in story.log


def test_a_reply_edited_into_a_note_in_its_undo_window_stays_inside(story):
    claimed(story)
    written = story.writes(ANA, "she is angry")
    story.does(ANA, act.EditWritten(stored=written, text="note: she is angry"))
    story.time_passes(minutes=1)
    assert story.sent == []
    assert story.ticket.pending == ()
    kept = story.messages[written.id]
    assert (kept.state, kept.text) == (WordsState.INSIDE, "she is angry")


def test_a_held_message_edited_into_a_note_is_decided(story):
    claimed(story)
    written = story.writes(ANA, "Ben, what?", mentions=("Ben",))
    story.does(ANA, act.EditWritten(stored=written, text="Note : Ben, what?"))
    assert story.ticket.held == ()
    assert story.messages[written.id].state is WordsState.INSIDE
    assert story.log[-2:] == ["message.kept_inside", "message.rewritten"]


def test_a_sent_reply_is_not_corrected_into_a_note(story):
    claimed(story)
    written = story.writes(ANA, "Hello")
    story.time_passes(seconds=5)
    with pytest.raises(NotAllowed) as no:
        story.does(ANA, act.EditWritten(stored=story.messages[written.id], text="note: she is angry"))
    assert no.value.code == "edit_impossible"


def test_the_word_that_sends_never_reaches_the_user_by_an_edit():
    story = claimed(Story(replace(POLICY, relay=Relay(mode=RelayMode.EXPLICIT))))
    written = story.writes(ANA, "send: Hello")
    story.does(ANA, act.EditWritten(stored=written, text="send: Hello Mara"))
    story.time_passes(seconds=5)
    assert story.sent == ["Hello Mara"]


def test_a_released_message_leaves_behind_what_its_writer_wrote_before(story):
    claimed(story)
    story.writes(ANA, "first")
    second = story.writes(ANA, "second", mentions=("Ben",))
    story.later(seconds=1)
    story.writes(ANA, "third")
    story.later(seconds=1)
    story.does(ANA, act.DecideHeld(message=second.id, send=True))
    story.time_passes(seconds=10)
    assert story.sent == ["first", "second", "third"]


def test_a_close_that_is_undone_leaves_the_user_waiting_as_before(story):
    claimed(story)
    story.user_says("and the refund?")
    story.does(ANA, act.Close())
    story.later(seconds=3)
    story.does(ANA, act.Reopen(claim=True))
    assert story.ticket.waiting_since is not None
    assert story.ticket.answering_climb is not None


def test_who_moves_their_ticket_to_a_team_they_are_not_in_leaves_it_to_that_team(story):
    claimed(story)
    change = story.does(ANA, act.Reroute(policy=replace(POLICY, route="billing", team="billing"), reason="moved"))
    assert (story.ticket.state, story.ticket.assignee) == (TicketState.OPEN, None)
    assert [told.type for told in change.told] == ["ticket.rerouted", "ticket.unassigned"]
    assert story.ticket.waiting_climb is not None
    assert story.ticket.answering_climb is None


def test_a_ticket_that_a_colleague_moves_to_another_team_stays_with_who_has_it(story):
    claimed(story)
    story.does(BEN, act.Reroute(policy=replace(POLICY, route="billing", team="billing"), reason="moved"))
    assert story.ticket.assignee == as_assignee(ANA)
