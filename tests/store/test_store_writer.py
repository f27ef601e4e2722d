"""The group commit: order, repeated keys, failures that stay alone."""

import asyncio
from dataclasses import replace

import pytest

from bridge.domain.change import Change
from bridge.domain.errors import AlreadySeen, NoSuchTicket, NotAllowed
from bridge.domain.events import EventKey
from bridge.domain.refs import BotName, ConversationRef, TicketId
from bridge.store import Store
from bridge.store.asks import Ask, ByConversation, ByTicket, Situation
from bridge.store.writer import Tx
from tests.samples import SHOP, asks, opening, opens, user_says
from tests.store.writer_steps import says


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
    assert await store.users.get(change.user.id) == change.user


async def test_numbers_follow_each_other_without_holes(store: Store):
    verdicts = await asyncio.gather(*(store.writer.decide(opens(opening())) for _ in range(5)))
    last = await store.writer.decide(opens(opening()))

    assert [verdict.ticket.number for verdict in [*verdicts, last]] == [1001, 1002, 1003, 1004, 1005, 1006]


async def test_two_hundred_messages_at_once_keep_their_order_in_few_commits(store: Store):
    change = opening()
    await store.writer.decide(opens(change))
    ticket = change.ticket.id
    texts = [f"message {index}" for index in range(200)]

    before = store.writer.commits_made

    await asyncio.gather(*(store.writer.decide(says(ticket, text)) for text in texts))

    assert store.writer.commits_made - before <= 2
    assert [message.text for message in await store.messages.of(ticket)] == texts
    view = await store.tickets.view(ticket)
    assert [entry.seq for entry in view.entries] == list(range(1, 202))
    assert view.ticket.seq == 201


async def test_a_repeated_key_gets_the_stored_answer_and_changes_nothing(store: Store):
    change = opening("conv-a")
    first = await store.writer.decide(opens(change, "k1", fingerprint="f1"))

    again = await store.writer.decide(opens(opening("conv-a"), "k1", fingerprint="f1"))

    assert again == replace(first, replayed=True)
    assert len((await store.tickets.list(SHOP))[0]) == 1


async def test_a_key_repeated_within_one_batch_has_one_effect(store: Store):
    change = opening("conv-a")
    answers = await asyncio.gather(*(store.writer.decide(opens(change, "k1")) for _ in range(20)))

    assert [answer.replayed for answer in answers] == [False] + [True] * 19
    assert len((await store.tickets.list(SHOP))[0]) == 1


async def test_a_key_with_another_body_is_a_conflict_unless_a_fingerprint_is_missing(store: Store):
    await store.writer.decide(opens(opening("conv-a"), "k1", fingerprint="f1"))

    with pytest.raises(AlreadySeen):
        await store.writer.decide(opens(opening("conv-a"), "k1", fingerprint="f2"))

    assert (await store.writer.decide(opens(opening("conv-a"), "k1"))).replayed


async def test_keys_of_different_scopes_do_not_meet(store: Store):
    change = opening()
    await store.writer.decide(opens(change, "k1"))
    other = replace(says(change.ticket.id, "hi"), key=EventKey("acme-slack", "k1"))

    assert not (await store.writer.decide(other)).replayed


async def test_another_bots_ticket_is_not_found(store: Store):
    change = opening()
    await store.writer.decide(opens(change))
    ask = Ask(find=ByTicket(change.ticket.id, BotName("other-bot")), decide=lambda now: user_says(now.ticket, "x"))

    with pytest.raises(NoSuchTicket):
        await store.writer.decide(ask)

    assert await store.tickets.get(change.ticket.id, bot=BotName("other-bot")) is None
    assert await store.tickets.get(change.ticket.id, bot=SHOP) is not None


async def test_a_ticket_that_is_not_there_is_not_found(store: Store):
    with pytest.raises(NoSuchTicket):
        await store.writer.decide(says(TicketId("tkt_none"), "x"))


async def test_a_decision_that_raises_fails_alone(store: Store):
    change = opening()
    await store.writer.decide(opens(change))

    def refuse(_: Situation) -> Change:
        raise NotAllowed("ticket_closed")

    ask = replace(asks(change.ticket.id, refuse), key=EventKey("s", "refused"))
    outcomes = await asyncio.gather(
        store.writer.decide(says(change.ticket.id, "one")),
        store.writer.decide(ask),
        store.writer.decide(says(change.ticket.id, "two")),
        return_exceptions=True,
    )

    assert isinstance(outcomes[1], NotAllowed)
    assert [message.text for message in await store.messages.of(change.ticket.id)] == ["one", "two"]
    allowed = replace(ask, decide=lambda now: user_says(now.ticket, "three"))
    assert not (await store.writer.decide(allowed)).replayed


async def test_a_decision_for_nothing_stores_nothing(store: Store):
    change = opening()
    await store.writer.decide(opens(change))
    ask = replace(asks(change.ticket.id, lambda _: None), key=EventKey("s", "k"))

    assert await store.writer.decide(ask) is None
    assert await store.writer.decide(ask) is None


async def test_a_row_the_database_refuses_fails_alone_and_the_rest_is_written(store: Store):
    change = opening()
    await store.writer.decide(opens(change))
    ticket = change.ticket.id
    await store.writer.decide(says(ticket, "first", external_id="m1"))

    outcomes = await asyncio.gather(
        store.writer.decide(says(ticket, "second", external_id="m2")),
        store.writer.decide(says(ticket, "doubled", external_id="m1")),
        store.writer.decide(says(ticket, "third", external_id="m3")),
        return_exceptions=True,
    )

    assert isinstance(outcomes[1], Exception)
    assert [message.text for message in await store.messages.of(ticket)] == ["first", "second", "third"]


async def test_words_the_database_cannot_hold_fail_alone(store: Store):
    change = opening()
    await store.writer.decide(opens(change))
    ticket = change.ticket.id

    outcomes = await asyncio.gather(
        store.writer.decide(says(ticket, "half a \ud800 character")),
        store.writer.decide(says(ticket, "fine")),
        return_exceptions=True,
    )

    assert isinstance(outcomes[0], Exception)
    assert [message.text for message in await store.messages.of(ticket)] == ["fine"]


async def test_a_job_that_raises_is_undone_and_fails_alone(store: Store):
    change = opening()

    async def job(tx: Tx) -> None:
        await tx.apply(change)
        raise RuntimeError("no")

    outcomes = await asyncio.gather(
        store.writer.work(job), store.writer.decide(opens(opening("other"))), return_exceptions=True
    )

    assert isinstance(outcomes[0], RuntimeError)
    assert await store.tickets.get(change.ticket.id) is None
    assert await store.tickets.by_conversation(ConversationRef(SHOP, "other")) is not None


async def test_each_decision_sees_those_before_it(store: Store):
    change = opening("conv-a")
    seen: list[Situation] = []

    def look(now: Situation) -> Change | None:
        seen.append(now)
        return change if now.ticket is None else user_says(now.ticket, "merged")

    ask = Ask(
        find=ByConversation(ConversationRef(SHOP, "conv-a")), decide=look, user=change.user.external_id, brief=True
    )
    answers = await asyncio.gather(store.writer.decide(ask), store.writer.decide(ask))

    assert [now.ticket is None for now in seen[:2]] == [True, False]
    assert (seen[1].user, seen[1].brief, seen[1].ticket.number) == (change.user, change.brief, 1001)
    assert [answer.code for answer in answers] == ["opened", "accepted"]
