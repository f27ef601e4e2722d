from datetime import timedelta

import pytest

from bridge.domain.deliveries import DeliveryState
from bridge.domain.refs import Lane
from bridge.domain.words import WordsState
from tests.delivery.conftest import House
from tests.samples import SHOP, SHOP_LANE
from tests.wire.bot import Mood


async def test_a_reply_reaches_the_bot_signed_and_is_marked_as_sent(house: House):
    ticket = await house.ticket()
    await house.replies(ticket, "On its way.")
    await house.settle()

    (call,) = house.bot.calls
    assert call.trusted
    assert call.type == "message.created"
    assert call.data["message"]["text"] == "On its way."
    assert await house.states(ticket) == {"On its way.": WordsState.SENT}
    assert await house.undelivered() == []


async def test_a_commit_wakes_its_lane_without_a_poll(house: House):
    ticket = await house.ticket()
    await house.replies(ticket, "now")

    await house.bot.taken(1)  # time stands still: only the commit can have woken it


async def test_the_order_of_a_ticket_holds_over_failures(house: House):
    house.bot.answer_next(500, times=3)
    ticket = await house.ticket()
    await house.replies(ticket, "first", "second", "third")
    await house.settle()
    assert house.heard() == []

    for _ in range(10):
        await house.passes(1)
    assert house.heard() == ["first", "second", "third"]
    assert [call.data["message"]["text"] for call in house.bot.calls[:4]] == ["first"] * 4


async def test_later_events_wait_behind_an_undelivered_one_while_other_tickets_go_on(house: House):
    stuck, other = await house.ticket(), await house.ticket()
    house.bot.answer_next(500)
    await house.replies(stuck, "stuck")
    await house.settle()
    await house.replies(stuck, "behind it")
    await house.replies(other, "passes by")
    await house.settle()

    assert house.heard() == ["passes by"]
    await house.passes(1)
    assert house.heard() == ["passes by", "stuck", "behind it"]


async def test_retries_are_quick_first(house: House):
    house.bot.answer_always(503)
    ticket = await house.ticket()
    await house.replies(ticket, "anybody there?")
    await house.settle()

    tried_after = {0: 1}
    for second in range(1, 121):
        await house.passes(1)
        tried_after.setdefault(second, len(house.bot.calls))
    ages = [second for second in tried_after if tried_after[second] > tried_after.get(second - 1, 0)]
    assert ages == [0, 1, 2, 5, 10, 20, 30, 60, 90, 120]
    assert len({call.id for call in house.bot.calls}) == 1
    assert len({call.signature for call in house.bot.calls}) == len(house.bot.calls)


async def test_any_call_of_the_bot_wakes_its_lane_at_once(house: House):
    await house.bot.down()
    ticket = await house.ticket()
    await house.replies(ticket, "are you back?")
    await house.settle()
    for _ in range(40):
        await house.passes(1)
    await house.bot.up()
    await house.settle()
    assert house.heard() == []

    assert house.dispatcher is not None
    house.dispatcher.bot_called(SHOP)
    await house.bot.taken(1)
    await house.settle()
    assert house.heard() == ["are you back?"]


async def test_retry_after_is_honoured_by_the_whole_lane_and_lifted_by_the_bots_own_call(house: House):
    house.bot.answer_next(429, retry_after="60")
    one, other = await house.ticket(), await house.ticket()
    await house.replies(one, "one")
    await house.settle()
    await house.replies(other, "other")
    await house.passes(59)
    assert len(house.bot.calls) == 1

    assert house.dispatcher is not None
    house.dispatcher.bot_called(SHOP)
    await house.settle()
    assert sorted(house.heard()) == ["one", "other"]


async def test_after_retry_after_the_lane_goes_on_by_itself(house: House):
    house.bot.answer_next(503, retry_after="30")
    ticket = await house.ticket()
    await house.replies(ticket, "patience")
    await house.settle()
    await house.passes(29)
    assert house.heard() == []
    await house.passes(1)
    assert house.heard() == ["patience"]


async def test_an_answer_lost_on_the_way_is_told_again_under_the_same_id(house: House):
    house.bot.answer_next(mood=Mood.CUT)
    ticket = await house.ticket()
    await house.replies(ticket, "once, please")
    await house.settle()
    await house.passes(1)

    assert len(house.bot.calls) == 2
    assert house.heard() == ["once, please"]
    assert await house.states(ticket) == {"once, please": WordsState.SENT}


async def test_a_hanging_call_delays_no_other_ticket(house: House):
    stuck = await house.ticket()
    house.bot.answer_next(mood=Mood.HANG, takes=False)
    await house.replies(stuck, "hangs")
    await house.bot.seen(1)
    others = [await house.ticket() for _ in range(5)]
    for ticket in others:
        await house.replies(ticket, "passes")

    await house.bot.taken(5)
    assert house.heard() == ["passes"] * 5


async def test_what_is_in_flight_when_we_stop_is_unknown_and_told_again_after_the_start(house: House):
    ticket = await house.ticket()
    house.bot.answer_next(mood=Mood.HANG)
    await house.replies(ticket, "did you get this?")
    await house.bot.seen(1)
    await house.stop(0.05)
    assert [view.state for view in await house.undelivered()] == [DeliveryState.UNKNOWN]

    await house.start()
    await house.settle()
    assert len(house.bot.calls) == 2
    assert len(house.bot.events) == 1
    assert await house.undelivered() == []


async def test_stopping_is_quick_and_begins_nothing_more(house: House):
    await house.bot.down()
    ticket = await house.ticket()
    await house.replies(ticket, "later")
    await house.settle()
    await house.stop()
    house.clock.advance(hours=1)

    assert [view.state for view in await house.undelivered()] == [DeliveryState.READY]


async def test_410_stops_the_endpoint_and_keeps_what_waits(house: House):
    house.bot.answer_next(410)
    one, other = await house.ticket(), await house.ticket()
    await house.replies(one, "gone")
    await house.settle()
    await house.replies(other, "kept")
    await house.passes(3600)

    assert len(house.bot.calls) == 1
    assert await house.states(one) == {"gone": WordsState.SENDING}
    assert [alarm.what for alarm in await house.store.alarms.open_ones()] == ["endpoint_disabled"]
    (lane,) = [view for view in await house.store.lanes.views() if view.lane == SHOP_LANE]
    assert "410" in (lane.paused_because or "")
    assert lane.paused_at == house.clock.now() - timedelta(hours=1)
    assert b'handrail_endpoints_disabled_total{bot="shop-bot"} 1.0' in house.metrics.exposition()

    await house.store.lanes.resume(SHOP_LANE)
    await house.settle()
    assert sorted(house.heard()) == ["gone", "kept"]
    assert len({call.id for call in house.bot.calls}) == 2, "the answer it refused keeps its webhook-id"


async def test_a_reply_given_up_is_marked_failed_and_the_queue_goes_on(house: House):
    house.bot.answer_always(400)
    ticket = await house.ticket()
    await house.replies(ticket, "poison", "fine")
    await house.settle()
    while (await house.states(ticket))["poison"] is not WordsState.FAILED:
        due = await house.store.outbox.next_due()
        assert due is not None
        await house.passes((due - house.clock.now()).total_seconds())
    assert house.clock.now() - house.bot.calls[0].at == timedelta(hours=76)

    house.bot.answer_always(204)
    await house.passes(1)
    assert await house.states(ticket) == {"poison": WordsState.FAILED, "fine": WordsState.SENT}
    assert house.heard() == ["fine"]


async def test_a_redirect_is_not_followed(house: House):
    house.bot.answer_next(302, location=house.bot.url + "/elsewhere")
    ticket = await house.ticket()
    await house.replies(ticket, "here")
    await house.settle()
    await house.passes(1)

    assert house.bot.strangers == 0
    assert house.heard() == ["here"]


async def test_an_endless_answer_is_capped(house: House):
    house.bot.answer_next(200, mood=Mood.ENDLESS)
    ticket = await house.ticket()
    await house.replies(ticket, "short")
    await house.settle()

    assert await house.states(ticket) == {"short": WordsState.SENT}


async def test_a_backlog_drains_gently_after_the_bot_is_back(house: House):
    await house.bot.down()
    for number in range(30):
        await house.replies(await house.ticket(), f"reply {number}")
    await house.settle()
    await house.bot.up()
    house.bot.calls.clear()

    assert house.dispatcher is not None
    house.dispatcher.bot_called(SHOP)
    per_second = []
    while len(house.bot.events) < 30:
        before = len(house.bot.calls)
        await house.settle()
        per_second.append(len(house.bot.calls) - before)
        house.clock.advance(1)
    assert max(per_second) <= 10
    assert await house.undelivered() == []


async def test_a_lane_the_config_does_not_know_waits_untouched(house: House):
    house.bots.clear()
    ticket = await house.ticket()
    await house.replies(ticket, "for nobody")
    await house.passes(60)

    (view,) = await house.undelivered()
    assert (view.state, view.attempts, view.lane) == ("ready", 0, SHOP_LANE)


async def test_many_tickets_are_told_and_each_in_its_order(house: House):
    tickets = [await house.ticket() for _ in range(12)]
    for number in range(4):
        for ticket in tickets:
            await house.replies(ticket, f"{ticket.conversation} {number}")
    await house.bot.taken(48)
    await house.settle()

    for ticket in tickets:
        mine = [text for text in house.heard() if text.split()[0] == ticket.conversation]
        assert mine == [f"{ticket.conversation} {number}" for number in range(4)]


@pytest.mark.parametrize("paused", [SHOP_LANE, "bot"])
async def test_a_lane_somebody_paused_is_left_alone_until_it_is_resumed(house: House, paused: Lane | str):
    await house.store.lanes.pause(paused, "an operator looks into it")
    ticket = await house.ticket()
    await house.replies(ticket, "quiet")
    await house.passes(600)
    assert house.bot.calls == []

    await house.store.lanes.resume(paused)
    await house.settle()
    assert house.heard() == ["quiet"]


async def test_how_many_tickets_run_and_how_long_the_oldest_waits_is_measured(house: House):
    await house.ticket()
    await house.passes(11)
    measured = house.metrics.exposition()
    assert b'handrail_tickets_open{owner="queue",route="support"} 1.0' in measured
    assert b"handrail_queue_oldest_seconds 11.0" in measured
