"""What the store knows of marks and of files that follow their words, on both databases."""

from dataclasses import replace

from bridge.domain.change import Change
from bridge.domain.deliveries import Delivery, Ending, Mark, MarkKind, PostWords, Strand, Urgency
from bridge.domain.refs import DeliveryId, MessageId, TicketId
from bridge.domain.words import Attachment
from bridge.store import Store
from bridge.store.spool import Spool
from tests.file_samples import PDF
from tests.given_time import GivenClock
from tests.samples import SUPPORT, asks, user_says
from tests.store.outbox_steps import done, opened, post_root, take_one

MESSAGE = MessageId("msg_marked")
NOBODY = DeliveryId("dlv_none")


async def mark(store: Store, ticket: TicketId, kind: MarkKind) -> None:
    ordered = Delivery(
        lane=SUPPORT, content=Mark(MESSAGE, kind), strand=Strand.MARKS, urgency=Urgency.ANSWER, ticket=ticket
    )
    await store.writer.decide(asks(ticket, lambda now: Change(ticket=now.ticket, code="marked", deliveries=(ordered,))))


async def test_what_may_stand_on_a_message_is_what_was_set_last_and_what_is_in_doubt(store: Store, clock: GivenClock):
    ticket = (await opened(store)).id
    await post_root(store, clock)
    assert await store.messages.marks(MESSAGE, SUPPORT, but=NOBODY) == frozenset()

    await mark(store, ticket, MarkKind.HELD)
    assert await store.messages.marks(MESSAGE, SUPPORT, but=NOBODY) == frozenset(), "not tried yet"
    held = await take_one(store, clock)
    assert await store.messages.marks(MESSAGE, SUPPORT, but=held.id) == frozenset(), "its own does not count"
    await store.outbox.finish(held, Ending.RETRY, now=clock.now(), not_before=clock.now())
    assert await store.messages.marks(MESSAGE, SUPPORT, but=NOBODY) == {MarkKind.HELD}, "it may have been set"
    await done(store, clock, await take_one(store, clock))

    await mark(store, ticket, MarkKind.NONE)
    await done(store, clock, await take_one(store, clock))
    assert await store.messages.marks(MESSAGE, SUPPORT, but=NOBODY) == frozenset()
    await mark(store, ticket, MarkKind.SENT)
    await done(store, clock, await take_one(store, clock))
    assert await store.messages.marks(MESSAGE, SUPPORT, but=NOBODY) == {MarkKind.SENT}


async def test_a_file_that_is_here_is_shown_behind_its_words(store: Store, clock: GivenClock):
    ticket = (await opened(store)).id
    await post_root(store, clock)
    photo = Attachment(name="photo.pdf", url="https://cdn.shop.example/p", file_id="fil_" + "1" * 32)
    await store.writer.decide(asks(ticket, lambda now: _with(user_says(now.ticket, "look"), photo)))
    [wanted] = await store.files.take_wanted(clock.now(), 1)
    async with Spool() as spool:
        await spool.write(PDF)
        await store.files.fetched(wanted, spool, await spool.judged("photo.pdf"))

    words = await take_one(store, clock)
    await done(store, clock, words)
    file = await take_one(store, clock)
    assert isinstance(words.delivery.content, PostWords)
    assert file.delivery.content == replace(words.delivery.content, file=photo.file_id)


def _with(change: Change, file: Attachment) -> Change:
    return replace(change, messages=tuple(replace(each, attachments=(file,)) for each in change.messages))
