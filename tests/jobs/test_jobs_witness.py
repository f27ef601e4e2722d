"""Figures of waits: once per fact, where it was decided."""

from bridge.domain import actions as act
from bridge.domain.lifecycle import decide
from bridge.jobs.witness import Witness
from bridge.metrics import Metrics
from tests.samples import an_actor, asks, opening, opens


def figure(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


async def claimed_after(store, clock, **span: float) -> None:
    change = opening()
    await store.writer.decide(opens(change))
    clock.advance(**span)
    claim = asks(change.ticket.id, lambda seen: decide(seen.ticket, act.Claim(), an_actor(), clock.now()))
    await store.writer.decide(claim)


async def test_a_claim_is_counted_once_with_the_time_it_took(sqlite_store, clock):
    metrics = Metrics()
    witness = Witness(sqlite_store, metrics)
    await claimed_after(sqlite_store, clock, minutes=4)
    await witness(clock.now())
    await witness(clock.now())

    assert figure(metrics, "handrail_ticket_claim_seconds_count", route="") == 1
    assert figure(metrics, "handrail_ticket_claim_seconds_sum", route="") == 240
    assert figure(metrics, "handrail_ticket_claim_seconds_bucket", route="", le="300.0") == 1
    assert figure(metrics, "handrail_ticket_claim_seconds_bucket", route="", le="120.0") == 0


async def test_a_repeated_event_counts_as_repeated_and_nothing_else(sqlite_store, clock):
    metrics = Metrics()
    witness = Witness(sqlite_store, metrics)
    change = opening()
    for _ in range(3):
        await sqlite_store.writer.decide(opens(change, "key-1"))
    await witness(clock.now())
    assert figure(metrics, "handrail_events_repeated_total", shore="bot:shop-bot") == 2


async def test_what_another_replica_decided_is_not_counted_here(store_url, open_store, clock):
    here, metrics = await open_store(store_url), Metrics()
    there = await open_store(store_url, start=False)
    await claimed_after(here, clock, minutes=4)
    await Witness(there, metrics)(clock.now())
    assert figure(metrics, "handrail_ticket_claim_seconds_count", route="") == 0
