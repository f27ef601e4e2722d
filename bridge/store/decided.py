"""What this process decided and committed: for figures that each fact must enter once, on whichever replica it fell."""

from collections import Counter, defaultdict, deque
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from bridge.domain.change import Entry, Verdict
from bridge.domain.refs import TicketId
from bridge.store.asks import Ask

WAITING = 20_000
"""Lines kept for whoever counts them; if nobody does, the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class News:
    """What was committed since the last look."""

    lines: dict[TicketId, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Of each ticket, the places in its log."""
    kinds: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    """Events that came again and were answered as the first time, by where they came from."""


class Decided:
    """The writer notes here after each commit; never what another replica committed."""

    def __init__(self) -> None:
        self._lines: deque[tuple[TicketId, int, str]] = deque(maxlen=WAITING)
        self._repeated = Counter[str]()

    def note(self, entries: Iterable[tuple[TicketId, Entry]], answers: Iterable[tuple[Ask | None, object]]) -> None:
        self._lines.extend((ticket, entry.seq, entry.kind) for ticket, entry in entries)
        self._repeated.update(
            ask.key.scope for ask, given in answers
            if ask is not None and ask.key is not None and isinstance(given, Verdict) and given.replayed
        )  # fmt: skip

    def take(self, kinds: Container[str]) -> News:
        """Each line is given once; the places of those of these kinds, of the others how many."""
        news = News()
        while self._lines:
            ticket, seq, kind = self._lines.popleft()
            news.kinds[kind] += 1
            if kind in kinds:
                news.lines[ticket].add(seq)
        news.repeated.update(self._repeated)
        self._repeated.clear()
        return news
