"""The group commit: order, repeated keys, failures that stay alone."""

import asyncio
from dataclasses import replace

from bridge.domain.refs import ConversationRef
from bridge.store import Store
from bridge.store.asks import Ask
from tests.samples import SHOP, asks, opening, opens, user_says


async def test_an_opened_ticket_is_found_by_id_number_and_conversation(store: Store):
    change = opening("conv-a")
    verdict = await store.writer.decide(opens(change, "k1"))

    assert verdict is not None
    assert verdict.ticket.number == 1001
    stored = replace(change.ticket, number=1001)
    assert await store.tickets.get(change.ticket.id) == stored
    assert await store.tickets.by_number(1001) == stored
    assert await store.tickets.by_conversation(ConversationRef(SHOP, "conv-a")) == stored
    assert await store.users.by_external(SHOP, change.user.external_id) == change.user


async def test_two_hundred_messages_at_once_keep_their_order(store: Store):
    change = opening()
    await store.writer.decide(opens(change))
    ticket = change.ticket.id

    def says(text: str) -> Ask:
        return asks(ticket, lambda now: user_says(now.ticket, text))

    texts = [f"message {index}" for index in range(200)]
    await asyncio.gather(*(store.writer.decide(says(text)) for text in texts))

    assert [message.text for message in await store.messages.of(ticket)] == texts
    view = await store.tickets.view(ticket)
    assert [entry.seq for entry in view.entries] == list(range(1, 202))
    assert view.ticket.seq == 201
