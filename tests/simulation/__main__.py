"""The middle under simulated time, shores and deaths: `python -m tests.simulation --help`."""

import argparse
import asyncio
import gc
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

from bridge.store import migrate
from tests.simulation.report import Report
from tests.simulation.run import Ran, run_seed

MEMORY = Path("/dev/shm")


def main() -> int:
    """0: everything held; 1: something did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=240, help="how many seeds, one after the other (240)")
    parser.add_argument("--first", type=int, default=1, help="the first of them (1)")
    parser.add_argument("--seed", type=int, help="only this one, twice: its trace must be the same")
    parser.add_argument("--trace", action="store_true", help="with --seed: print every step")
    parser.add_argument("--stop", action="store_true", help="stop at the first seed that fails")
    parser.add_argument("--workers", type=int, default=1, help="processes side by side (1)")
    said = parser.parse_args()
    _same_hashes()
    with _files() as (folder, template):
        if said.seed is not None:
            return _one(said.seed, folder, template, traced=said.trace)
        began = time.monotonic()
        seeds = range(said.first, said.first + said.seeds)
        runs = list(_all(seeds, said.workers, folder, template, stop=said.stop))
        report = Report(runs, time.monotonic() - began)
    print("\n".join(report.lines()))
    return 0 if report.holds else 1


def _all(seeds: range, workers: int, folder: Path, template: Path, *, stop: bool) -> Iterator[Ran]:
    one = partial(_quick, folder=folder, template=template)
    with ProcessPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        for ran in map(one, seeds) if pool is None else pool.map(one, seeds, chunksize=2):
            yield ran
            if stop and ran.violations:
                return


def _quick(seed: int, folder: Path, template: Path) -> Ran:
    """One of many: rubbish is cleared away between the seeds, not within."""
    gc.disable()
    try:
        return run_seed(seed, folder, template)
    finally:
        gc.enable()
        gc.collect(1)


def _one(seed: int, folder: Path, template: Path, *, traced: bool) -> int:
    ran = run_seed(seed, folder, template, traced=traced)
    again = run_seed(seed, folder, template)
    for line in ran.violations:
        print(line)
    print(f"seed {seed}: trace {ran.digest[:16]}, again {again.digest[:16]}, violations {len(ran.violations)}")
    return 1 if ran.violations or ran.digest != again.digest else 0


def _same_hashes() -> None:
    """Sets of strings are walked in the order of their hashes: begin anew with hashes that are the same every time."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]])


@contextmanager
def _files() -> Iterator[tuple[Path, Path]]:
    """A folder in memory where there is one, since the power only fails for processes here; and an empty database."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as home:
        template = Path(home) / "template.db"
        asyncio.run(migrate(f"sqlite://{template}"))
        connection = sqlite3.connect(template)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        yield Path(home), template


if __name__ == "__main__":
    sys.exit(main())
