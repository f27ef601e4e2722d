"""Slack's answers that tell nothing: looked up twice before anything is posted again, left alone where that fails."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.delivery.dispatcher import Dispatcher
from bridge.desk.desk import Desk
from bridge.domain.alarms import Trouble
from bridge.domain.deliveries import DeliveryState
from bridge.domain.events.operators import DeliverySettled, Operator, Settle
from tests.adapters.slack_shore import CHANNEL
from tests.jobs.reading_back import slack_site

SILENT = [
    {"status": 500},
    {"status": 503, "body": "<html>upstream</html>"},
    {"body": ""},
    {"body": "{no json"},
    {"cut": True},
]


@pytest.fixture
async def site(sqlite_store, tmp_path, clock):
    async with slack_site(sqlite_store, tmp_path, clock) as made:
        # Without the events of our own posts: what they tell has tests of its own.
        events = made.server.grants.events - {"message_metadata_posted"}
        made.server.grants = replace(made.server.grants, events=events)
        made.dispatcher = Dispatcher(sqlite_store, made.rules, made.chats, {}, clock, metrics=made.metrics)
        await made.dispatcher.start()
        yield made
        await made.dispatcher.stop(0)


def roots(site):
    messages = site.server.workspace.channels[CHANNEL].messages.values()
    return [one["ts"] for one in messages if one.get("thread_ts", one["ts"]) == one["ts"]]


async def opened(site, ticket):
    while (thread := (await site.store.tickets.get(ticket)).thread) is None:
        await site.passes(site.dispatcher.settle())
    return thread.root


@pytest.mark.parametrize("fault", SILENT, ids=str)
async def test_what_was_posted_without_a_readable_answer_is_found_and_posted_once(site, fault):
    site.server.answer_next("chat.postMessage", carry_out=True, **fault)
    ticket = (await site.escalates(transcript=())).ticket.id

    root = await opened(site, ticket)
    assert roots(site) == [root]
    assert len(site.server.called("chat.postMessage")) == 1
    assert site.figure("handrail_deliveries_adopted_total") == 1


async def test_what_is_absent_twice_ten_seconds_apart_is_posted_again_under_its_key(site):
    site.server.answer_next("chat.postMessage", status=500)
    began = site.clock.now()
    ticket = (await site.escalates(transcript=())).ticket.id

    root = await opened(site, ticket)
    assert roots(site) == [root]
    assert site.clock.now() - began >= timedelta(seconds=15)
    assert len(site.server.called("conversations.history")) == 2
    first, again = (call["metadata"] for call in site.server.called("chat.postMessage"))
    assert first == again


async def test_a_limit_told_in_a_good_answer_is_no_doubt(site):
    site.server.answer_next("chat.postMessage", error="ratelimited", retry_after=7)
    began = site.clock.now()
    ticket = (await site.escalates(transcript=())).ticket.id

    root = await opened(site, ticket)
    assert roots(site) == [root]
    assert site.clock.now() - began >= timedelta(seconds=7)
    assert site.server.called("conversations.history") == []


async def test_a_history_that_cannot_be_read_leaves_it_in_doubt_until_an_operator_says_it_is_there(site):
    site.server.carry_out_then_cut("chat.postMessage")
    site.server.scopes.discard("channels:history")
    ticket = (await site.escalates(transcript=())).ticket.id

    async def alarmed():
        while not any(one.what == Trouble.OUTCOME_UNREADABLE for one in await site.store.alarms.open_ones()):
            await site.passes(site.dispatcher.settle(), step=5)

    await site.passes(alarmed(), step=5)
    (view,) = await site.store.outbox.views([DeliveryState.UNKNOWN])
    (root,) = roots(site)
    link = f"https://acme.slack.com/archives/{CHANNEL}/p{root.replace('.', '')}"
    by = Operator(key="ana", via="console")
    event = DeliverySettled(delivery=view.id, settle=Settle.ADOPT, link=link, by=by, at=site.clock.now())
    desk = Desk(store=site.store, rules=site.rules, clock=site.clock, chats=site.chats)
    await desk.handle(event)
    assert (await site.store.tickets.get(ticket)).thread.root == root
    assert len(site.server.called("chat.postMessage")) == 1
