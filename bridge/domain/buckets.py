"""How often something may happen: buckets of tokens that fill again with time."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

BUCKETS_KEPT: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many per second in the long run, and `burst` at once."""

    per_second: float
    burst: int

    @property
    def refill(self) -> timedelta:
        """How long an empty bucket takes to be full."""
        return timedelta(seconds=self.burst / self.per_second)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    seconds: float


class Buckets:
    """One bucket per name. Names may be invented by strangers: of too many, those unused for longest are forgotten."""

    def __init__(self, kept: int = BUCKETS_KEPT) -> None:
        self._kept = kept
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, name: str, rate: Rate, seconds: float) -> timedelta | None:
        """Take one token; or how long until there is one. `seconds` is monotonic time."""
        tokens = self._tokens(name, rate, seconds)
        self._buckets[name] = _Bucket(tokens - 1 if tokens >= 1 else tokens, seconds)
        self._buckets.move_to_end(name)
        if len(self._buckets) > self._kept:
            self._buckets.popitem(last=False)
        return _wait(tokens, rate)

    def wait(self, name: str, rate: Rate, seconds: float) -> timedelta | None:
        """How long until there is a token; None if there is one now. Takes nothing."""
        return _wait(self._tokens(name, rate, seconds), rate)

    def _tokens(self, name: str, rate: Rate, seconds: float) -> float:
        bucket = self._buckets.get(name)
        if bucket is None:
            return rate.burst
        return min(rate.burst, bucket.tokens + max(0.0, seconds - bucket.seconds) * rate.per_second)


def _wait(tokens: float, rate: Rate) -> timedelta | None:
    return None if tokens >= 1 else timedelta(seconds=(1 - tokens) / rate.per_second)
