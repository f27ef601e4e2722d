"""What follows when a delivery has ended: marks, gaps, another place."""

from dataclasses import replace

from bridge.domain import actions as act
from bridge.domain.deliveries import (
    Ending,
    Mark,
    MarkKind,
    OpenThread,
    PostHistory,
    PostLine,
    PostWords,
    TellBot,
    Whisper,
)
from bridge.domain.events import Intent
from bridge.domain.fanout import after, spread
from bridge.domain.refs import Lane
from bridge.domain.words import WordsState
from tests.domain.stories import ANA, BEN, LANE, POLICY, Story


def fanned(story: Story, before, change, *, bot_hears=True):
    return spread(before, change, bot_hears=bot_hears).deliveries


def reply(story: Story):
    story.does(ANA, act.Claim())
    message = story.writes(ANA, "hello")
    story.time_passes(seconds=5)
    return story.messages[message.id]


def callback(story: Story):
    return next(d for d in fanned(story, None, story.changes[0]) if isinstance(d.content, TellBot))


def test_once_the_bot_accepted_a_reply_its_writer_sees_the_mark():
    story = Story()
    message = reply(story)
    change = after(callback(story), Ending.DONE, story.ticket, message, story.now)
    assert change is not None
    assert change.rewrites[0].state is WordsState.SENT
    assert [d.content for d in change.deliveries] == [Mark(message.id, MarkKind.SENT)]
    assert change.ticket.version == story.ticket.version


def test_a_reply_the_bot_refused_for_good_is_marked_and_its_writer_is_told_privately():
    story = Story()
    message = reply(story)
    change = after(callback(story), Ending.DEAD, story.ticket, message, story.now)
    assert change is not None
    assert change.rewrites[0].state is WordsState.FAILED
    assert [type(d.content) for d in change.deliveries] == [Mark, Whisper]


def test_nothing_follows_an_attempt_that_will_be_repeated():
    story = Story()
    message = reply(story)
    for ending in (Ending.RETRY, Ending.UNKNOWN):
        assert after(callback(story), ending, story.ticket, message, story.now) is None


def test_a_message_that_cannot_be_shown_leaves_a_visible_gap_and_its_bot_hears():
    story = Story()
    before = story.ticket
    change = story.user_says("poison")
    post = next(d for d in fanned(story, before, change) if isinstance(d.content, PostWords))
    message = next(iter(m for m in story.messages.values() if m.text == "poison"))
    made = after(post, Ending.DEAD, story.ticket, message, story.now)
    assert made is not None
    assert [d.content for d in made.deliveries] == [PostLine("gap", (), message.id)]
    assert [t.type for t in made.told] == ["message.failed"]


def test_a_history_that_cannot_be_shown_leaves_a_visible_gap_where_its_ticket_still_lives():
    story = Story()
    history = next(d for d in fanned(story, None, story.changes[0]) if isinstance(d.content, PostHistory))
    made = after(history, Ending.DEAD, story.ticket, None, story.now)
    assert made is not None
    assert [(d.lane, d.ticket, d.content) for d in made.deliveries] == [
        (LANE, story.ticket.id, PostLine("history_gap"))
    ]
    assert (made.entries[0].kind, made.told) == ("history.not_shown", ())
    gone = replace(story.ticket, policy=replace(POLICY, lane=Lane("acme-slack", "C0B")))
    assert after(history, Ending.DEAD, gone, None, story.now) is None


def test_a_ticket_whose_channel_cannot_be_used_lives_on_in_the_console():
    story = Story()
    root = next(d for d in fanned(story, None, story.changes[0]) if isinstance(d.content, OpenThread))
    made = after(root, Ending.DEAD, story.ticket, None, story.now)
    assert made is not None
    assert made.ticket.policy.lane is None
    assert [t.type for t in made.told] == ["ticket.undeliverable"]


def test_a_channel_that_cannot_be_used_is_replaced_by_the_routes_fallback():
    spare = Lane("acme-slack", "C0SPARE")
    story = Story(replace(POLICY, fallback=(spare,)))
    root = next(d for d in fanned(story, None, story.changes[0]) if isinstance(d.content, OpenThread))
    made = after(root, Ending.DEAD, story.ticket, None, story.now)
    assert made is not None
    assert (made.ticket.policy.lane, made.ticket.policy.fallback) == (spare, ())
    assert made.told[0].facts["fallback"] == str(spare)
    assert [(d.lane, d.content) for d in made.deliveries] == [
        (spare, OpenThread()),
        (spare, PostHistory(until=story.now)),
    ]


def test_a_channel_that_cannot_be_used_is_no_loss_to_a_ticket_that_has_left_it():
    story = Story()
    root = next(d for d in fanned(story, None, story.changes[0]) if isinstance(d.content, OpenThread))
    story.does(ANA, act.Reroute(policy=replace(POLICY, route="b", lane=Lane("acme-slack", "C0B")), reason="moved"))
    assert after(root, Ending.DEAD, story.ticket, None, story.now) is None


def test_of_a_note_that_cannot_be_shown_the_bot_hears_nothing():
    story = Story()
    note = story.writes(BEN, "she is angry", Intent.NOTE)
    post = next(d for d in fanned(story, None, story.changes[-1]) if isinstance(d.content, PostWords))
    made = after(post, Ending.DEAD, story.ticket, note, story.now)
    assert made is not None
    assert [d.content for d in made.deliveries] == [PostLine("gap", (), note.id)]
    assert made.told == ()
