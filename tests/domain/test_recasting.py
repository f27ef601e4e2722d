"""From a message's menu its writer says what shall become of it: sent after all, kept inside, taken back."""

from dataclasses import replace

import pytest

from bridge.domain import actions as act
from bridge.domain.capabilities import BotCapabilities
from bridge.domain.errors import NotAllowed
from bridge.domain.events import Wish
from bridge.domain.policy import Relay, RelayMode, ReplyClaims
from bridge.domain.ticket import TicketState
from bridge.domain.words import Author, WordsKind, WordsState
from tests.domain.stories import ANA, BEN, POLICY, Story, claimed

EXPLICIT = replace(POLICY, relay=Relay(mode=RelayMode.EXPLICIT))


def wishes(story, message, wish, *, who=ANA):
    return story.does(who, act.Recast(stored=story.messages[message.id], wish=wish))


def test_a_note_is_sent_after_all_and_is_a_reply_from_then_on():
    story = claimed(Story(EXPLICIT))
    written = story.writes(ANA, "it is on its way")
    assert written.kind is WordsKind.NOTE

    change = wishes(story, written, Wish.SEND)

    assert change.code == "sent_held"
    assert story.sent == ["it is on its way"]
    assert [rewrite.kind for rewrite in change.rewrites if rewrite.kind] == [WordsKind.REPLY]


def test_what_was_written_before_it_and_waits_leaves_first():
    story = claimed(Story())
    note = story.writes(ANA, "note: two")
    story.writes(ANA, "one")
    assert story.sent == []

    wishes(story, note, Wish.SEND)

    assert story.sent == ["one", "two"]


def test_sending_twice_sends_once():
    story = claimed(Story(EXPLICIT))
    written = story.writes(ANA, "once")
    wishes(story, written, Wish.SEND)

    assert wishes(story, written, Wish.SEND).code == "on_its_way"
    assert story.sent == ["once"]


def test_a_held_message_is_sent_or_kept_from_its_menu():
    story = Story()
    first, second = story.writes(ANA, "hello"), story.writes(ANA, "psst")
    assert first.state is WordsState.HELD

    assert wishes(story, first, Wish.SEND).code == "sent_held"
    assert wishes(story, second, Wish.UNSEND).code == "kept_inside"
    assert story.sent == ["hello"]
    assert story.ticket.state is TicketState.OPEN


def test_where_replying_claims_sending_claims():
    story = Story(replace(EXPLICIT, reply_claims=ReplyClaims.ALWAYS))
    written = story.writes(ANA, "mine")
    wishes(story, written, Wish.SEND)
    assert story.ticket.assignee.name == "Ana"


def test_words_in_their_undo_window_are_kept_inside():
    story = claimed(Story())
    written = story.writes(ANA, "wait")

    assert wishes(story, written, Wish.KEEP).code == "kept_inside"

    story.time_passes(minutes=1)
    assert story.sent == []
    assert story.messages[written.id].state is WordsState.INSIDE


def test_what_has_left_is_not_kept_inside_but_called_back():
    story = claimed(Story())
    written = story.writes(ANA, "wrong")
    story.time_passes(seconds=10)

    with pytest.raises(NotAllowed) as no:
        wishes(story, written, Wish.KEEP)
    assert no.value.code == "left_already"

    assert wishes(story, written, Wish.UNSEND).code == "called_back"
    assert story.told[-1] == "message.deleted"
    # Its mark comes off: "no ✅, not sent" has to hold of what stands in the thread.
    assert "message.taken_back" in story.log


def test_a_bot_that_cannot_take_back_is_named():
    story = claimed(Story())
    story.ticket = replace(story.ticket, capabilities=BotCapabilities())
    written = story.writes(ANA, "wrong")
    story.time_passes(seconds=10)
    with pytest.raises(NotAllowed) as no:
        wishes(story, written, Wish.UNSEND)
    assert no.value.code == "delete_impossible"
    assert story.messages[written.id].state is WordsState.SENDING


def test_unsending_in_the_undo_window_leaves_no_trace_at_the_user():
    story = claimed(Story())
    written = story.writes(ANA, "oops")
    assert wishes(story, written, Wish.UNSEND).code == "unsent"
    with pytest.raises(NotAllowed) as no:
        wishes(story, written, Wish.SEND)
    assert no.value.code == "taken_back_already"
    assert story.sent == []


@pytest.mark.parametrize("wish", list(Wish))
def test_nobody_decides_about_anothers_words(wish):
    story = claimed(Story())
    written = story.writes(ANA, "mine")
    with pytest.raises(NotAllowed) as no:
        wishes(story, written, wish, who=BEN)
    assert no.value.code == "not_your_words"
    theirs = replace(story.messages[written.id], author=Author.USER)
    with pytest.raises(NotAllowed) as no:
        story.does(ANA, act.Recast(stored=theirs, wish=wish))
    assert no.value.code == "not_a_members"


def test_on_a_closed_ticket_nothing_is_sent_by_a_menu():
    story = claimed(Story())
    note = story.writes(ANA, "note: later")
    story.does(ANA, act.Close())
    held = story.writes(ANA, "send: one more")

    for written, code in ((note, "closed_to_words"), (held, "closed_unsent")):
        with pytest.raises(NotAllowed) as no:
            wishes(story, written, Wish.SEND)
        assert no.value.code == code
    assert story.sent == []
