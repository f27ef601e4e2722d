"""An event that nobody can handle is put aside after five tries; everything else flows on."""

import contextlib

import pytest

from bridge.desk.desk import Desk
from bridge.domain.alarms import Trouble
from bridge.domain.events import EventKey, PersonWrote
from bridge.domain.paint import Nothing
from bridge.domain.refs import MessageRef
from tests.desk.house import ANA, House

POISON = "\ud800 no database takes this"


@pytest.fixture
async def thread(house: House):
    opened = await house.escalates()
    return await house.opened_thread(opened.ticket.id)


async def words(house: House, thread, text: str = POISON, origin: str = "ts-poison"):
    return await house.desk.handle(
        PersonWrote(
            key=EventKey("acme-slack", origin), person=ANA, at=house.clock.now(), text=text, thread=thread,
            origin=MessageRef(thread.lane, thread.root, origin),
        )
    )  # fmt: skip


async def test_five_tries_and_then_it_is_left_aside_with_an_alarm(house: House, thread):
    for _ in range(4):
        with pytest.raises(UnicodeEncodeError):
            await words(house, thread)
        assert await house.store.quarantine.put_aside() == []

    assert await words(house, thread) == Nothing()
    assert await words(house, thread) == Nothing()

    [found] = await house.store.quarantine.put_aside()
    assert (found.key.key, found.attempts, found.what) == ("ts-poison", 5, "PersonWrote")
    assert found.reason.startswith("UnicodeEncodeError at ")
    [alarm] = await house.store.alarms.open_ones()
    assert (alarm.what, alarm.facts["scope"]) == (Trouble.EVENT_QUARANTINED, "acme-slack")
    assert "database" not in str(alarm.facts)


async def test_others_of_the_same_thread_are_heard_meanwhile(house: House, thread):
    for number in range(6):
        with contextlib.suppress(UnicodeEncodeError):
            await words(house, thread)
        await words(house, thread, f"fine {number}", f"ts-{number}")

    ticket = await house.store.threads.ticket_of(thread)
    assert ticket is not None
    said = [message.text for message in await house.store.messages.of(ticket[0])]
    assert [text for text in said if text.startswith("fine")] == [f"fine {number}" for number in range(6)]


async def test_a_restart_does_not_bring_it_back(house: House, thread):
    for _ in range(5):
        with contextlib.suppress(UnicodeEncodeError):
            await words(house, thread)
    house.desk = Desk(store=house.store, rules=house.rules, clock=house.clock)

    assert await words(house, thread) == Nothing()
    assert [found.attempts for found in await house.store.quarantine.put_aside()] == [5]


async def test_what_is_released_is_tried_again(house: House, thread):
    for _ in range(5):
        with contextlib.suppress(UnicodeEncodeError):
            await words(house, thread)
    [found] = await house.store.quarantine.put_aside()
    assert await house.store.quarantine.release(found.key)
    assert not await house.store.quarantine.release(found.key)

    await words(house, thread, "the same message, now readable")

    ticket = await house.store.threads.ticket_of(thread)
    assert ticket is not None
    assert "the same message, now readable" in [each.text for each in await house.store.messages.of(ticket[0])]
    assert await house.store.quarantine.put_aside() == []
