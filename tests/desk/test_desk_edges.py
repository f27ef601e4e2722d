"""Acts in odd moments: old tickets, words of others, numbers in words."""

from dataclasses import replace

import pytest

from bridge.domain.change import Change, Rewrite
from bridge.domain.errors import NotAllowed
from bridge.domain.events import Intent, Turn, UserDeleted, UserEdited, Verb
from bridge.domain.paint import Notice, plain
from bridge.domain.ticket import TicketState
from bridge.domain.words import Author, WordsState
from bridge.store.asks import Ask, ByTicket
from tests.desk.house import ANA, SHOP, House


@pytest.fixture
async def ticket(house: House):
    return (await house.escalates()).ticket.id


@pytest.fixture
async def thread(house: House, ticket):
    return await house.opened_thread(ticket)


def text(answer) -> str:
    assert isinstance(answer, Notice), answer
    return plain(answer.line)


async def failed_reply(house: House, ticket):
    """A reply that the bot refused for good."""
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.writes_in_console(ANA, "our secret offer", ticket, Intent.REPLY)
    house.clock.advance(seconds=6)
    await house.fire_timers()
    [reply] = [m for m in await house.store.messages.of(ticket) if m.author is Author.MEMBER]
    failed = Rewrite(message=reply.id, state=WordsState.FAILED)
    await house.store.writer.decide(
        Ask(find=ByTicket(ticket), decide=lambda now: Change(ticket=now.ticket, code="failed", rewrites=(failed,)))
    )
    return reply.id


async def test_words_of_one_ticket_are_never_tried_again_on_another(house: House, ticket):
    reply = await failed_reply(house, ticket)
    other = (await house.escalates("web-2")).ticket.id
    answer = await house.presses(ANA, Verb.RETRY, other, message=reply)
    assert answer.refused
    told = [row.row for row in await house.store.feed.after(SHOP, 0, 100)]
    assert [row for row in told if row.type == "message.created" and row.ticket.id == other] == []


async def test_an_old_ticket_stays_closed_while_its_conversation_goes_on_in_a_newer_one(house: House, ticket):
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.presses(ANA, Verb.CLOSE, ticket)
    house.clock.advance(days=8)
    newer = await house.escalates()
    assert newer.ticket.id != ticket
    answer = await house.presses(ANA, Verb.REOPEN, ticket)
    assert answer.refused
    assert f"#{newer.ticket.number}" in text(answer)
    found = await house.store.tickets.get(ticket)
    assert found.state is TicketState.CLOSED


async def test_one_turn_named_twice_in_a_transcript_is_one_turn(house: House):
    turns = (
        Turn(author=Author.USER, text="Hi", external_id="m1"),
        Turn(author=Author.USER, text="Hi", external_id="m1"),
    )
    ticket = (await house.escalates(transcript=turns)).ticket.id
    assert len(await house.store.messages.of(ticket)) == 1
    again = (*turns, *(replace(turn, external_id="m2") for turn in turns))
    assert (await house.escalates(transcript=again)).facts["merged"]
    assert len(await house.store.messages.of(ticket)) == 2


@pytest.mark.parametrize("event", [UserEdited, UserDeleted])
async def test_a_correction_for_an_owner_who_is_no_longer_is_refused(house: House, ticket, event):
    await house.presses(ANA, Verb.CLAIM, ticket)
    more = {"text": "x"} if event is UserEdited else {}
    with pytest.raises(NotAllowed) as no:
        await house.desk.handle(
            event(
                bot=SHOP,
                key=house.key(),
                fingerprint="f",
                at=house.clock.now(),
                ticket=ticket,
                external_id="m1",
                if_epoch=1,
                **more,
            )
        )
    assert no.value.code == "stale_epoch"


async def test_a_reply_without_words_is_not_sent(house: House, ticket, thread):
    await house.presses(ANA, Verb.CLAIM, ticket)
    answer = await house.commands(ANA, "reply", "1001")
    assert answer.refused
    assert all(m.author is Author.USER for m in await house.store.messages.of(ticket))


async def test_in_a_thread_a_reply_may_begin_with_a_number(house: House, ticket, thread):
    other = (await house.escalates("web-2")).ticket
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.presses(ANA, Verb.CLAIM, other.id)
    await house.commands(ANA, "reply", str(other.number), "is", "your", "order", thread=thread)
    assert [m.text for m in await house.store.messages.of(ticket)][-1] == f"{other.number} is your order"


async def test_a_reply_that_leaves_with_the_close_is_told_while_a_human_has_the_conversation(house: House, ticket):
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.writes_in_console(ANA, "Done, bye", ticket, Intent.REPLY)
    await house.presses(ANA, Verb.CLOSE, ticket)
    told = [row.row for row in await house.store.feed.after(SHOP, 0, 100)]
    assert [(row.type, row.ticket.owner.value, row.ticket.epoch) for row in told] == [
        ("ticket.opened", "queue", 1),
        ("ticket.assigned", "human", 2),
        ("message.created", "human", 2),
        ("ticket.closed", "bot", 3),
    ]
    assert {row.ticket.number for row in told} == {1001}
    assert [row.ticket.seq for row in told] == [row.seq for row in told]
