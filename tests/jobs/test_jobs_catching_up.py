"""What was said while nobody listened is found, once, and in order; reading keeps to the pace of the platform."""

from datetime import timedelta

import pytest

from bridge.domain.events.operators import Operator, UserErasure
from bridge.domain.words import WordsState
from bridge.jobs.catching_up import EVERY
from tests.adapters.slack_shore import CHANNEL, NAME
from tests.desk.house import SHOP
from tests.jobs.reading_back import slack_site
from tests.wire.slack.reading import FEW_OBJECTS


@pytest.fixture
async def site(sqlite_store, tmp_path, clock):
    async with slack_site(sqlite_store, tmp_path, clock) as made:
        yield made


async def test_words_whose_event_never_came_are_found_after_a_start_and_only_once(site):
    ticket, thread = await site.ticket()
    for text in ("note: one", "note: two", "note: three"):
        site.unheard(thread, text)

    await site.reads_back()
    await site.reads_back()
    assert await site.texts(ticket) == ["one", "two", "three"]
    assert site.figure("handrail_caught_up_total") == 3


async def test_words_that_came_live_are_not_taken_for_missed_ones(site):
    ticket, thread = await site.ticket()
    site.people.writes(CHANNEL, thread.root, "U0BEN", "note: live")
    site.unheard(thread, "note: missed")
    site.people.bot_writes(CHANNEL, thread.root, "I am another bot")
    await site.until(lambda: site.server.sockets.envelopes and site.server.sockets.envelopes[-1].acked.is_set())

    await site.reads_back()
    assert sorted(await site.texts(ticket)) == ["live", "missed"]


async def test_a_live_event_moves_no_watermark_so_that_an_earlier_lost_one_is_found(site):
    ticket, thread = await site.ticket()
    await site.reads_back()
    site.unheard(thread, "note: lost")
    site.clock.advance(minutes=5)
    site.people.writes(CHANNEL, thread.root, "U0BEN", "note: live")
    await site.until(lambda: site.server.sockets.envelopes and site.server.sockets.envelopes[-1].acked.is_set())

    site.clock.advance(EVERY.total_seconds())
    await site.reads_back()
    assert sorted(await site.texts(ticket)) == ["live", "lost"]


async def test_what_history_shows_late_is_found_at_a_later_reading(site):
    """A younger message may show before an older one: the watermark stays behind what is that young."""
    ticket, thread = await site.ticket()
    early = site.unheard(thread, "note: early")
    channel = site.server.workspace.channels[CHANNEL]
    hidden = channel.messages.pop(early)
    site.unheard(thread, "note: late")
    await site.reads_back()
    assert await site.texts(ticket) == ["late"]

    channel.messages = dict(sorted({**channel.messages, early: hidden}.items()))
    site.clock.advance(EVERY.total_seconds())
    await site.reads_back()
    assert await site.texts(ticket) == ["late", "early"]


async def test_a_thread_where_nothing_was_said_costs_no_reading_of_it(site):
    threads = [(await site.ticket(f"web-{n}"))[1] for n in range(5)]
    site.unheard(threads[3], "note: here")

    await site.reads_back()
    assert len(site.server.called("conversations.history")) == 1
    assert [call["ts"] for call in site.server.called("conversations.replies")] == [threads[3].root]


async def test_changed_and_deleted_words_are_found_as_far_as_history_shows_them(site):
    ticket, thread = await site.ticket()
    changed, deleted, kept = (site.unheard(thread, f"note: {text}") for text in ("first", "second", "third"))
    await site.reads_back()
    assert await site.texts(ticket) == ["first", "second", "third"]

    site.clock.advance(minutes=5)
    channel = site.server.workspace.channels[CHANNEL]
    channel.messages[changed] |= {
        "text": "note: fifth",
        "edited": {"user": "U0BEN", "ts": site.server.workspace.next_ts()},
    }
    del channel.messages[deleted]
    site.unheard(thread, "note: fourth")
    site.clock.advance(EVERY.total_seconds())
    await site.reads_back()

    messages = {m.origin.message: m for m in await site.store.messages.of(ticket) if m.origin}
    assert messages[changed].text == "fifth"
    assert messages[deleted].state is WordsState.DELETED
    assert messages[kept].state is WordsState.INSIDE
    assert (await site.texts(ticket))[-1] == "fourth"


async def test_an_event_that_cannot_be_handled_is_put_aside_and_the_others_flow(site):
    ticket, thread = await site.ticket()
    site.unheard(thread, "note: before")
    site.unheard(thread, "note: a text that no store takes: \ud800")
    site.unheard(thread, "note: after")

    await site.reads_back()
    assert await site.texts(ticket) == ["before", "after"]
    (aside,) = await site.store.quarantine.put_aside()
    assert aside.what == "PersonWrote"
    site.clock.advance(EVERY.total_seconds())
    await site.reads_back()
    assert await site.texts(ticket) == ["before", "after"]


async def test_a_gap_is_read_over_at_once_and_a_short_one_too(site):
    ticket, thread = await site.ticket()
    await site.reads_back()
    sockets = site.server.sockets
    sockets.refuse_new = True
    await sockets.drop()
    await site.until(lambda: not site.slack.health.connected)
    site.unheard(thread, "note: in the gap")
    site.clock.advance(seconds=10)
    sockets.refuse_new = False
    await site.connected()

    await site.reads_back()
    assert await site.texts(ticket) == ["in the gap"]


async def test_a_refused_reading_waits_and_goes_on(site):
    ticket, thread = await site.ticket()
    site.unheard(thread, "note: found")
    site.server.answer_next("conversations.history", status=429, retry_after=30)
    began = site.clock.now()

    await site.reads_back(step=2)
    assert await site.texts(ticket) == ["found"]
    assert site.clock.now() - began >= timedelta(seconds=30)


async def test_at_one_read_a_minute_all_is_found_and_how_long_it_takes_is_said(site):
    tickets = [await site.ticket(f"web-{n}") for n in range(2)]
    site.server.read_seldom()
    for place, (_, thread) in enumerate(tickets):
        for line in range(FEW_OBJECTS + 3):
            site.unheard(thread, f"note: {place} {line}")
    began = site.clock.now()
    await site.catch_up(began)
    await site.until(lambda: site.figure("handrail_catch_up_left_seconds") > 0)
    reading = site.catch_up.reading(NAME)
    assert reading is not None
    assert reading.left == 1
    assert site.clock.now() < reading.done_by <= began + timedelta(minutes=30)

    await site.passes(site.catch_up.settle(), step=20)
    for place, (ticket, _) in enumerate(tickets):
        assert await site.texts(ticket) == [f"{place} {line}" for line in range(FEW_OBJECTS + 3)]
    reads = len(site.server.called("conversations.replies"))
    assert site.clock.now() - began >= timedelta(minutes=reads - 2)


async def test_an_old_watermark_and_forgotten_keys_double_nothing(site):
    """A backup of yesterday knows neither how far was read since nor which events were seen."""
    ticket, thread = await site.ticket()
    for text in ("note: one", "note: two"):
        site.people.writes(CHANNEL, thread.root, "U0BEN", text)
    await site.until(lambda: all(one.acked.is_set() for one in site.server.sockets.envelopes))
    await site.reads_back()
    await site.store.watermarks.move({thread: thread.root}, site.clock.now() - timedelta(days=1))
    await site.store.purge.event_keys(site.clock.now() + timedelta(days=1))

    site.clock.advance(EVERY.total_seconds())
    await site.reads_back()
    assert await site.texts(ticket) == ["one", "two"]


async def test_words_of_an_erased_user_do_not_come_back_with_the_threads(site):
    ticket, thread = await site.ticket()
    said = site.unheard(thread, "note: Mara owes us")
    await site.reads_back()
    await site.desk.handle(UserErasure(bot=SHOP, external_id="u_17", by=Operator(key="operator:ana", via="command"),
                                       at=site.clock.now()))  # fmt: skip
    before = await site.texts(ticket)

    edited = {"user": "U0BEN", "ts": site.server.workspace.next_ts()}
    site.server.workspace.channels[CHANNEL].messages[said] |= {"text": "note: Mara owes us 5", "edited": edited}
    site.clock.advance(EVERY.total_seconds())
    await site.reads_back()
    assert await site.texts(ticket) == before
    assert "Mara owes" not in str(before)
