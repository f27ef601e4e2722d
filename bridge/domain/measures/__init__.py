"""How long people waited and what became of tickets: read from the log alone, never from what a ticket is now."""

from bridge.domain.measures.life import KINDS, Line, Terms, facts_of
from bridge.domain.measures.names import Count, Counted, Fact, Span, Timed
from bridge.domain.measures.tally import Spread, Tally, gather, spread

__all__ = [
    "KINDS",
    "Count",
    "Counted",
    "Fact",
    "Line",
    "Span",
    "Spread",
    "Tally",
    "Terms",
    "Timed",
    "facts_of",
    "gather",
    "spread",
]
