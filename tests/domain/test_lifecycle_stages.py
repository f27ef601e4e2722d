"""Texts to the user at the turns of a ticket, where the bot leaves them to us."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain import actions as act
from bridge.domain.availability import Availability
from bridge.domain.deliveries import PostWords
from bridge.domain.fanout import spread
from bridge.domain.fanout.replies import accepted, refused
from bridge.domain.lifecycle.opening import escalate
from bridge.domain.measures import Spread
from bridge.domain.policy import Stage
from bridge.domain.ticket import Outcome
from bridge.domain.words import Author, WordsState
from tests.domain.stories import ANA, BEN, BY_BOT, POLICY, Story, claimed

OPEN = Availability(
    route="fallback", open=True, next_opening=None, timezone="UTC",
    wait=Spread(p50=timedelta(minutes=4), p90=None, p99=None, count=40),
)  # fmt: skip


def relayed(policy=POLICY, **more) -> Story:
    """A bot that leaves the texts to us; its user speaks English."""
    story = Story(policy, notices="relay", language="en", **more)
    fresh = replace(story.arrival, availability=OPEN)
    story.changes.clear()
    story.messages.clear()
    story.ticket = story.keep(escalate(fresh, None, None, ())).ticket
    return story


def said(story: Story) -> list[str]:
    return [message.text for message in story.messages.values() if message.author is Author.SYSTEM]


def test_a_bot_that_words_its_own_notices_gets_none():
    story = Story()
    claimed(story)
    story.does(ANA, act.Close())
    assert said(story) == []


def test_each_turn_of_the_ticket_is_told_once_and_as_a_message():
    story = claimed(relayed())
    story.does(ANA, act.Assign(to=act.Assignee(key=BEN.key, name="Ben"), to_teams=BEN.teams))
    story.does(ANA, act.Release())
    story.does(ANA, act.Claim())
    story.does(ANA, act.Close())

    assert said(story) == [
        "A member of our team will answer you here, usually within 5 minutes.",
        "Ana is with you now.",
        "You have not been forgotten: a member of our team will be with you in 5 minutes.",
        "Ana is with you now.",
        "This conversation with our team has ended. Write again whenever you need us.",
    ]
    assert story.told.count("message.created") == 5
    assert story.told[-2:] == ["message.created", "ticket.closed"]


def test_a_user_nobody_came_to_is_told_with_the_first_reminder_and_not_with_each():
    story = relayed()
    story.time_passes(minutes=11)
    assert len(said(story)) == 2
    assert story.ticket.reminded == 2


def test_a_text_of_ours_is_no_answer():
    story = relayed()
    assert story.ticket.first_reply_at is None
    assert story.ticket.waiting_since is not None
    assert "message.created" not in story.log


def test_the_routes_own_texts_are_said_and_an_empty_one_is_not():
    texts = {Stage.ASSIGNED: "{first_name} hilft Ihnen.", Stage.OPENED: "", Stage.CLOSED: ""}
    story = claimed(relayed(replace(POLICY, say=texts)))
    story.does(ANA, act.Close())
    assert said(story) == ["Ana hilft Ihnen."]


def test_a_member_is_named_as_the_user_may_know_them():
    policy = replace(POLICY, relay=replace(POLICY.relay, persona="{first_name} from Acme"))
    assert said(claimed(relayed(policy)))[-1] == "Ana from Acme is with you now."


def test_words_of_a_user_in_a_name_are_not_filled_in_again():
    story = relayed()
    story.does(replace(ANA, name="{wait} {name}"), act.Claim())
    assert said(story)[-1].startswith("{wait}")


def test_a_bot_that_took_it_back_and_spam_hear_no_farewell():
    for actor, action in ((BY_BOT, act.TakeBack(outcome=Outcome.CANCELLED)), (ANA, act.Close(outcome=Outcome.SPAM))):
        story = relayed()
        before = len(said(story))
        story.does(actor, action)
        assert len(said(story)) == before


def test_the_thread_shows_it_and_nothing_is_asked_of_anybody_when_it_fails():
    story = relayed()
    opened = spread(None, story.changes[0], bot_hears=True)
    message = next(message for message in story.messages.values() if message.author is Author.SYSTEM)
    assert PostWords(message.id) in [delivery.content for delivery in opened.deliveries]

    failed = refused(story.ticket, message, story.now)
    assert (failed.deliveries, failed.ticket.failed) == ((), 0)
    taken = accepted(story.ticket, message, story.now)
    assert [rewrite.state for rewrite in taken.rewrites] == [WordsState.SENT]
