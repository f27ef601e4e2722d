"""A site to measure: the config file people start with, in a folder of its own, the daemon as a process."""

import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from tests.journeys.site import ROOT, Process

KEY = "hr_bench_key_000000000000000000000000000000000"


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="handrail-bench-") as name:
        shutil.copy(ROOT / "config" / "handrail.yaml", name)
        yield Path(name)


@asynccontextmanager
async def daemon() -> AsyncIterator[Process]:
    with folder() as place:
        process = Process(place, {"HANDRAIL_DEMO_KEY": KEY, "HANDRAIL_LOG": "WARNING"}, from_nothing=True)
        await process.start()
        try:
            yield process
        finally:
            await process.stop()


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over several rounds."""

    middle: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.middle:8.2f}  ({self.least:.2f} … {self.most:.2f})"


def spread(figures: Sequence[float]) -> Spread:
    return Spread(median(figures), min(figures), max(figures))


def percentile(figures: Sequence[float], which: int) -> float:
    return quantiles(figures, n=100, method="inclusive")[which - 1]


def report(title: str, figures: Sequence[float], unit: str, target: float | None = None) -> bool:
    """Print one line; does its median keep the target?"""
    found = spread(figures)
    kept = target is None or found.middle <= target
    verdict = "" if target is None else f"   target ≤ {target:g}: {'kept' if kept else 'MISSED'}"
    print(f"{title:<46} {found} {unit}{verdict}")
    return kept


def ratio(title: str, ours: Sequence[float], baseline: Sequence[float], target: float | None = None) -> bool:
    """Print ours ÷ baseline, round by round of one run; does its median keep the target?"""
    found = spread([mine / theirs for mine, theirs in zip(ours, baseline, strict=True)])
    kept = target is None or found.middle >= target
    verdict = "" if target is None else f"   target ≥ {target:g}: {'kept' if kept else 'MISSED'}"
    print(f"{title:<46} {found}{verdict}")
    return kept


def machine() -> str:
    """What else this machine is doing: figures of a busy one say little."""
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    return f"{os.cpu_count()} processors, load {load}, {time.strftime('%Y-%m-%d %H:%M')}"
