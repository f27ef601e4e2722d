"""Who did what: rows are added, read page by page, and stand. Both databases."""

from datetime import timedelta

import pytest

from bridge.domain.audit import Audited
from bridge.store.asks import Ask, ByTicket
from bridge.store.strands import run
from tests.samples import opening, opens


def act(clock, action: str, about: str = "dlv_1", **facts: str | int) -> Audited:
    return Audited(
        at=clock.now(), actor="operator:root", via="command", action=action, object=about, facts={"ip": "::1", **facts}
    )


async def test_acts_are_read_latest_first_and_page_by_page(store, clock):
    for number in range(5):
        await store.audit.write(act(clock, "delivery.retried", f"dlv_{number}", attempt=number))
        clock.advance(minutes=1)

    first = await store.audit.page(limit=2)
    second = await store.audit.page(limit=2, cursor=first.next)
    third = await store.audit.page(limit=2, cursor=second.next)

    assert [row.object for page in (first, second, third) for row in page.rows] == [f"dlv_{n}" for n in (4, 3, 2, 1, 0)]
    assert third.next is None
    assert first.rows[0].facts == {"ip": "::1", "attempt": 4}
    assert first.rows[0].at == clock.now() - timedelta(minutes=1)


async def test_acts_are_found_by_time_by_noun_and_by_object(store, clock):
    await store.audit.write(act(clock, "delivery.retried"))
    await store.audit.write(act(clock, "delivery.dropped", "dlv_2"))
    clock.advance(hours=1)
    await store.audit.write(act(clock, "deliveryman.came", "x"))
    await store.audit.write(act(clock, "lane.paused", "slack/C1"))

    async def actions(**wish):
        return [row.action for row in (await store.audit.page(**wish)).rows]

    assert await actions(action="delivery") == ["delivery.dropped", "delivery.retried"]
    assert await actions(action="delivery.dropped") == ["delivery.dropped"]
    assert await actions(about="slack/C1") == ["lane.paused"]
    assert await actions(since=clock.now()) == ["lane.paused", "deliveryman.came"]
    assert await actions(until=clock.now(), about="dlv_1") == ["delivery.retried"]
    assert await actions(cursor="garbage", action="lane") == ["lane.paused"]


async def test_an_act_is_audited_with_what_it_did_or_not_at_all(store, clock):
    async def fails(tx):
        tx.audit(act(clock, "lane.paused"))
        raise ValueError

    async def works(tx):
        tx.audit(act(clock, "lane.resumed"))

    with pytest.raises(ValueError):  # noqa: PT011 - the job's own
        await store.writer.work(fails)
    await store.writer.work(works)

    assert [row.action for row in (await store.audit.page()).rows] == ["lane.resumed"]


async def test_a_decision_that_does_nothing_leaves_no_act(store, clock):
    change = opening()
    await store.writer.decide(opens(change))
    await store.writer.decide(
        Ask(find=ByTicket(change.ticket.id), decide=lambda _seen: None, audit=act(clock, "ticket.closed"))
    )

    assert (await store.audit.page()).rows == ()


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
async def test_the_database_itself_refuses_to_change_or_delete_an_act(store, clock, statement):
    await store.audit.write(act(clock, "delivery.dropped"))

    async def tamper(tx):
        await run(tx.connection, statement)

    with pytest.raises(Exception, match=r"append-only|cannot take a write"):
        await store.writer.work(tamper)

    (row,) = (await store.audit.page()).rows
    assert row.actor == "operator:root"
