"""A platform's events tell of our own posts: one whose answer was lost is adopted, a second one is taken back."""

import pytest

from adapters.chat.slack import build
from bridge.delivery.dispatcher import Dispatcher
from tests.adapters.far_side import card
from tests.adapters.slack_shore import CHANNEL, NAME
from tests.desk.house import HELP
from tests.jobs.reading_back import slack_site
from tests.wire.slack.server import APP_TOKEN, BOT_TOKEN


@pytest.fixture
async def site(sqlite_store, tmp_path, clock):
    async with slack_site(sqlite_store, tmp_path, clock) as made:
        made.dispatcher = Dispatcher(sqlite_store, made.rules, made.chats, {}, clock, metrics=made.metrics)
        await made.dispatcher.start()
        yield made
        await made.dispatcher.stop(0)


def roots(site):
    messages = site.server.workspace.channels[CHANNEL].messages.values()
    return [one for one in messages if one.get("thread_ts", one["ts"]) == one["ts"]]


async def test_a_post_whose_answer_was_lost_is_adopted_from_its_own_event_though_nothing_can_be_read(site):
    site.server.carry_out_then_cut("chat.postMessage")
    for _ in range(50):
        site.server.answer_next("conversations.history", status=503)

    ticket = (await site.escalates()).ticket.id
    await site.until(lambda: site.figure("handrail_deliveries_adopted_total") == 1)

    (root,) = roots(site)
    thread = (await site.store.tickets.get(ticket)).thread
    assert thread.root == root["ts"]
    posts = site.server.called("chat.postMessage")  # behind the root, what was said before may follow by now
    assert len([post for post in posts if "thread_ts" not in post]) == 1


async def test_a_second_post_of_one_key_is_taken_back_and_counted(site):
    ticket = (await site.escalates()).ticket.id
    await site.until(lambda: len(roots(site)) == 1)
    (first,) = roots(site)
    key = first["metadata"]["event_payload"]["k"]
    given = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": site.server.api_url}
    late = build(NAME, given, site.clock)
    await late.open_thread(HELP, card(), key=key)
    await late.close()

    await site.until(lambda: site.figure("handrail_duplicates_repaired_total") == 1)
    assert [one["ts"] for one in roots(site)] == [first["ts"]]
    assert (await site.store.tickets.get(ticket)).thread.root == first["ts"]


async def test_our_own_posts_are_relayed_to_nobody_and_known_ones_are_left_alone(site):
    ticket = (await site.escalates()).ticket.id
    await site.user_says(ticket, "hello?", external_id="m2")
    await site.until(lambda: len(site.server.called("chat.postMessage")) >= 2)
    await site.until(lambda: all(one.acked.is_set() for one in site.server.sockets.envelopes))
    await site.reads_back()

    assert await site.texts(ticket) == []
    assert site.figure("handrail_duplicates_repaired_total") == 0
    assert site.server.called("chat.delete") == []
