"""Where the team works on a ticket is told to its bot as soon as it is known."""

from typing import Any

from bridge.domain.change import Change, Told
from tests.delivery.conftest import connected
from tests.delivery.threads import Thread
from tests.samples import SHOP, START, THE_BOT, asks, tell
from tests.wire.bot import bot_listening


async def test_a_callback_about_the_opening_that_leaves_late_names_the_thread(opened: Thread):
    told = await told_of_the_opening(opened)
    assert told["id"] == opened.ticket.id
    assert told["thread"] == opened.shore.platform.permalink(opened.ref)
    assert told["thread"].startswith("https://")


async def test_one_that_leaves_before_the_thread_stands_names_none_and_is_not_kept_back(thread: Thread):
    await thread.store.lanes.pause(thread.shore.far_side.lane, "nothing is posted there now")
    await thread.dispatcher.start()
    assert (await told_of_the_opening(thread))["thread"] is None


async def told_of_the_opening(thread: Thread) -> dict[str, Any]:
    """The ticket as its bot reads it in the callback, which is ordered now."""
    told = Told(type="ticket.opened", seq=1, at=START, actor=THE_BOT)
    await thread.store.writer.decide(
        asks(
            thread.ticket.id,
            lambda now: Change(ticket=now.ticket, code="x", told=(told,), deliveries=(tell(thread.ticket.id),)),
        )
    )
    async with bot_listening(now=thread.clock.now) as bot:
        connection = thread.bots[SHOP] = connected(bot, thread.clock)
        thread.dispatcher.bot_called(SHOP)
        await thread.passes(2)
        await connection.close()
        [call] = bot.events.values()
        assert call.type == "ticket.opened"
        ticket: dict[str, Any] = call.data["ticket"]
        return ticket
