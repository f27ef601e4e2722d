"""Spending budgets where several processes may: in the store's rows then, in this process's count else."""

import contextlib
from collections.abc import Sequence
from datetime import timedelta

from bridge.delivery.pace import Pace
from bridge.domain.errors import StoreTrouble
from bridge.ports.chat import Budget
from bridge.store import Store

LOOK_AGAIN = timedelta(seconds=1)


async def spend(store: Store, pace: Pace, platform: str, budgets: Sequence[Budget]) -> timedelta | None:
    """Spend one unit of each and return None; or say how long to wait.

    Another process may be quicker between our look and our spending: what was spent by then is lost, so that we are
    too slow for a moment, but never too fast.
    """
    if not store.budgets.shared or not budgets:
        return pace.spend(platform, budgets)
    try:
        waits = [await store.budgets.wait(_name(platform, each), each.limit, each.per) for each in budgets]
        if (longest := max(waits)) > timedelta(0):
            return longest
        for each in budgets:
            if not await store.budgets.spend(_name(platform, each), each.limit, each.per):
                return max(await store.budgets.wait(_name(platform, each), each.limit, each.per), timedelta(0))
    except StoreTrouble:
        return LOOK_AGAIN
    return None


async def block(store: Store, pace: Pace, platform: str, budget: str, wait: timedelta) -> None:
    """The platform said this budget is used up. A store that is away forgets it: the next call finds out anew."""
    if not store.budgets.shared:
        pace.block(platform, budget, wait)
        return
    with contextlib.suppress(StoreTrouble):
        await store.budgets.block(f"{platform} {budget}", wait)


def _name(platform: str, budget: Budget) -> str:
    return f"{platform} {budget.name}"
