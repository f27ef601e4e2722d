"""A reply that is late or stale is told to its writer where they wrote it."""

import pytest

from bridge.domain.deliveries import DeliveryState, Ending, Mark, MarkKind, Whisper
from bridge.domain.events import ReplyTooOld, Verb
from bridge.domain.notices import notice
from bridge.domain.paint import plain
from bridge.domain.refs import bot_lane
from bridge.domain.words import WordsState
from tests.desk.house import ANA, HELP, SHOP, House, book_for


@pytest.fixture
def house(store, clock, tmp_path):
    return House(store, book_for(tmp_path), clock)


async def written(house):
    """Ana claims and answers in the thread; her reply is on its way."""
    ticket = (await house.escalates()).ticket.id
    thread = await house.opened_thread(ticket)
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.writes(ANA, "It left today.", thread)
    house.clock.advance(seconds=6)
    await house.fire_timers()
    (message,) = [m for m in await house.store.messages.of(ticket) if m.text == "It left today."]
    return ticket, message


async def asked(house):
    """What the thread is to show next."""
    taken = await house.store.outbox.take(HELP, house.clock.now(), 50)
    for one in taken:
        await house.store.outbox.finish(one, Ending.DONE, now=house.clock.now())
    return [one.delivery.content for one in taken]


async def sentence(house, ticket, whisper):
    found = await house.store.tickets.get(ticket)
    said = notice(whisper.code, dict(whisper.facts), found, user="Mara", message=whisper.message)
    return plain(said.line), [button.label for button in said.buttons]


async def test_a_reply_its_bot_does_not_take_is_told_to_its_writer_after_ten_minutes(house):
    ticket, message = await written(house)
    taken = await house.store.outbox.take(bot_lane(SHOP), house.clock.now(), 1)
    later = house.clock.now()
    await house.store.outbox.finish(taken[0], Ending.RETRY, now=later, not_before=later)
    await asked(house)
    house.clock.advance(minutes=10)
    await house.fire_timers()

    (whisper,) = [content for content in await asked(house) if isinstance(content, Whisper)]
    text, buttons = await sentence(house, ticket, whisper)
    assert text.startswith("Mara has not seen your message of ")
    assert "shop-bot is down since" in text
    assert buttons == ["Keep trying", "Withdraw"]

    await house.presses(ANA, Verb.WITHDRAW, ticket, message=message.id)
    assert (await house.store.messages.get(message.id)).state is WordsState.UNSENT
    assert [view.state for view in await house.store.outbox.views([DeliveryState.WITHDRAWN])] == ["withdrawn"]


async def test_a_stale_reply_is_marked_and_asked_about_and_sent_by_its_button(house):
    ticket, message = await written(house)
    await asked(house)
    await house.desk.handle(ReplyTooOld(bot=SHOP, ticket=ticket, message=message.id, at=house.clock.now()))

    contents = await asked(house)
    assert Mark(message.id, MarkKind.HELD) in contents
    (whisper,) = [content for content in contents if isinstance(content, Whisper)]
    text, buttons = await sentence(house, ticket, whisper)
    assert text.startswith("Not sent: your message of ")
    assert buttons == ["Send it now", "Withdraw"]

    await house.presses(ANA, Verb.RETRY, ticket, message=message.id)
    assert (await house.store.messages.get(message.id)).state is WordsState.SENDING
    assert Mark(message.id, MarkKind.NONE) in await asked(house)
