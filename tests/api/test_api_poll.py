"""The callbacks as a poll."""

import asyncio
from datetime import timedelta

import pytest

from tests.api.test_api_calls import FULL


async def test_what_happened_comes_in_order_with_a_cursor(handrail):
    ticket = await handrail.escalated(FULL)
    await handrail.call("POST", f"/v1/tickets/{ticket}/takeback", {"outcome": "cancelled"})

    page = (await handrail.call("GET", "/v1/events")).json
    assert [event["type"] for event in page["events"]] == ["ticket.opened", "ticket.closed"]
    first = page["events"][0]
    assert first["data"]["ticket"]["id"] == ticket
    assert first["data"]["metadata"] == FULL["metadata"]
    assert page["next"] == page["events"][-1]["cursor"]

    rest = (await handrail.call("GET", f"/v1/events?after={first['cursor']}&limit=1")).json
    assert [event["id"] for event in rest["events"]] == [page["events"][1]["id"]]
    nothing = (await handrail.call("GET", f"/v1/events?after={rest['next']}")).json
    assert nothing == {"events": [], "next": rest["next"], "gap": False}


async def test_a_waiting_poll_is_woken_by_the_commit(handrail):
    poll = asyncio.create_task(handrail.call("GET", "/v1/events?wait=25"))
    await waits(handrail)
    ticket = await handrail.escalated()
    page = (await asyncio.wait_for(poll, 5)).json
    assert [event["data"]["ticket"]["id"] for event in page["events"]] == [ticket]


async def test_another_bots_news_does_not_end_the_wait(handrail):
    poll = asyncio.create_task(handrail.call("GET", "/v1/events?wait=25"))
    await waits(handrail)
    await handrail.escalated(bot="other-bot")
    handrail.clock.advance(seconds=24)
    assert not poll.done()
    handrail.clock.advance(seconds=1)
    assert (await asyncio.wait_for(poll, 5)).json == {"events": [], "next": "0", "gap": False}


async def test_a_shutdown_ends_the_wait(handrail):
    poll = asyncio.create_task(handrail.call("GET", "/v1/events?wait=25"))
    await waits(handrail)
    handrail.api.draining.set()
    assert (await asyncio.wait_for(poll, 5)).json == {"events": [], "next": "0", "gap": False}


@pytest.mark.parametrize(
    "query",
    [
        "after=-1",
        "after=x",
        "after=1.5",
        "after=99999999999999999999",
        "wait=26",
        "wait=",
        "limit=0",
        "limit=101",
        "after=1&after=2",
        "x=1",
        "after=%00",
        "after=%D9%A1",
    ],
)
async def test_an_odd_query_is_refused(handrail, query):
    answer = await handrail.call("GET", f"/v1/events?{query}")
    assert (answer.status, answer.slug) == (422, "validation-error")


async def waits(handrail):
    """Until the poll has looked and sleeps."""
    for _ in range(10_000):
        if handrail.clock.sleeping:
            return
        await asyncio.sleep(0)
    raise AssertionError("nobody waits")


async def test_a_cursor_whose_events_are_no_longer_kept_is_told_so_and_answered_from_the_oldest(handrail):
    await handrail.escalated()
    await handrail.escalated({"conversation": {"external_id": "web-2"}})
    handrail.clock.advance(seconds=31 * 86400)
    await handrail.escalated({"conversation": {"external_id": "web-3"}})
    await handrail.api.store.retention.forget_told(handrail.clock.now() - timedelta(days=30))

    behind = (await handrail.call("GET", "/v1/events?after=1")).json
    upto = (await handrail.call("GET", "/v1/events?after=2")).json

    assert (behind["gap"], upto["gap"]) == (True, False)
    assert [event["cursor"] for event in behind["events"]] == [event["cursor"] for event in upto["events"]] == ["3"]
    assert (await handrail.call("GET", "/v1/events?after=0")).json["gap"] is False
