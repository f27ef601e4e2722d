"""How a reply fares at its bot, whatever order the news comes in."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain import actions as act
from bridge.domain.change import Fate
from bridge.domain.deliveries import Mark, MarkKind, Whisper
from bridge.domain.events import Receipt
from bridge.domain.fanout.replies import accepted, gone_stale, received
from bridge.domain.words import WordsState
from tests.domain.stories import ANA, BY_BOT, Story, claimed

HAPPENS = (*Receipt, "accepted")
REACHED = {"accepted": WordsState.SENT, **{r: WordsState(r.value) for r in Receipt}}
ORDER = (WordsState.SENT, WordsState.FAILED, WordsState.DELIVERED, WordsState.SEEN)


def told_story() -> Story:
    """Ana's reply is on its way."""
    story = claimed(Story())
    story.writes(ANA, "On it")
    story.time_passes(seconds=6)
    return story


def reply(story: Story):
    return next(message for message in story.messages.values() if message.text == "On it")


def hears(story: Story, what: str) -> None:
    message = reply(story)
    if what == "accepted":
        change = accepted(story.ticket, message, story.now)
    else:
        change = received(story.ticket, message, Receipt(what), BY_BOT, story.now)
    if change is not None:
        story.keep(change)


@given(st.lists(st.sampled_from(HAPPENS), min_size=1, max_size=8))
def test_the_most_that_was_ever_said_counts_in_whatever_order_it_comes(news):
    story = told_story()
    for what in news:
        hears(story, what)

    assert reply(story).state is max((REACHED[what] for what in news), key=ORDER.index)
    assert story.ticket.failed == (1 if reply(story).state is WordsState.FAILED else 0)
    for kind in ("message.delivered", "message.seen"):
        assert story.log.count(kind) <= 1
    assert ("message.seen" in story.log) <= ("message.delivered" in story.log)


@given(st.permutations([Receipt.DELIVERED, Receipt.SEEN, Receipt.DELIVERED, Receipt.SEEN, "accepted"]))
def test_every_order_of_the_same_news_ends_alike(news):
    story = told_story()
    for what in news:
        hears(story, what)
    assert sorted(kind for kind in story.log if kind in {"message.delivered", "message.seen"}) == [
        "message.delivered", "message.seen"
    ]  # fmt: skip


def test_a_failure_is_marked_and_its_writer_asked_and_arrival_heals_it():
    story = told_story()
    hears(story, Receipt.FAILED)
    contents = [delivery.content for delivery in story.changes[-1].deliveries]
    assert Mark(reply(story).id, MarkKind.FAILED) in contents
    assert [content.code for content in contents if isinstance(content, Whisper)] == ["reply_bounced"]

    hears(story, Receipt.DELIVERED)
    assert Mark(reply(story).id, MarkKind.SENT) in [delivery.content for delivery in story.changes[-1].deliveries]
    assert story.ticket.failed == 0


def test_a_reply_that_is_late_is_told_to_its_writer_once_until_something_arrives():
    story = claimed(Story())
    story.writes(ANA, "On it")
    story.later(seconds=1).writes(ANA, "and the receipt")
    story.time_passes(minutes=11)
    assert story.log.count("reply.late") == 1

    hears(story, "accepted")
    assert story.ticket.late is False


def test_a_stale_reply_waits_and_what_its_writer_says_is_done():
    story = told_story()
    story.keep(gone_stale(story.ticket, reply(story), story.now))
    assert reply(story).state is WordsState.STALE
    assert story.changes[-1].callbacks[0].fate is Fate.HELD

    change = story.does(ANA, act.Retry(stored=reply(story)))

    assert (change.code, reply(story).state, story.ticket.stale) == ("sent_held", WordsState.SENDING, ())
    assert (change.callbacks[0].fate, change.callbacks[0].held) == (Fate.GOES, True)
    assert change.callbacks[0].stale_at == story.now + story.ticket.policy.relay.stale_after


def test_sending_a_later_stale_reply_sends_the_earlier_ones_first():
    story = told_story()
    later = story.writes(ANA, "and this")
    story.time_passes(seconds=6)
    for each in (reply(story), story.messages[later.id]):
        story.keep(gone_stale(story.ticket, each, story.now))

    change = story.does(ANA, act.Retry(stored=story.messages[later.id]))

    assert [callback.message for callback in change.callbacks] == [reply(story).id, later.id]


@pytest.mark.parametrize("stale", [True, False])
def test_a_late_or_stale_reply_can_be_given_up(stale):
    story = told_story()
    if stale:
        story.keep(gone_stale(story.ticket, reply(story), story.now))

    change = story.does(ANA, act.Retry(stored=reply(story), withdraw=True))

    assert (change.code, reply(story).state) == ("withdrawn", WordsState.UNSENT)
    assert (change.callbacks[0].fate, change.callbacks[0].held) == (Fate.NEVER, stale)


def test_a_close_gives_up_what_nobody_decided_to_send_and_says_so():
    story = told_story()
    story.keep(gone_stale(story.ticket, reply(story), story.now))
    story.does(ANA, act.Close())
    assert (reply(story).state, story.ticket.stale) == (WordsState.UNSENT, ())
    assert "message.not_sent" in story.log


def test_a_reply_that_grows_too_old_on_a_closed_ticket_is_given_up_and_its_writer_can_reopen():
    story = told_story()
    story.does(ANA, act.Close())

    story.keep(gone_stale(story.ticket, reply(story), story.now))

    change = story.changes[-1]
    assert (reply(story).state, story.ticket.stale, story.log[-1]) == (WordsState.UNSENT, (), "message.not_sent")
    assert [(callback.fate, callback.held) for callback in change.callbacks] == [(Fate.NEVER, False)]
    contents = [delivery.content for delivery in change.deliveries]
    assert Mark(reply(story).id, MarkKind.FAILED) in contents
    assert [content.code for content in contents if isinstance(content, Whisper)] == ["reply_too_old_closed"]


def test_words_given_up_while_they_were_handed_over_have_left_all_the_same():
    story = told_story()
    story.does(ANA, act.Retry(stored=reply(story), withdraw=True))
    hears(story, "accepted")
    assert reply(story).state is WordsState.SENT


def test_a_correction_of_a_stale_reply_is_what_leaves_later():
    story = told_story()
    story.keep(gone_stale(story.ticket, reply(story), story.now))
    message = reply(story)
    story.does(ANA, act.EditWritten(stored=message, text="Done"))
    assert story.messages[message.id] == replace(message, text="Done", revision=2)
