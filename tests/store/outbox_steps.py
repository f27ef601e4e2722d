"""Short ways to open tickets and to take and finish their deliveries."""

from bridge.domain.deliveries import (
    Ending,
    Posted,
    PostWords,
    Strand,
    Taken,
)
from bridge.domain.refs import Lane, TicketId
from bridge.domain.ticket import Ticket
from bridge.store import Store
from tests.given_time import GivenClock
from tests.samples import (
    SUPPORT,
    asks,
    opening,
    opens,
    user_says,
)


async def opened(store: Store, **said: object) -> Ticket:
    change = opening(**said)
    await store.writer.decide(opens(change))
    found = await store.tickets.get(change.ticket.id)
    assert found is not None
    return found


async def say(store: Store, ticket: TicketId, *texts: str) -> None:
    for text in texts:
        await store.writer.decide(asks(ticket, lambda now, text=text: user_says(now.ticket, text)))


async def take_one(store: Store, clock: GivenClock, lane: Lane = SUPPORT) -> Taken:
    (taken,) = await store.outbox.take(lane, clock.now(), 1)
    return taken


async def done(store: Store, clock: GivenClock, taken: Taken, **said: object) -> bool:
    return await store.outbox.finish(taken, Ending.DONE, now=clock.now(), **said)


async def post_root(store: Store, clock: GivenClock, root: str = "170.1", lane: Lane = SUPPORT) -> None:
    taken = await take_one(store, clock, lane)
    assert taken.delivery.strand is Strand.ROOT
    await done(store, clock, taken, posted=Posted(thread=root))


async def text_of(store: Store, taken: Taken) -> str:
    content = taken.delivery.content
    assert isinstance(content, PostWords)
    message = await store.messages.get(content.message)
    assert message is not None
    return message.text
