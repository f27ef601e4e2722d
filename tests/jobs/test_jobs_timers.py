import sqlite3

import pytest
from structlog.testing import capture_logs

from bridge.domain.events import Escalated, EventKey, UserFacts
from bridge.jobs.timers import AT_ONCE, FireTimers
from bridge.store.quarantine import AT_MOST
from tests.samples import SHOP


async def escalated(desk, clock, conversation):
    event = Escalated(
        bot=SHOP,
        key=EventKey("bot:shop-bot", conversation),
        fingerprint="",
        at=clock.now(),
        conversation=conversation,
        user=UserFacts(external_id=conversation, name="Mara"),
    )
    verdict = await desk.handle(event)
    return verdict.ticket.id


async def kinds(store, ticket):
    view = await store.tickets.view(ticket)
    return [entry.kind for entry in view.entries]


async def test_a_step_that_is_due_is_taken_once(desk, sqlite_store, clock):
    sweep = FireTimers(desk, sqlite_store)
    ticket = await escalated(desk, clock, "one")
    clock.advance(minutes=2, seconds=59)
    await sweep(clock.now())
    assert "reminder.sent" not in await kinds(sqlite_store, ticket)

    clock.advance(seconds=1)
    await sweep(clock.now())
    await sweep(clock.now())
    assert (await kinds(sqlite_store, ticket)).count("reminder.sent") == 1


async def test_timers_due_while_we_were_down_fire_at_the_first_look(desk, sqlite_store, clock):
    tickets = [await escalated(desk, clock, f"talk-{number}") for number in range(30)]
    clock.advance(hours=2)

    await FireTimers(desk, sqlite_store)(clock.now())
    for ticket in tickets:
        assert "reminder.sent" in await kinds(sqlite_store, ticket)


async def test_a_platform_that_is_away_holds_only_its_own_ladders(desk, sqlite_store, clock):
    ticket = await escalated(desk, clock, "one")
    await sqlite_store.outages.begin("acme-slack", clock.now())
    clock.advance(minutes=5)
    sweep = FireTimers(desk, sqlite_store)
    await sweep(clock.now())
    assert "reminder.sent" not in await kinds(sqlite_store, ticket)

    await sqlite_store.outages.end("acme-slack", clock.now())
    await sqlite_store.outages.begin("acme-discord", clock.now())
    await sweep(clock.now())
    assert "reminder.sent" in await kinds(sqlite_store, ticket)


@pytest.fixture
async def broken(desk, sqlite_store, clock, tmp_path):
    """A ticket that cannot be read, as a half-restored backup leaves it; its timer is due."""
    ticket = await escalated(desk, clock, "broken")
    with sqlite3.connect(tmp_path / "handrail.db") as connection:
        connection.execute("UPDATE tickets SET body = '{}' WHERE id = ?", (ticket,))
    connection.close()
    clock.advance(minutes=3)
    return ticket


async def test_one_bad_row_does_not_stop_the_others(desk, sqlite_store, clock, broken):
    ticket = await escalated(desk, clock, "good")
    clock.advance(minutes=3)

    with capture_logs() as logs:
        await FireTimers(desk, sqlite_store)(clock.now())
    assert "reminder.sent" in await kinds(sqlite_store, ticket)
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["clock_event_failed"]


async def test_a_bad_row_is_tried_five_times_then_left_aside(desk, sqlite_store, clock, broken):
    sweep = FireTimers(desk, sqlite_store)
    with capture_logs() as logs:
        for _ in range(600):
            await sweep(clock.now())
            clock.advance(seconds=1)
        told = [line["event"] for line in logs if line["event"].startswith("clock_event")]
        assert told == ["clock_event_failed"] * 4 + ["clock_event_quarantined"]

        clock.advance(hours=1)
        await sweep(clock.now())
    assert [line["event"] for line in logs][-1] == "clock_event_quarantined"
    assert [line["event"] for line in logs].count("clock_event_quarantined") == 1


async def test_a_timer_that_is_released_acts_at_the_next_look(desk, sqlite_store, clock, tmp_path):
    ticket = await escalated(desk, clock, "mended")
    database = sqlite3.connect(tmp_path / "handrail.db", isolation_level=None)
    (body,) = database.execute("SELECT body FROM tickets").fetchone()
    database.execute("UPDATE tickets SET body = '{}'")
    clock.advance(minutes=3)
    sweep = FireTimers(desk, sqlite_store)
    for _ in range(20):
        await sweep(clock.now())
        clock.advance(seconds=30)
    [found] = await sqlite_store.quarantine.put_aside()

    database.execute("UPDATE tickets SET body = ?", (body,))
    database.close()
    assert await sqlite_store.quarantine.release(found.key)
    await sweep(clock.now())

    assert "reminder.sent" in await kinds(sqlite_store, ticket)


async def test_two_sweepers_at_once_take_a_step_once(desk, sqlite_store, clock):
    ticket = await escalated(desk, clock, "one")
    clock.advance(minutes=3)
    (due,) = await sqlite_store.timers.due(clock.now(), 10)

    await FireTimers(desk, sqlite_store)(clock.now())
    await desk.handle(due)
    assert (await kinds(sqlite_store, ticket)).count("reminder.sent") == 1


async def test_a_timer_of_a_ticket_that_is_no_more_is_not_looked_at_every_second(desk, sqlite_store, clock, tmp_path):
    ticket = await escalated(desk, clock, "gone")
    with sqlite3.connect(tmp_path / "handrail.db") as connection:
        connection.execute("DELETE FROM tickets WHERE id = ?", (ticket,))
    connection.close()
    clock.advance(minutes=3)

    sweep = FireTimers(desk, sqlite_store)
    with capture_logs() as logs:
        for _ in range(600):
            await sweep(clock.now())
            clock.advance(seconds=1)
    assert [line["event"] for line in logs] == ["clock_event_quarantined"]


async def test_timers_that_were_put_aside_never_fill_a_look(desk, sqlite_store, clock, tmp_path):
    database = sqlite3.connect(tmp_path / "handrail.db", isolation_level=None)
    database.executemany(
        "INSERT INTO timers (ticket, kind, subject, due) VALUES (?, 'snooze', '', ?)",
        [(f"tkt_{number}", clock.now().isoformat(" ")) for number in range(AT_ONCE + 20)],
    )
    clock.advance(minutes=3)
    put_aside = [event.key for event in await sqlite_store.timers.due(clock.now(), 1000)]
    database.executemany(
        "INSERT INTO quarantine (scope, key, what, attempts, reason, first_at, last_at) VALUES (?, ?, '', ?, '', ?, ?)",
        [(key.scope, key.key, AT_MOST, *[clock.now().isoformat(" ")] * 2) for key in put_aside],
    )
    database.close()
    ticket = await escalated(desk, clock, "good")
    clock.advance(minutes=3)

    await FireTimers(desk, sqlite_store)(clock.now())

    assert len(put_aside) == AT_ONCE + 20
    assert "reminder.sent" in await kinds(sqlite_store, ticket)
