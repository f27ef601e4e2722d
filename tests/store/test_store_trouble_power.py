"""The power goes: what was acknowledged is in the files as they lie there, whatever happened to their unsynced ends.

SIGKILL says nothing about it, for the system goes on writing. Here the files are copied at random moments as a disk
would keep them, and the log's end behind the last acknowledged commit is cut off anywhere and filled with rubbish.
"""

import asyncio
import contextlib
import random
import shutil
import sqlite3
from pathlib import Path

from bridge.store import Store
from tests.conftest import OpenStore
from tests.given_time import GivenClock
from tests.samples import opening, opens

WRITERS = 6
CUTS = 15


def keep(path: Path, acknowledged: dict[str, int], dice: random.Random, to: Path) -> dict[str, int]:
    """Copy what lies on the disk; what had been acknowledged when it began."""
    wal = Path(f"{path}-wal")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as reader:
        # While somebody reads, nothing is taken out of the log: the file first and the log after it is one moment.
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM tickets").fetchone()
        promised, synced = dict(acknowledged), wal.stat().st_size
        shutil.copyfile(path, to)
        log = wal.read_bytes()
        reader.execute("ROLLBACK")
    end = dice.randint(min(synced, len(log)), len(log))
    Path(f"{to}-wal").write_bytes(log[:end] + dice.randbytes(dice.randint(0, 9000)))
    return promised


async def test_what_was_acknowledged_survives_a_power_cut_at_any_moment(
    migrated_file: Path, tmp_path: Path, open_store: OpenStore, clock: GivenClock
):
    path = tmp_path / "handrail.db"
    shutil.copyfile(migrated_file, path)
    store = await open_store(f"sqlite://{path}")
    acknowledged: dict[str, int] = {}
    dice = random.Random(20261122)

    async def bot(name: int) -> None:
        for count in range(10_000):
            key = f"{name}-{count}"
            verdict = await store.writer.decide(opens(opening(key), key))
            assert verdict is not None
            acknowledged[key] = verdict.ticket.number

    bots = [asyncio.create_task(bot(name)) for name in range(WRITERS)]
    promises = []
    for cut in range(CUTS):
        await asyncio.sleep(dice.uniform(0.0, 0.06))
        promises.append(keep(path, acknowledged, dice, tmp_path / f"cut-{cut}.db"))
    for task in bots:
        task.cancel()
    await asyncio.gather(*bots, return_exceptions=True)

    assert len(promises[-1]) > CUTS
    for cut, promised in enumerate(promises):
        recovered = await Store.open(f"sqlite://{tmp_path}/cut-{cut}.db", clock=clock)
        try:
            await recovered.start()
            for key, number in list(promised.items())[-20:]:
                again = await recovered.writer.decide(opens(opening(key), key))
                assert again is not None
                assert (again.ticket.number, again.replayed) == (number, True)
        finally:
            await recovered.close()
    print(f"\npower cuts: {CUTS}, promised {sum(map(len, promises))}, lost 0")
