"""Two sockets, and no moment without one: what Slack announces, what it forgets to announce, and what it takes back."""

from datetime import timedelta

import pytest

from bridge.domain.events import PersonWrote
from tests.adapters.slack_shore import CHANNEL, slack_shore


@pytest.fixture
async def shore(clock):
    async with slack_shore(clock) as made:
        await made.far_side.server.sockets.until_open(2)
        await made.heard.until(lambda: made.platform.health.connected)
        yield made


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_another_socket_is_open_before_one_that_is_recycled_goes(shore, reason):
    sockets, open_ones = shore.far_side.server.sockets, []
    whole = shore.platform.health.unbroken_since
    await sockets.disconnect(reason)

    def replaced():
        open_ones.append(sockets.open_sockets)
        return sockets.opened == 4 and sockets.open_sockets == 2

    await shore.heard.until(replaced)
    assert min(open_ones) == 2
    assert shore.platform.health.unbroken_since == whole


async def test_a_socket_that_is_open_and_silent_is_replaced_within_half_a_minute_and_counts_as_a_gap(shore):
    sockets, whole = shore.far_side.server.sockets, shore.platform.health.unbroken_since
    began = shore.clock.now()
    sockets.freeze()

    await shore.heard.until(lambda: sockets.opened == 4 and not sockets.zombies)
    assert shore.clock.now() - began < timedelta(seconds=30)
    await shore.heard.until(lambda: shore.platform.health.connected)
    assert shore.platform.health.unbroken_since > whole

    thread = await shore.opened_thread()
    await shore.far_side.member_writes(thread, "heard")
    (event,) = await shore.heard.next()
    assert isinstance(event, PersonWrote)


async def test_sockets_that_live_are_left_alone(shore):
    sockets, began = shore.far_side.server.sockets, shore.clock.now()

    await shore.heard.until(lambda: shore.clock.now() - began > timedelta(seconds=25))
    assert (sockets.opened, sockets.open_sockets) == (2, 2)


async def test_sockets_cut_beneath_are_opened_anew_and_a_short_cut_is_no_gap(shore):
    sockets, whole = shore.far_side.server.sockets, shore.platform.health.unbroken_since
    sockets.reset()

    await shore.heard.until(lambda: sockets.opened == 4)
    await shore.heard.until(lambda: shore.platform.health.connected)
    assert shore.platform.health.unbroken_since == whole


async def test_more_than_five_seconds_without_a_socket_are_a_gap(shore, clock):
    sockets, whole = shore.far_side.server.sockets, shore.platform.health.unbroken_since
    sockets.refuse_new = True
    await sockets.drop()
    await shore.heard.until(lambda: not shore.platform.health.connected)
    began = clock.monotonic()
    await shore.heard.until(lambda: clock.monotonic() - began > 8)
    sockets.refuse_new = False

    await shore.heard.until(lambda: shore.platform.health.connected)
    assert shore.platform.health.unbroken_since > whole


async def test_socket_mode_switched_off_is_named_and_not_hammered_and_over_once_it_is_on(shore, clock):
    server, began = shore.far_side.server, clock.monotonic()
    await server.sockets.disconnect("link_disabled")
    await server.sockets.drop()
    before = len(server.called("apps.connections.open"))

    def later():
        clock.advance(5)
        return clock.monotonic() - began > 300

    await shore.heard.until(later)
    assert "Switch it on" in (shore.platform.health.trouble or "")
    assert len(server.called("apps.connections.open")) - before <= 2 * 10

    server.sockets.link_disabled = False
    began = clock.monotonic()
    await shore.heard.until(lambda: later() and shore.platform.health.connected)


async def test_every_event_told_four_times_and_shuffled_reaches_us_in_order_by_one_key_each(shore):
    people, thread = shore.far_side.people, await shore.opened_thread()
    written = [people.writes_unheard(CHANNEL, thread.root, "U0ANA", f"line {place}") for place in range(5)]
    for place in (3, 0, 4, 1, 2, 0, 3, 1, 4, 2, 2, 4, 0, 3, 1, 1, 2, 3, 0, 4):
        people.reported(CHANNEL, written[place])

    events = await shore.heard.next(20)
    assert list(dict.fromkeys(event.text for event in events)) == [f"line {place}" for place in range(5)]
    assert len({event.key for event in events}) == 5
