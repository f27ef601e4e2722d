"""Words under a card to watch reach nobody, and their writer is told where the conversation is."""

from dataclasses import replace

from bridge.domain.deliveries import Ending, OpenWatch, Posted, Whisper
from bridge.domain.refs import Lane, MessageRef, ThreadRef
from bridge.rulebook.book import RuleBook
from tests.desk.house import ANA, HELP, House

WATCH = Lane("acme-slack", "C0LEADS")


def watched(house: House) -> House:
    book: RuleBook = house.rules.current
    policy = replace(book.root.policy, watch=(WATCH,))
    return House(house.store, replace(book, root=replace(book.root, policy=policy)), house.clock)


async def test_nothing_is_relayed_and_the_writer_is_told_where_it_is_worked_on(house: House):
    house = watched(house)
    ticket = (await house.escalates()).ticket.id
    await house.opened_thread(ticket)
    await house.store.outbox.take(HELP, house.clock.now(), 5)
    [card] = await house.store.outbox.take(WATCH, house.clock.now(), 5)
    assert isinstance(card.delivery.content, OpenWatch)
    posted = Posted(message=MessageRef(WATCH, None, "7.7"))
    await house.store.outbox.finish(card, Ending.DONE, now=house.clock.now(), posted=posted)
    before = await house.store.tickets.get(ticket)

    await house.writes(ANA, "shall I take it?", ThreadRef(WATCH, "7.7"))
    await house.writes(ANA, "hello?", ThreadRef(WATCH, "7.7"))

    assert await house.store.tickets.get(ticket) == before
    assert "shall I take it?" not in [message.text for message in await house.store.messages.of(ticket)]
    told = [one.delivery.content for one in await house.store.outbox.take(WATCH, house.clock.now(), 5)]
    whispers = [one for one in told if isinstance(one, Whisper)]
    assert [(one.to.person, one.code) for one in whispers] == [("U0ANA", "watch_card")] * 2
    assert await house.store.outbox.take(HELP, house.clock.now(), 5) == []
