"""How fast we may go where this process is the only one: budgets are counted here, by monotonic time.

Where several may share a database they are counted there (`spending`).
"""

from collections import deque
from collections.abc import Sequence
from datetime import timedelta

from bridge.ports.chat import Budget
from bridge.ports.clock import Clock

INSTANT = 1e-6
"""Seconds. Rows keep no shorter time: whoever were told to wait for less would be back at the same moment for ever."""
KNOWN = 2_000
"""Budgets remembered before those that are whole again are forgotten."""


class Pace:
    """Who may send now, and who has to wait how long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spent: dict[tuple[str, str], deque[float]] = {}
        self._over: dict[tuple[str, str], float] = {}
        """When a budget is whole again, if nothing more is spent."""
        self._steady: dict[tuple[str, str], float] = {}
        """The same for one whose units come back one by one."""
        self._blocked: dict[tuple[str, str], float] = {}

    @property
    def known(self) -> int:
        """How many budgets are remembered."""
        return len(self._spent)

    def spend(self, platform: str, budgets: Sequence[Budget]) -> timedelta | None:
        """Spend one unit of each budget and return None; or spend nothing and say how long to wait."""
        now = self._clock.monotonic()
        wait = max((self._wait(platform, budget, now) for budget in budgets), default=0.0)
        if wait >= INSTANT:
            return timedelta(seconds=wait)
        if len(self._spent) > KNOWN:
            self._forget(now)
        for budget in budgets:
            name = (platform, budget.name)
            if budget.steady:
                each = budget.per.total_seconds() / budget.limit
                self._over[name] = self._steady[name] = max(now, self._steady.get(name, now)) + each
                self._spent.setdefault(name, deque())
                continue
            self._spent.setdefault(name, deque()).append(now)
            self._over[name] = now + budget.per.total_seconds()
        return None

    def block(self, platform: str, budget: str, wait: timedelta) -> None:
        """The platform said this budget is used up, whatever we counted."""
        until = self._clock.monotonic() + wait.total_seconds()
        self._blocked[platform, budget] = max(until, self._blocked.get((platform, budget), until))

    def _forget(self, now: float) -> None:
        """Budgets may be named by ticket: those that are whole again need not be known."""
        for name in [name for name, over in self._over.items() if over <= now]:
            del self._over[name], self._spent[name]
            self._steady.pop(name, None)

    def _wait(self, platform: str, budget: Budget, now: float) -> float:
        """Seconds until one more fits: at most `limit` within any span of `per`, not only on average."""
        name = (platform, budget.name)
        blocked = self._blocked.get(name, now) - now
        if blocked <= 0:
            self._blocked.pop(name, None)
        if budget.steady:
            each = budget.per.total_seconds() / budget.limit
            # Whole but for one unit, one more may go.
            return max(blocked, self._steady.get(name, now) - now - (budget.limit - 1) * each, 0.0)
        spent = self._spent.get(name, deque())
        span = budget.per.total_seconds()
        while spent and spent[0] + span <= now:
            spent.popleft()
        full = spent[-budget.limit] + span - now if len(spent) >= budget.limit else 0.0
        return max(blocked, full, 0.0)
