from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain import actions as act
from bridge.domain.card import build_card
from bridge.domain.deliveries import RefreshCard
from bridge.domain.events import Intent
from bridge.domain.fanout import spread
from bridge.domain.paint import Accent, Anchor, plain
from bridge.domain.policy import Relay, RelayMode, ReplyClaims
from bridge.domain.refs import Lane, bot_lane
from bridge.domain.speech import Meaning, kind_of
from bridge.domain.ticket import Displaced, Priority
from bridge.domain.views import LaneView, TicketView
from bridge.domain.words import Brief
from tests.domain.stories import ANA, BOT, MARA, POLICY, Story

LEAVE = {Meaning.REPLY, Meaning.CLAIM_AND_REPLY}
BRIEF = Brief(
    ticket="tkt_1", title="Refund not received", reason_text="Asked for a person.",
    summary="Order 4411 returned on 3 Nov.", attributes={"plan": "pro", "order_total": 250},
)  # fmt: skip


def card_of(story: Story, **more):
    view = TicketView(ticket=replace(story.ticket, number=1042), brief=BRIEF, user=MARA)
    return build_card(view, now=story.now, **more)


def labels(card):
    return [button.label for button in card.buttons]


def test_an_open_card_says_who_waits_why_and_that_nobody_has_it():
    card = card_of(Story())
    assert (card.accent, card.symbol, card.title) == (Accent.OPEN, "●", "Refund not received")
    assert plain(card.who) == "Mara · French · waiting since 2026-11-23 10:00 UTC"
    assert card.body == ("Asked for a person.", "Order 4411 returned on 3 Nov.")
    assert plain(card.facts) == "plan pro · order_total 250"
    assert plain(card.footer) == "Nothing written here reaches Mara."
    assert labels(card) == ["Claim", "Assign…", "Close"]


@pytest.mark.parametrize(
    ("mode", "claims", "says"),
    [
        (RelayMode.ASSIGNEE, ReplyClaims.ASK, "Nothing written here reaches Mara."),
        (RelayMode.ASSIGNEE, ReplyClaims.NEVER, "Nothing written here reaches Mara."),
        (RelayMode.ASSIGNEE, ReplyClaims.ALWAYS, "Whoever writes here first has it, and Mara reads it."),
        (RelayMode.EVERYONE, ReplyClaims.ASK, "Nothing written here reaches Mara."),
        (RelayMode.EVERYONE, ReplyClaims.ALWAYS, "Whoever writes here first has it, and Mara reads it."),
        (RelayMode.EVERYONE, ReplyClaims.NEVER, "Everything here goes to Mara."),
        (RelayMode.EXPLICIT, ReplyClaims.ALWAYS, 'Only Reply and "send:" reach Mara.'),
    ],
)
def test_a_card_nobody_has_says_truly_where_plain_words_go(mode, claims, says):
    story = Story(replace(POLICY, relay=Relay(mode=mode), reply_claims=claims))
    assert plain(card_of(story).footer).startswith(says)
    leaves = "reads it" in says or "Everything" in says
    assert (
        kind_of(story.ticket, ANA, "hello", intent=Intent.PLAIN, mentions=(), now=story.now).meaning in LEAVE
    ) is leaves


def test_a_card_nobody_has_says_what_the_trouble_is():
    story = Story()
    trouble = LaneView(lane=bot_lane(BOT), waiting=1, oldest_at=story.now, failing_since=story.now)
    card = card_of(story, trouble=trouble)
    assert card.state_word == "Trouble"
    assert plain(card.status) == (
        "Nobody has it. shop-bot has not answered since 2026-11-23 10:00 UTC. Nothing is lost."
    )


@pytest.mark.parametrize("priority", [Priority.HIGH, Priority.URGENT])
def test_urgency_is_a_word_too(priority):
    card = card_of(Story(priority=priority))
    assert (card.accent, card.state_word) == (Accent.URGENT, priority.capitalize())


def test_a_card_says_why_it_is_here_and_how_urgent_it_is_in_every_state():
    story = Story(priority=Priority.HIGH)
    assert (card_of(story).rule, card_of(story).why) == ("fallback", "no rule fits")
    assert "priority" not in plain(card_of(story).who)
    story.does(ANA, act.Claim())
    assert plain(card_of(story).who) == "Mara · French · high priority · waiting since 2026-11-23 10:00 UTC"


def test_an_assigned_card_says_where_plain_words_go():
    story = Story()
    story.does(ANA, act.Claim())
    card = card_of(story)
    assert plain(card.status) == "Ana has it since 2026-11-23 10:00 UTC · Mara waits for an answer"
    assert plain(card.footer) == (
        'Ana\'s messages here go to Mara after 5 s. "note:" keeps one inside. No ✅, not sent.'
    )
    assert labels(card) == ["Hand over…", "Release", "Close"]


def test_a_card_waiting_on_the_user_says_when_it_closes():
    story = Story()
    story.does(ANA, act.Claim())
    story.writes(ANA, "Solved?")
    story.time_passes(seconds=5)
    card = card_of(story)
    assert card.accent is Accent.WAITING
    assert "waiting on Mara since 2026-11-23 10:00 UTC · closes 2026-11-24 10:00 UTC" in plain(card.status)
    assert labels(card) == ["Keep open", "Hand over…", "Release", "Close"]


def test_trouble_with_the_bot_is_said_without_alarm():
    story = Story()
    story.does(ANA, act.Claim())
    trouble = LaneView(lane=Lane("bot", "shop-bot"), waiting=2, oldest_at=story.now, failing_since=story.now)
    card = card_of(story, trouble=trouble)
    assert (card.accent, card.symbol) == (Accent.TROUBLE, "⚠")
    assert "shop-bot has not answered since" in plain(card.status)
    assert "seen" not in plain(card.status)
    assert labels(card)[0] == "Details"


def test_trouble_counts_what_the_user_has_not_seen():
    story = Story()
    story.does(ANA, act.Claim())
    for text in ("one", "two"):
        story.writes(ANA, text)
    story.time_passes(seconds=10)
    view = TicketView(ticket=story.ticket, brief=BRIEF, user=MARA, messages=tuple(story.messages.values()))
    trouble = LaneView(lane=Lane("bot", "shop-bot"), waiting=2, oldest_at=story.now, failing_since=story.now)
    said = plain(build_card(view, now=story.now, trouble=trouble).status)
    assert said.endswith(". Mara has not seen 2 messages. Nothing is lost.")


def test_a_snoozed_card_can_be_woken():
    story = Story()
    story.does(ANA, act.Snooze(until=story.now + timedelta(hours=2)))
    card = card_of(story)
    assert (card.symbol, labels(card)) == ("☾", ["Wake", "Close"])


def test_a_closed_card_tells_how_quick_it_was():
    story = Story()
    story.later(minutes=2).does(ANA, act.Claim())
    story.later(minutes=2).writes(ANA, "Done")
    story.time_passes(seconds=5)
    story.does(ANA, act.Close())
    card = card_of(story)
    assert plain(card.status).endswith("claimed in 2 min, first answer in 4 min")
    assert labels(card) == ["Reopen"]


def test_a_left_threads_card_has_no_buttons():
    card = card_of(Story(), moved_to="#billing")
    assert (card.accent, card.buttons, plain(card.status)) == (Accent.MOVED, (), "now in #billing")


def test_a_left_threads_card_says_where_it_went_by_whom_and_when():
    story = Story()
    story.does(ANA, act.Claim())
    billing = replace(POLICY, route="billing", lane=Lane("acme-slack", "C0BILLING"))
    story.does(ANA, act.Reroute(policy=billing, reason="r"))
    entries = tuple(entry for change in story.changes for entry in change.entries)
    view = TicketView(ticket=story.ticket, brief=BRIEF, user=MARA, entries=entries)
    link = "https://acme.slack.com/archives/C0BILLING/p1"
    card = build_card(view, now=story.now, moved_to="billing", link=link)
    assert card.status[1] == Anchor("billing ↗", link)
    assert plain(card.status) == "now in billing ↗ (Ana, 2026-11-23 10:00 UTC)"


def test_where_only_a_reply_leaves_the_card_offers_one_and_every_ending_is_under_the_dots():
    story = Story(replace(POLICY, relay=Relay(mode=RelayMode.EXPLICIT)))
    story.does(ANA, act.Claim())
    card = card_of(story)
    assert labels(card)[0] == "Reply…"
    assert [button.label for button in card.more] == ["Snooze…", "Move…", "Close as…", "Why here?", "Transcript"]
    assert [button.form for button in (card.buttons[0], card.more[2])] == [True, True]


def test_keeping_a_ticket_open_shows_when_it_closes_now():
    story = Story()
    story.does(ANA, act.Claim())
    story.writes(ANA, "Solved?")
    story.time_passes(minutes=1)
    before = story.ticket
    change = story.does(ANA, act.KeepOpen())
    assert [delivery.content for delivery in spread(before, change, bot_hears=False).deliveries] == [RefreshCard()]


def test_a_card_that_stands_in_another_place_says_why():
    story = Story()
    lost = Displaced(lane=Lane("acme-slack", "C0GONE"), at=story.now)
    view = TicketView(ticket=replace(story.ticket, number=1042, displaced=lost), brief=BRIEF, user=MARA)

    said = plain(build_card(view, now=story.now).footer)

    assert said.startswith("It is here because its own channel cannot be used. Nothing written")
