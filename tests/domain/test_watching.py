"""Cards to watch: who gets one, when it is painted anew, and that nothing else of a ticket goes there."""

from dataclasses import replace

from bridge.domain import actions as act
from bridge.domain.deliveries import Delivery, Ending, OpenThread, OpenWatch, RefreshCard
from bridge.domain.fanout import after, spread
from bridge.domain.refs import Lane, ThreadRef
from tests.domain.stories import ANA, LANE, POLICY, Story

WATCH, ALSO = Lane("acme-discord", "88"), Lane("acme-slack", "C0LEADS")
WATCHED = replace(POLICY, watch=(WATCH, ALSO))


def there(deliveries: tuple[Delivery, ...], lane: Lane) -> list[str]:
    return [type(each.content).__name__ for each in deliveries if each.lane == lane]


def test_every_lane_that_watches_gets_one_card_when_the_ticket_opens():
    story = Story(WATCHED)

    change = spread(None, story.changes[0], bot_hears=False)

    assert there(change.deliveries, WATCH) == there(change.deliveries, ALSO) == ["OpenWatch"]
    assert change.ticket.watched == (WATCH, ALSO)


def test_the_lane_the_ticket_lives_in_needs_no_card_to_watch():
    story = Story(replace(POLICY, watch=(LANE, WATCH)))

    change = spread(None, story.changes[0], bot_hears=False)

    assert "OpenWatch" not in there(change.deliveries, LANE)
    assert change.ticket.watched == (WATCH,)


def test_a_claim_is_shown_to_watchers_and_words_are_not():
    story = Story(WATCHED)
    before = replace(story.ticket, watched=(WATCH, ALSO))
    claimed = story.does(ANA, act.Claim())
    said = story.user_says("hello?")

    shown = spread(before, replace(claimed, ticket=replace(claimed.ticket, watched=before.watched)), bot_hears=False)
    still = replace(claimed.ticket, watched=before.watched)
    heard = spread(still, replace(said, ticket=replace(still, seq=said.ticket.seq)), bot_hears=False)

    assert there(shown.deliveries, WATCH) == ["RefreshCard"]
    assert there(heard.deliveries, WATCH) == []


def test_a_ticket_that_moves_away_and_back_opens_no_second_card():
    story = Story(replace(POLICY, watch=(WATCH,)))
    first = spread(None, story.changes[0], bot_hears=False).ticket
    away = replace(first, policy=replace(POLICY, route="b", lane=ALSO, watch=()))
    back = replace(first, policy=POLICY, version=9)
    back = replace(back, policy=replace(POLICY, watch=(WATCH,)))

    change = spread(away, replace(story.changes[0], ticket=back), bot_hears=False)

    assert OpenWatch() not in [each.content for each in change.deliveries if each.lane == WATCH]
    assert there(change.deliveries, WATCH) == ["RefreshCard"]


def test_once_the_thread_is_known_the_cards_lead_there():
    story = Story(WATCHED)
    opened = spread(None, story.changes[0], bot_hears=False)
    root = next(each for each in opened.deliveries if isinstance(each.content, OpenThread))
    bound = replace(opened.ticket, thread=ThreadRef(LANE, "1.1"))

    made = after(root, Ending.DONE, bound, None, story.now)

    assert made is not None
    assert [(each.lane, each.content) for each in made.deliveries] == [(WATCH, RefreshCard()), (ALSO, RefreshCard())]
    assert made.entries == ()


def test_a_ticket_nobody_watches_needs_nothing_when_its_thread_is_known():
    story = Story()
    root = next(
        each for each in spread(None, story.changes[0], bot_hears=False).deliveries
        if isinstance(each.content, OpenThread)
    )  # fmt: skip

    assert after(root, Ending.DONE, story.ticket, None, story.now) is None
