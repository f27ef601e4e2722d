"""What the decisions of one batch see of each other."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.change import Arm, Change, Disarm, Rewrite
from bridge.domain.errors import NotAllowed, StoreTrouble
from bridge.domain.events import TimerKind
from bridge.domain.refs import ConversationRef, TicketId
from bridge.domain.ticket import TicketState
from bridge.domain.words import Attachment, WordsState
from bridge.store import Store
from bridge.store.asks import Ask, ByConversation, Situation, TimerAt
from tests.given_time import GivenClock
from tests.samples import SHOP, START, SUPPORT, a_user, asks, closing, opening, opens, user_says
from tests.store.writer_steps import says


async def test_a_conversation_closed_and_opened_in_one_batch_has_one_open_ticket(store: Store):
    first = opening("conv-a")
    await store.writer.decide(opens(first))
    second = opening("conv-a", user=first.user)

    await asyncio.gather(
        store.writer.decide(asks(first.ticket.id, lambda now: closing(now.ticket))),
        store.writer.decide(opens(second)),
    )

    found = await store.tickets.by_conversation(ConversationRef(SHOP, "conv-a"))
    assert found.id == second.ticket.id


async def test_a_second_open_ticket_of_a_conversation_is_refused_by_the_database(store: Store):
    await store.writer.decide(opens(opening("conv-a")))

    with pytest.raises(Exception, match=r"(?i)unique"):
        await store.writer.work(lambda tx: tx.apply(opening("conv-a")))


async def test_a_decision_that_would_open_a_second_ticket_of_a_conversation_is_told_of_the_first(store: Store):
    first = opening("conv-a")
    await store.writer.decide(opens(first))
    await store.writer.decide(asks(first.ticket.id, lambda now: closing(now.ticket)))
    second = await store.writer.decide(opens(opening("conv-a", user=first.user)))

    with pytest.raises(NotAllowed) as no:
        await store.writer.decide(
            asks(first.ticket.id, lambda now: Change(ticket=replace(now.ticket, state=TicketState.OPEN), code="back"))
        )
    assert (no.value.code, no.value.facts["other"]) == ("goes_on_elsewhere", second.ticket.number)


async def test_a_conversation_without_an_open_ticket_finds_its_latest_one(store: Store):
    for _ in range(2):
        change = opening("conv-a", user=a_user())
        await store.writer.decide(opens(change))
        await store.writer.decide(asks(change.ticket.id, lambda now: closing(now.ticket)))
    seen: list[Situation] = []
    look = Ask(find=ByConversation(ConversationRef(SHOP, "conv-a")), decide=seen.append)

    await store.writer.decide(look)
    # Also when an older one is asked for by id in the same batch.
    older = (await store.tickets.list(SHOP))[0][1]
    await asyncio.gather(store.writer.decide(asks(older.id, seen.append)), store.writer.decide(look))

    assert [now.ticket.number for now in seen] == [1002, 1001, 1002]


async def test_messages_can_be_asked_for_by_id_and_by_the_bots_own_id(store: Store):
    change = opening()
    await store.writer.decide(opens(change))
    ticket = change.ticket.id
    await store.writer.decide(says(ticket, "one", external_id="m1"))
    one = await store.messages.by_external(ticket, "m1")
    seen: list[Situation] = []

    await store.writer.decide(asks(ticket, seen.append, messages=(one.id,), externals=("m1", "m2")))

    assert seen[0].messages == {one.id: one}
    assert seen[0].by_external == {"m1": one}


async def test_a_rewrite_changes_what_it_names_and_keeps_the_rest(store: Store):
    change = opening()
    await store.writer.decide(opens(change))
    ticket = change.ticket.id
    await store.writer.decide(says(ticket, "one", external_id="m1", attachments=(Attachment(name="a.pdf"),)))
    before = await store.messages.by_external(ticket, "m1")
    rewrite = Rewrite(message=before.id, text="two", revision=2, edited_at=START)
    attachments = Rewrite(message=before.id, attachments=(), state=WordsState.DELETED)

    await store.writer.decide(asks(ticket, lambda now: Change(ticket=now.ticket, code="x", rewrites=(rewrite,))))
    assert await store.messages.get(before.id) == replace(before, text="two", revision=2, edited_at=START)

    await store.writer.decide(asks(ticket, lambda now: Change(ticket=now.ticket, code="x", rewrites=(attachments,))))
    gone = await store.messages.get(before.id)
    assert (gone.text, gone.attachments, gone.state) == ("two", (), WordsState.DELETED)


async def test_a_message_written_and_rewritten_in_one_batch_is_stored_as_it_ended(store: Store):
    change = opening()
    await store.writer.decide(opens(change))
    ticket = change.ticket.id
    written = user_says(change.ticket, "draft")
    (message,) = written.messages

    await asyncio.gather(
        store.writer.decide(asks(ticket, lambda now: replace(written, ticket=replace(now.ticket, seq=2)))),
        store.writer.decide(
            asks(
                ticket,
                lambda now: Change(ticket=now.ticket, code="x", rewrites=(Rewrite(message=message.id, text="final"),)),
            )
        ),
    )

    assert (await store.messages.get(message.id)).text == "final"


async def test_a_timer_fires_once(store: Store, clock: GivenClock):
    due = clock.now() + timedelta(minutes=5)
    change = opening()
    await store.writer.decide(opens(replace(change, timers=(Arm(timer=TimerKind.WAITING, due=due),))))
    clock.advance(minutes=5)
    (deadline,) = await store.timers.due(clock.now(), 10)
    stood: list[bool] = []

    def step(now: Situation) -> Change | None:
        stood.append(now.timer_stands)
        return user_says(now.ticket, "reminder") if now.timer_stands else None

    timer = TimerAt(timer=deadline.timer, subject=deadline.subject, due=deadline.due)
    ask = asks(deadline.ticket, step, timer=timer)
    await asyncio.gather(store.writer.decide(ask), store.writer.decide(ask))
    await store.writer.decide(ask)

    assert stood == [True, False, False]
    assert await store.timers.due(clock.now(), 10) == []


async def test_a_timer_whose_step_does_nothing_does_not_come_back(store: Store, clock: GivenClock):
    change = opening()
    await store.writer.decide(opens(replace(change, timers=(Arm(timer=TimerKind.WAITING, due=clock.now()),))))
    timer = TimerAt(timer=TimerKind.WAITING, subject="", due=clock.now())

    await store.writer.decide(asks(change.ticket.id, lambda _: None, timer=timer))

    assert await store.timers.next_due() is None


async def test_timers_are_replaced_and_taken_away_by_kind_and_subject(store: Store, clock: GivenClock):
    def at(minutes: int, kind: TimerKind = TimerKind.HELD, subject: str = "") -> Arm:
        return Arm(timer=kind, due=START + timedelta(minutes=minutes), subject=subject)

    first, second = opening(), opening()
    arms = (at(1, subject="m1"), at(2, subject="m2"), at(3, TimerKind.WAITING), at(4, TimerKind.SNOOZE))
    for change in (first, second):
        await store.writer.decide(opens(replace(change, timers=arms)))

    async def wind(ticket: TicketId, *timers: Arm | Disarm) -> None:
        await store.writer.decide(asks(ticket, lambda now: Change(ticket=now.ticket, code="x", timers=timers)))

    await asyncio.gather(
        wind(first.ticket.id, Disarm(timer=TimerKind.HELD, subject="m1"), at(9, TimerKind.WAITING)),
        wind(second.ticket.id, Disarm(timer=TimerKind.HELD), Disarm(timer=TimerKind.SNOOZE, subject="")),
    )

    clock.advance(minutes=10)
    left = {(due.ticket, due.timer, due.subject, due.due) for due in await store.timers.due(clock.now(), 50)}
    assert left == {
        (first.ticket.id, TimerKind.HELD, "m2", START + timedelta(minutes=2)),
        (first.ticket.id, TimerKind.WAITING, "", START + timedelta(minutes=9)),
        (first.ticket.id, TimerKind.SNOOZE, "", START + timedelta(minutes=4)),
        (second.ticket.id, TimerKind.WAITING, "", START + timedelta(minutes=3)),
    }


async def test_commits_are_told_with_their_tickets_and_lanes(store: Store):
    change = opening()
    async with store.commits.subscribe() as commits:
        await store.writer.decide(opens(change))
        commit = await asyncio.wait_for(anext(commits), 10)
        store.commits.pulse([TicketId("tkt_typing")])
        pulse = await asyncio.wait_for(anext(commits), 10)

    assert (commit.tickets, commit.lanes) == ({change.ticket.id}, {SUPPORT})
    assert (pulse.tickets, pulse.lanes) == ({TicketId("tkt_typing")}, frozenset())


async def test_a_full_queue_refuses_at_once(store: Store):
    change = opening()
    await store.writer.decide(opens(change))

    outcomes = await asyncio.gather(
        *(store.writer.decide(asks(change.ticket.id, lambda _: None)) for _ in range(5000)), return_exceptions=True
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, StoreTrouble)]
    assert 0 < len(refused) < 2000
    assert await store.writer.decide(says(change.ticket.id, "later")) is not None


async def test_a_caller_that_went_away_harms_nobody(store: Store):
    change = opening()
    await store.writer.decide(opens(change))
    leaving = asyncio.create_task(store.writer.decide(says(change.ticket.id, "leaving")))
    staying = asyncio.create_task(store.writer.decide(says(change.ticket.id, "staying")))
    await asyncio.sleep(0)
    leaving.cancel()

    assert await staying is not None


async def test_a_closed_store_takes_no_write(store_url: str, clock: GivenClock):
    opened = await Store.open(store_url, clock=clock)
    await opened.start()
    pending = asyncio.gather(*(opened.writer.decide(opens(opening())) for _ in range(10)))
    await asyncio.sleep(0)
    await opened.close()

    assert len(await pending) == 10
    with pytest.raises(StoreTrouble):
        await opened.writer.decide(opens(opening()))
