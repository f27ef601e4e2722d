"""Does a site slow down with the years: `python -m benchmarks.grown_site --help`.

outbox   claiming and completing deliveries, with a thousand and with a million delivered ones in the table
intake   escalations a second, on an empty database and on one with a million closed tickets
inbox    the console's list of the unassigned, with a hundred and with ten thousand open tickets

Large and small are measured in turns, in one run, on the same machine.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.grown import grown, years
from benchmarks.intake import new_tickets
from benchmarks.postgres import fresh_database, running_postgres
from benchmarks.site import machine, ratio, report
from bridge.domain.deliveries import Delivery, Ending, PostLine, Strand, Urgency
from bridge.domain.refs import DeliveryId, Lane, new_id
from bridge.domain.views import Section
from bridge.ports.clock import SystemClock
from bridge.store import Store, migrate
from bridge.store.delivery_models import DeliveryRow
from tests.desk.house import House, book_for

LANES = 8
"""Drained side by side, as the dispatcher does."""
PAGES = 40


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = await Store.open(url, clock=SystemClock())
    await store.start()
    try:
        yield store
    finally:
        await store.close()


async def order(store: Store, lane: Lane, many: int) -> None:
    """Deliveries that stand for themselves, so that nothing but the outbox is measured."""

    async def job(tx: object) -> None:
        for _ in range(many):
            tx.order(  # type: ignore[attr-defined] - the open transaction
                Delivery(lane=lane, content=PostLine("bench"), strand=Strand.WORDS, urgency=Urgency.WORDS,
                         id=DeliveryId(new_id("dlv")))
            )  # fmt: skip

    await store.writer.work(job)


async def drain(store: Store, lane: Lane) -> int:
    clock, sent = SystemClock(), 0
    fence = await store.lanes.lease(lane, "bench", 60)
    while taken := await store.outbox.take(lane, clock.now(), 3, fence):
        await asyncio.gather(*(store.outbox.finish(one, Ending.DONE, now=clock.now()) for one in taken))
        sent += len(taken)
    return sent


async def outbox_rate(store: Store, many: int, turn: int) -> float:
    """Deliveries claimed and completed a second."""
    lanes = [Lane("bench", f"C{turn}-{number}") for number in range(LANES)]
    for lane in lanes:
        await order(store, lane, many // LANES)
    began = time.perf_counter()
    sent = sum(await asyncio.gather(*(drain(store, lane) for lane in lanes)))
    return sent / (time.perf_counter() - began)


async def outbox(small_url: str, large_url: str, rows: int, rounds: int, name: str) -> bool:
    for url, copies in ((small_url, 1000), (large_url, rows)):
        # The first ticket has ten deliveries, and so has every copy of it.
        await grown(url, {DeliveryRow: max(copies // 10, 1)})
    small, large = [], []
    async with opened(small_url) as few, opened(large_url) as many:
        for turn in range(rounds + 1):
            measured = await outbox_rate(few, 1200, turn), await outbox_rate(many, 1200, turn)
            if turn:  # the first fills caches
                small.append(measured[0])
                large.append(measured[1])
    report(f"outbox on {name}, 1,000 delivered", small, "a second")
    report(f"outbox on {name}, {rows:,} delivered", large, "a second")
    return ratio(f"outbox on {name}, large ÷ small", large, small, 0.7)


async def intake(folder: Path, tickets: int, rounds: int, seconds: float, *, kept: Path | None, there: bool) -> bool:
    old = f"sqlite://{kept or folder / 'old.db'}"
    if not there:
        began = time.perf_counter()
        await grown(old, years(tickets))
        print(f"{tickets:,} closed tickets made in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    empty, full = [], []
    for turn in range(rounds):
        empty.append((await new_tickets("handrail", f"sqlite://{folder}/empty{turn}.db", seconds)).rate)
        full.append((await new_tickets("handrail", old, seconds, first=time.time_ns() // 1_000_000)).rate)
    report("intake, empty database", empty, "calls/s")
    report(f"intake, {tickets:,} closed tickets", full, "calls/s")
    return ratio("intake, full ÷ empty", full, empty, 0.8)


async def inbox(folder: Path, rounds: int) -> bool:
    times: dict[int, list[float]] = {}
    stores = {}
    for many in (100, 10_000):
        url = f"sqlite://{folder}/inbox{many}.db"
        await migrate(url)
        stores[many] = url
        async with opened(url) as store:
            house = House(store, book_for(folder), SystemClock())  # type: ignore[arg-type] - the machine's time
            for start in range(0, many, 100):
                await asyncio.gather(*(house.escalates(f"open-{start + number}") for number in range(100)))
    async with opened(stores[100]) as few, opened(stores[10_000]) as lots:
        for turn in range(rounds + 1):
            for many, store in ((100, few), (10_000, lots)):
                began = time.perf_counter()
                for _ in range(PAGES):
                    page = await store.tickets.inbox(Section.UNASSIGNED, limit=50)
                    assert len(page.rows) == 50
                if turn:
                    times.setdefault(many, []).append((time.perf_counter() - began) / PAGES * 1000)
    for many, found in times.items():
        report(f"inbox page, {many:,} open", found, "ms")
    return report("inbox page, 10,000 ÷ 100", [a / b for a, b in zip(times[10_000], times[100], strict=True)], "", 2.0)


async def measure(given: argparse.Namespace) -> bool:
    print(f"grown site: {given.rounds} rounds; {machine()}")
    kept = True
    with tempfile.TemporaryDirectory(prefix="handrail-bench-") as name:
        folder = Path(name)
        kept &= await inbox(folder, given.rounds)
        kept &= await outbox(
            f"sqlite://{folder}/few.db", f"sqlite://{folder}/many.db", given.rows, given.rounds, "SQLite"
        )
        with running_postgres() as postgres:
            urls = await fresh_database(postgres), await fresh_database(postgres)
            kept &= await outbox(*urls, given.rows, given.rounds, "PostgreSQL")
        kept &= await intake(folder, given.tickets, given.rounds, given.seconds, kept=given.old, there=given.there)
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1_000_000, help="delivered rows of the large outbox")
    parser.add_argument("--tickets", type=int, default=1_000_000, help="closed tickets of the old site")
    parser.add_argument("--seconds", type=float, default=5, help="of intake, a server")
    parser.add_argument("--old", type=Path, help="keep the old site's SQLite file here, and take it if it is there")
    given = parser.parse_args()
    given.there = given.old is not None and given.old.exists()
    sys.exit(not asyncio.run(measure(given)))


if __name__ == "__main__":
    main()
