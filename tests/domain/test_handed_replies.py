"""Replies a bot may have although it has not said so, and which grew too old meanwhile."""

from dataclasses import replace

import pytest

from bridge.domain import actions as act
from bridge.domain.change import Fate
from bridge.domain.deliveries import Mark, MarkKind, PostLine, Whisper
from bridge.domain.errors import NotAllowed
from bridge.domain.fanout import spread
from bridge.domain.fanout.replies import gone_stale
from bridge.domain.words import WordsState
from tests.domain.stories import ANA, BEN, Story, claimed


def handed_story(*, delete: bool = True, edit: bool = True, stale: bool = True) -> Story:
    """Ana's reply was given to the bot, which never said that it has it; by now it is too old."""
    story = claimed(Story())
    can = replace(story.ticket.capabilities, delete=delete, edit=edit)
    story.ticket = replace(story.ticket, capabilities=can)
    story.writes(ANA, "On it")
    story.time_passes(seconds=6)
    if stale:
        story.keep(gone_stale(story.ticket, reply(story), story.now))
    return story


def reply(story: Story):
    found = next(message for message in story.messages.values() if message.author_key == ANA.key)
    return replace(found, handed=True)


def contents(story: Story, before):
    return [delivery.content for delivery in spread(before, story.changes[-1], bot_hears=True).deliveries]


def test_a_close_calls_back_a_stale_reply_that_the_bot_may_have():
    story = handed_story()
    before = story.ticket

    change = story.does(BEN, act.Close())

    assert (reply(story).state, story.ticket.stale) == (WordsState.DELETED, ())
    assert [told.type for told in change.told] == ["message.deleted", "ticket.closed"]
    assert [(callback.fate, callback.held) for callback in change.callbacks] == [(Fate.KNOWN, True)]
    lines = [content for content in contents(story, before) if isinstance(content, PostLine)]
    assert lines == [PostLine("called_back", (("name", "Ana"),), reply(story).id)]


def test_words_that_cannot_be_called_back_stand_when_the_ticket_is_closed():
    story = handed_story(delete=False)
    before = story.ticket

    change = story.does(BEN, act.Close())

    assert (reply(story).state, story.ticket.stale) == (WordsState.SENT, ())
    assert [told.type for told in change.told] == ["ticket.closed"]
    assert [callback.fate for callback in change.callbacks] == [Fate.KNOWN]
    assert Mark(reply(story).id, MarkKind.SENT) in contents(story, before)
    assert "message.not_sent" not in story.log


@pytest.mark.parametrize(("delete", "state"), [(True, WordsState.DELETED), (False, WordsState.SENT)])
def test_what_grew_too_old_after_the_close_is_called_back_or_stands(delete, state):
    story = handed_story(delete=delete, stale=False)
    story.does(BEN, act.Close())

    change = story.keep(gone_stale(story.ticket, reply(story), story.now))

    assert reply(story).state is state
    assert [told.type for told in change.told] == (["message.deleted"] if delete else [])
    assert [callback.fate for callback in change.callbacks] == [Fate.KNOWN]
    asked = [delivery.content.code for delivery in change.deliveries if isinstance(delivery.content, Whisper)]
    assert asked == (["reply_called_back"] if delete else [])


def test_a_stale_reply_the_bot_may_have_becomes_a_note_only_where_it_can_be_called_back():
    story = handed_story()
    change = story.does(ANA, act.EditWritten(stored=reply(story), text="note: not yet"))
    assert (reply(story).state, reply(story).text, story.ticket.stale) == (WordsState.INSIDE, "not yet", ())
    assert [told.type for told in change.told] == ["message.deleted"]
    assert [callback.fate for callback in change.callbacks] == [Fate.KNOWN]

    story = handed_story(delete=False)
    with pytest.raises(NotAllowed) as refused:
        story.does(ANA, act.EditWritten(stored=reply(story), text="note: not yet"))
    assert refused.value.code == "edit_impossible"


def test_an_edit_of_a_stale_reply_the_bot_may_have_is_a_correction():
    story = handed_story()
    change = story.does(ANA, act.EditWritten(stored=reply(story), text="Nearly done"))
    assert [told.type for told in change.told] == ["message.updated"]

    story = handed_story(edit=False)
    with pytest.raises(NotAllowed) as refused:
        story.does(ANA, act.EditWritten(stored=reply(story), text="Nearly done"))
    assert refused.value.code == "edit_impossible"
