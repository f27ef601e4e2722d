from bridge.domain.deliveries import Ending, Posted
from bridge.domain.events import Escalated, EventKey, UserFacts
from bridge.domain.refs import ThreadRef
from bridge.jobs.parked import RelayParked
from bridge.jobs.platform_back import GiveTimeBack
from bridge.jobs.stuck import PromoteStuck
from bridge.metrics import Metrics
from tests.samples import SHOP, SUPPORT, a_thread_message


async def escalated(desk, clock, conversation="one"):
    event = Escalated(
        bot=SHOP,
        key=EventKey("bot:shop-bot", conversation),
        fingerprint="",
        at=clock.now(),
        conversation=conversation,
        user=UserFacts(external_id=conversation, name="Mara"),
    )
    return (await desk.handle(event)).ticket.id


async def texts(store, ticket):
    return [message.text for message in await store.messages.of(ticket)]


async def opening_sent(store, clock):
    """The card has left for the platform; its answer is on the way."""
    (root,) = await store.outbox.take(SUPPORT, clock.now(), 1)
    return root


async def test_words_written_before_the_thread_was_known_are_relayed_once_it_is(desk, sqlite_store, clock):
    store, sweep = sqlite_store, RelayParked(desk, sqlite_store)
    ticket = await escalated(desk, clock)
    root = await opening_sent(store, clock)
    await desk.handle(a_thread_message(ThreadRef(SUPPORT, "17.1"), "note: I know her"))
    await sweep(clock.now())
    assert await texts(store, ticket) == []

    await store.outbox.finish(root, Ending.DONE, now=clock.now(), posted=Posted(thread="17.1"))
    await sweep(clock.now())
    await sweep(clock.now())
    assert await texts(store, ticket) == ["I know her"]
    assert await store.parked.ready(clock.now()) == []


async def test_words_of_a_thread_that_is_not_ours_are_forgotten(desk, sqlite_store, clock):
    store, sweep = sqlite_store, RelayParked(desk, sqlite_store)
    ticket = await escalated(desk, clock)
    root = await opening_sent(store, clock)
    await desk.handle(a_thread_message(ThreadRef(SUPPORT, "99.9"), "lunch?"))
    await store.outbox.finish(root, Ending.DONE, now=clock.now(), posted=Posted(thread="17.1"))

    await sweep(clock.now())
    assert await store.parked.ready(clock.now()) == []
    assert await texts(store, ticket) == []


async def test_words_delivered_again_after_they_were_relayed_are_not_written_twice(desk, sqlite_store, clock):
    store, sweep = sqlite_store, RelayParked(desk, sqlite_store)
    ticket = await escalated(desk, clock)
    root = await opening_sent(store, clock)
    said = a_thread_message(ThreadRef(SUPPORT, "17.1"), "note: I know her")
    await desk.handle(said)
    await store.outbox.finish(root, Ending.DONE, now=clock.now(), posted=Posted(thread="17.1"))

    await desk.handle(said)
    await sweep(clock.now())
    assert await texts(store, ticket) == ["I know her"]


async def test_an_outbox_in_order_has_nothing_to_promote(desk, sqlite_store, clock):
    metrics = Metrics()
    await escalated(desk, clock)
    await PromoteStuck(sqlite_store, metrics)(clock.now())
    assert metrics.registry.get_sample_value("handrail_outbox_promoted_total") == 0


async def test_a_platform_that_is_back_gives_its_ladders_their_time_back(desk, sqlite_store, clock):
    tickets = [await escalated(desk, clock, name) for name in ("one", "two")]
    clock.advance(minutes=1)
    since = clock.now()
    clock.advance(hours=2)
    back = GiveTimeBack(desk, sqlite_store)

    await back("acme-slack", since, clock.now())
    await back("acme-slack", since, clock.now())
    assert await sqlite_store.timers.due(clock.now(), 10) == []
    clock.advance(minutes=2)
    assert {event.ticket for event in await sqlite_store.timers.due(clock.now(), 10)} == set(tickets)
