from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain import actions as act
from bridge.domain.capabilities import BotCapabilities
from bridge.domain.errors import NotAllowed
from bridge.domain.events import Intent
from bridge.domain.people import as_assignee
from bridge.domain.policy import Relay, RelayMode, ReplyClaims
from bridge.domain.ticket import Owner, TicketState
from bridge.domain.words import WordsState
from tests.domain.stories import ANA, BEN, EVE, POLICY, START, Story, claimed, member


def test_a_new_ticket_belongs_to_the_queue_and_its_bot_is_told(story):
    assert (story.ticket.state, story.ticket.owner, story.ticket.epoch) == (TicketState.OPEN, Owner.QUEUE, 1)
    assert story.told == ["ticket.opened"]


def test_of_two_who_claim_one_wins_and_the_other_hears_who(story):
    story.does(BEN, act.Claim())
    story.later(seconds=2)
    with pytest.raises(NotAllowed) as no:
        story.does(ANA, act.Claim())
    assert (no.value.code, no.value.facts["owner"], no.value.facts["seconds"]) == ("lost_race", "Ben", 2)
    assert story.ticket.assignee == as_assignee(BEN)


def test_claiming_twice_changes_nothing_the_second_time(story):
    claimed(story)
    change = story.does(ANA, act.Claim())
    assert change is not None
    assert (change.code, change.told) == ("already_yours", ())


def test_taking_over_on_purpose_changes_the_assignee_but_not_the_epoch(story):
    claimed(story)
    epoch = story.ticket.epoch
    story.does(BEN, act.Claim(take_over=True))
    assert (story.ticket.assignee, story.ticket.epoch) == (as_assignee(BEN), epoch)
    assert story.told[-1] == "ticket.reassigned"


def test_the_epoch_rises_with_every_change_of_owner_and_only_then(story):
    seen = [story.ticket.epoch]
    for actor, action in ((ANA, act.Claim()), (ANA, act.Release()), (BEN, act.Claim()), (BEN, act.Close())):
        story.does(actor, action)
        seen.append(story.ticket.epoch)
    assert seen == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "action", [act.Claim(), act.Release(), act.Close(), act.Snooze(until=START + timedelta(hours=1))]
)
def test_somebody_of_another_team_is_refused(story, action):
    with pytest.raises(NotAllowed) as no:
        story.does(EVE, action)
    assert no.value.code == "not_of_team"


def test_somebody_whose_team_could_not_be_found_out_is_refused_with_that_reason(story):
    with pytest.raises(NotAllowed) as no:
        story.does(member("Uma", known=False), act.Claim())
    assert no.value.code == "membership_unknown"


def test_a_reply_leaves_after_the_undo_window_and_not_before(story):
    claimed(story)
    story.writes(ANA, "I am checking")
    story.time_passes(seconds=4)
    assert story.sent == []
    story.time_passes(seconds=1)
    assert story.sent == ["I am checking"]


def test_a_reply_deleted_in_its_undo_window_leaves_no_trace_at_the_user(story):
    claimed(story)
    message = story.writes(ANA, "oops")
    story.does(ANA, act.Unsend(stored=message))
    story.time_passes(minutes=1)
    assert story.sent == []
    assert story.messages[message.id].state is WordsState.UNSENT
    assert not [told for told in story.told if told.startswith("message.")]


def test_a_reply_edited_in_its_undo_window_is_sent_as_edited(story):
    claimed(story)
    message = story.writes(ANA, "thirty days")
    story.does(ANA, act.EditWritten(stored=message, text="14 days"))
    story.time_passes(seconds=5)
    assert story.sent == ["14 days"]
    assert "message.updated" not in story.told


def test_replies_leave_in_the_order_they_were_written(story):
    claimed(story)
    story.writes(ANA, "one")
    story.later(seconds=1).writes(ANA, "two")
    story.time_passes(seconds=10)
    assert story.sent == ["one", "two"]


def test_closing_sends_what_waits_in_the_undo_window_before_it_hands_back(story):
    claimed(story)
    story.writes(ANA, "Done!")
    story.does(ANA, act.Close())
    assert story.told[-2:] == ["message.created", "ticket.closed"]
    assert story.time_passes(minutes=5) == []


def test_a_sent_reply_is_corrected_only_at_a_bot_that_can(story):
    claimed(story)
    message = story.writes(ANA, "30 days")
    story.time_passes(seconds=5)
    stored = story.messages[message.id]
    story.does(ANA, act.EditWritten(stored=stored, text="14 days"))
    assert story.told[-1] == "message.updated"
    story.ticket = replace(story.ticket, capabilities=BotCapabilities())
    with pytest.raises(NotAllowed) as no:
        story.does(ANA, act.EditWritten(stored=story.messages[message.id], text="15 days"))
    assert no.value.code == "edit_impossible"


def test_nobody_edits_the_words_of_another(story):
    claimed(story)
    message = story.writes(ANA, "30 days")
    with pytest.raises(NotAllowed):
        story.does(BEN, act.EditWritten(stored=message, text="never"))


def test_who_left_the_team_changes_nothing_that_reached_the_user_but_may_take_it_back(story):
    claimed(story)
    message = story.writes(ANA, "30 days")
    story.time_passes(seconds=5)
    gone = replace(ANA, teams=frozenset())
    with pytest.raises(NotAllowed) as no:
        story.does(gone, act.EditWritten(stored=story.messages[message.id], text="Call me at home"))
    assert no.value.code == "not_of_team"
    story.does(gone, act.Unsend(stored=story.messages[message.id]))
    assert story.told[-1] == "message.deleted"


def test_a_note_stays_inside(story):
    claimed(story)
    message = story.writes(ANA, "Note : she is angry")
    story.time_passes(hours=1)
    assert story.sent == []
    assert (message.state, message.text) == (WordsState.INSIDE, "she is angry")


def test_what_a_colleague_writes_stays_inside(story):
    claimed(story)
    assert story.writes(BEN, "after 30 days: no").state is WordsState.INSIDE


def test_the_guard_holds_a_message_that_follows_a_colleagues_words(story):
    claimed(story)
    story.writes(BEN, "is it paid?")
    held = story.later(minutes=2).writes(ANA, "yes, see the invoice")
    assert held.state is WordsState.HELD
    assert story.ticket.held[0].meant_for == "Ben"


def test_three_minutes_after_a_colleagues_words_the_guard_lets_go(story):
    claimed(story)
    story.writes(BEN, "is it paid?")
    assert story.later(minutes=3, seconds=1).writes(ANA, "It is on its way").state is WordsState.PENDING


def test_the_guard_holds_a_message_that_mentions_somebody(story):
    claimed(story)
    assert story.writes(ANA, "@Ben can you look?", mentions=("Ben",)).state is WordsState.HELD


def test_a_held_message_is_sent_once_its_writer_says_so(story):
    claimed(story)
    held = story.writes(ANA, "@Ben hello", mentions=("Ben",))
    with pytest.raises(NotAllowed):
        story.does(BEN, act.DecideHeld(message=held.id, send=True))
    story.does(ANA, act.DecideHeld(message=held.id, send=True))
    assert story.sent == ["@Ben hello"]
    with pytest.raises(NotAllowed) as no:
        story.does(ANA, act.DecideHeld(message=held.id, send=True))
    assert no.value.code == "held_decided"


def test_after_two_minutes_a_held_message_is_visibly_not_sent(story):
    claimed(story)
    story.writes(ANA, "@Ben hello", mentions=("Ben",))
    story.time_passes(minutes=2)
    assert story.log[-1] == "message.not_sent"
    assert story.sent == []


def test_a_message_on_an_unclaimed_ticket_waits_for_its_writer(story):
    held = story.writes(ANA, "Hello Mara")
    assert held.state is WordsState.HELD
    story.does(ANA, act.DecideHeld(message=held.id, send=True, claim=True))
    assert story.ticket.assignee == as_assignee(ANA)
    assert story.sent == ["Hello Mara"]


def test_claim_and_send_does_not_take_a_ticket_somebody_else_took_meanwhile(story):
    held = story.writes(ANA, "Hello Mara")
    story.does(BEN, act.Claim())
    with pytest.raises(NotAllowed) as no:
        story.does(ANA, act.DecideHeld(message=held.id, send=True, claim=True))
    assert no.value.code == "lost_race"
    assert story.sent == []


def test_the_console_claims_and_replies_in_one(story):
    story.writes(ANA, "Hello", Intent.CLAIM_AND_REPLY)
    story.time_passes(seconds=5)
    assert (story.ticket.state, story.sent) == (TicketState.ASSIGNED, ["Hello"])


@pytest.mark.parametrize(
    ("mode", "text", "state"),
    [
        (RelayMode.EXPLICIT, "plain words", WordsState.INSIDE),
        (RelayMode.EXPLICIT, "send: these go", WordsState.PENDING),
        (RelayMode.EVERYONE, "plain words", WordsState.PENDING),
        (RelayMode.EVERYONE, "note: these stay", WordsState.INSIDE),
    ],
)
def test_relay_modes(mode, text, state):
    story = claimed(Story(replace(POLICY, relay=Relay(mode=mode))))
    assert story.writes(ANA, text).state is state


@pytest.mark.parametrize(
    ("claims", "state"),
    [
        (ReplyClaims.ALWAYS, WordsState.PENDING),
        (ReplyClaims.NEVER, WordsState.INSIDE),
        (ReplyClaims.ASK, WordsState.HELD),
    ],
)
def test_what_answering_an_unclaimed_ticket_does_is_the_routes_choice(claims, state):
    assert Story(replace(POLICY, reply_claims=claims)).writes(ANA, "Hello").state is state


@pytest.mark.parametrize("outsider", [EVE, member("Uma", known=False)])
@pytest.mark.parametrize("mode", RelayMode)
def test_words_of_somebody_outside_the_team_stay_inside_in_every_mode(mode, outsider):
    story = Story(replace(POLICY, relay=Relay(mode=mode), reply_claims=ReplyClaims.ALWAYS))
    assert story.writes(outsider, "send: hello").state is WordsState.INSIDE
    claimed(story)
    assert story.writes(outsider, "send: hello").state is WordsState.INSIDE
    assert story.ticket.assignee == as_assignee(ANA)
