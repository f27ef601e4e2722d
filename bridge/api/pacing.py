"""Who calls too often: a bot beyond its rate, an address whose calls nobody recognises."""

import random
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from bridge.api.auth import Caller
from bridge.api.limits import Limits
from bridge.api.problems import CODES, Problem
from bridge.domain.addresses import Reach, reach
from bridge.domain.buckets import BUCKETS_KEPT, Buckets
from bridge.metrics import Metrics
from bridge.ports.clock import Clock

STRANGER: Final = "(stranger)"
"""What a caller without a name is counted as; no bot can be called so."""
TRUSTED_FOR: Final = 3600.0
"""Seconds an address counts as one our bots call from."""
AGAIN: Final = timedelta(seconds=1)
CROWD_SPREAD: Final = timedelta(seconds=4)
SPREAD_AT_MOST: Final = timedelta(seconds=30)
ONES_OWN: Final = 64
"""Bits of an IPv6 address that its holder cannot choose freely."""


class Pacing:
    """Buckets of this process; each replica has its own."""

    def __init__(self, limits: Limits, clock: Clock, metrics: Metrics) -> None:
        self._limits = limits
        self._clock = clock
        self._metrics = metrics
        self._bots = Buckets()
        self._failures = Buckets()
        self._recognised: OrderedDict[str, float] = OrderedDict()

    def let_in(self, caller: Caller, remote: str | None) -> None:
        """Count a call of a bot. Raises Problem: it is beyond its rate."""
        self._remember(source(remote))
        rate = caller.door.rate
        wait = self._bots.take(caller.bot, rate, self._clock.monotonic())
        if wait is not None:
            self._metrics.api_ratelimited.labels(caller.bot).inc()
            raise Problem("rate-limited", "This bot calls too often.", retry_after=spread(wait, rate.refill))

    def refuse_guessing(self, remote: str | None) -> None:
        """Refuse an address before anything of its call is looked at, if it has failed too often.

        Not an inner one, which may be everybody's proxy; nor one that a bot of ours shares with whoever fails there.
        """
        if not _is_public(remote) or self.knows(remote):
            return
        wait = self._failures.wait(source(remote), self._limits.stranger_rate, self._clock.monotonic())
        if wait is not None:
            raise self._too_many_failures(wait)

    def knows(self, remote: str | None) -> bool:
        """Did a bot of ours call from there lately?"""
        since = self._recognised.get(source(remote))
        return since is not None and self._clock.monotonic() - since < TRUSTED_FOR

    def failed(self, remote: str | None, problem: Problem) -> Problem:
        """Count a call that nobody recognised; what to answer it."""
        if CODES[problem.code].status != 401 or problem.code == "stale-timestamp":  # well signed by a slow clock
            return problem
        wait = self._failures.take(source(remote), self._limits.stranger_rate, self._clock.monotonic())
        return problem if wait is None else self._too_many_failures(wait)

    def _remember(self, who: str) -> None:
        self._recognised[who] = self._clock.monotonic()
        self._recognised.move_to_end(who)
        if len(self._recognised) > BUCKETS_KEPT:
            self._recognised.popitem(last=False)

    def _too_many_failures(self, wait: timedelta) -> Problem:
        self._metrics.api_ratelimited.labels(STRANGER).inc()
        longest = self._limits.stranger_rate.refill
        detail = "Too many calls from this address were not recognised."
        return Problem("rate-limited", detail, retry_after=spread(wait, longest), close=True)


class Places:
    """So many at once and no more."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Take a place for a while. Raises Problem: there is none."""
        if self._taken >= self._most:
            raise Problem("overloaded", "Too much at once.", retry_after=spread(AGAIN, CROWD_SPREAD))
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


def spread(wait: timedelta, longest: timedelta) -> timedelta:
    """When to come back: not all at the same moment, else the next refusals come in one heap too."""
    return wait + random.random() * min(longest, SPREAD_AT_MOST)  # noqa: S311 - spreads load, hides nothing


@lru_cache(maxsize=4096)
def _is_public(remote: str | None) -> bool:
    return reach(remote or "") is Reach.PUBLIC


@lru_cache(maxsize=4096)
def source(remote: str | None) -> str:
    """Whom a failure is counted against."""
    try:
        address = ip_address((remote or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) >> ONES_OWN << ONES_OWN))
    return str(address)
