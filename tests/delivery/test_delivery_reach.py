"""Places that cannot be used, and cards for those who watch: in front of the real adapters, once per platform."""

from dataclasses import replace

from bridge.domain.alarms import Alarm, Trouble
from bridge.domain.change import Change
from bridge.domain.deliveries import Delivery, Ending, OpenWatch, RefreshCard, Strand, TellAlarm, Urgency
from bridge.domain.refs import ThreadRef
from bridge.store.writer import Tx
from tests.delivery.threads import Thread
from tests.samples import a_policy, asks


async def watching(thread: Thread) -> ThreadRef | None:
    """Where the ticket's card to watch stands: the ticket itself lives elsewhere."""
    return await thread.store.threads.in_lane(thread.ticket.id, thread.shore.far_side.lane)


async def order_a_watch_card(thread: Thread) -> None:
    """The thread's channel only watches from now on."""
    lane = thread.shore.far_side.lane
    policy = a_policy(lane=None, watch=(lane,))
    [root] = await thread.left()
    assert root.what == "OpenThread"
    taken = (await thread.store.outbox.take(lane, thread.clock.now(), 1))[0]
    await thread.store.outbox.finish(taken, Ending.DEAD, now=thread.clock.now(), reason="not wanted")
    await thread.store.writer.decide(
        asks(
            thread.ticket.id,
            lambda now: Change(ticket=replace(now.ticket, policy=policy, watched=(lane,)), code="watched"),
        )
    )
    await thread.order(OpenWatch(), Strand.ROOT)


async def test_a_lost_channel_is_left_for_the_console_with_one_alarm(opened: Thread):
    await opened.shore.far_side.lose_channel()
    before = opened.shore.far_side.calls()
    await opened.user_says("is anybody there?", "hello?")
    await opened.passes(30)

    assert (opened.ticket.thread, opened.ticket.policy.lane) == (None, None)
    [alarm] = await opened.store.alarms.open_ones()
    assert (alarm.what, alarm.facts["lane"]) == (Trouble.TARGET_GONE, str(opened.shore.far_side.lane))
    assert alarm.facts["fallback"] == "the console"
    assert opened.shore.far_side.calls() - before <= 4, "one try at the thread, one at the channel"
    assert {view.state for view in await opened.left()} == {"withdrawn"}


async def test_a_watch_card_has_no_buttons_and_is_posted_once_though_its_answer_was_lost(thread: Thread):
    thread.shore.far_side.lose_answer_of_next_post()
    await order_a_watch_card(thread)
    await thread.dispatcher.start()
    await thread.settle()
    assert await watching(thread) is None

    await thread.passes(30)

    place = await watching(thread)
    assert place is not None
    card = await thread.shore.far_side.card(place)
    assert "Refund not received" in card
    assert "A card to watch" in card
    assert "Claim" not in card
    assert [view.state for view in await thread.left()] == ["dead"], "the root the test gave up itself"
    assert b'handrail_deliveries_adopted_total{platform="' in thread.metrics.exposition()


async def test_a_watch_card_is_brought_up_to_date(thread: Thread):
    await order_a_watch_card(thread)
    await thread.dispatcher.start()
    await thread.settle()
    await thread.store.writer.decide(
        asks(
            thread.ticket.id,
            lambda now: Change(
                ticket=replace(now.ticket, snoozed_until=thread.clock.now(), snoozed_by="Ana"), code="s"
            ),
        )
    )
    await thread.order(RefreshCard(), Strand.CARD, coalesce="card")
    await thread.passes(5)

    place = await watching(thread)
    assert place is not None
    assert "Snoozed" in await thread.shore.far_side.card(place)


async def test_an_alarm_is_a_line_in_the_channel_itself(opened: Thread):
    facts = {"platform": "acme-other", "reason": "token_revoked"}
    alarm = Alarm(key="k", what=Trouble.PLATFORM_DOWN, since=opened.clock.now(), facts=facts)
    lane = opened.shore.far_side.lane
    opened.shore.far_side.lose_answer_of_next_post()

    async def job(tx: Tx) -> None:
        tx.order(Delivery(lane=lane, content=TellAlarm(alarm), strand=Strand.WORDS, urgency=Urgency.ANSWER))

    await opened.store.writer.work(job)
    await opened.passes(30)

    assert await opened.left() == []
    assert await opened.shown() == [], "not in anybody's thread"
