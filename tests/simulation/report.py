"""What a run of many seeds shows, as one table; and of a failing seed the command that replays it."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.simulation.faults import Fault
from tests.simulation.invariants import INVARIANTS
from tests.simulation.run import Ran

ENOUGH = 60
"""Seeds from which on every kind of fault must have struck."""


class Report:
    """The sum of all seeds."""

    def __init__(self, runs: Iterable[Ran], seconds: float) -> None:
        self.runs = list(runs)
        self.seconds = seconds
        self.struck: Counter[Fault] = Counter()
        self.figures: Counter[str] = Counter()
        for ran in self.runs:
            self.struck.update(ran.struck)
            self.figures.update(ran.figures)

    @property
    def failed(self) -> list[Ran]:
        return [ran for ran in self.runs if ran.violations]

    @property
    def never_struck(self) -> list[Fault]:
        """Kinds that a run of this size should have seen."""
        return [kind for kind in Fault if not self.struck[kind]] if len(self.runs) >= ENOUGH else []

    @property
    def holds(self) -> bool:
        return not self.failed and not self.never_struck

    def lines(self) -> Iterator[str]:
        of: Counter[str] = Counter(line.partition(":")[0] for ran in self.runs for line in ran.violations)
        hours = self.figures["virtual seconds"] / 3600
        yield f"{len(self.runs)} seeds in {self.seconds:.0f} s, {hours:.1f} virtual hours"
        yield from self._table("what happened", self.figures)
        yield from self._table("faults injected", {kind.value: self.struck[kind] for kind in Fault})
        yield from self._table("violations", {name: of[name] for name in INVARIANTS})
        yield f"violations {sum(of.values())} in {len(self.failed)} of {len(self.runs)} seeds"
        for kind in self.never_struck:
            yield f"never struck, though it should have: {kind.value}"
        for ran in self.failed:
            yield from (f"  seed {ran.seed}: {line}" for line in ran.violations[:5])
            yield f"  replay it: python -m tests.simulation --seed {ran.seed} --trace"

    @staticmethod
    def _table(title: str, rows: dict[str, int] | Counter[str]) -> Iterator[str]:
        yield ""
        yield f"{title:<48} {'number':>8}"
        yield from (f"  {name:<46} {number:>8}" for name, number in rows.items())
