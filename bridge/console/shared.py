"""One read for all streams that look at the same thing at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import TypeVar

from bridge.console.viewer import Screen
from bridge.domain.refs import MemberKey, TicketId
from bridge.domain.views import Inbox, TicketView
from bridge.store.store import Store

Read = TypeVar("Read")

KEPT = 200
"""Reads of each kind; more screens than that are read one by one."""


class Shared:
    """What was read since it changed last. Only for streams: whoever acts must see their own act and reads anew."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._views: dict[Hashable, asyncio.Task[TicketView | None]] = {}
        self._inboxes: dict[Hashable, asyncio.Task[Inbox]] = {}

    def forget(self, tickets: Iterable[TicketId]) -> None:
        """These have changed, and so has every list."""
        self._inboxes.clear()
        for ticket in tickets:
            self._views.pop(ticket, None)

    async def view(self, ticket: TicketId) -> TicketView | None:
        return await _once(self._views, ticket, lambda: self._store.tickets.view(ticket))

    async def inbox(self, screen: Screen, member: MemberKey) -> Inbox:
        key = (screen.section, screen.search, screen.after, member)
        return await _once(
            self._inboxes,
            key,
            lambda: self._store.tickets.inbox(
                screen.section, member=member, search=screen.search or None, cursor=screen.after
            ),
        )


async def _once(reads: dict[Hashable, asyncio.Task[Read]], key: Hashable, read: Callable[[], Awaitable[Read]]) -> Read:
    async def run() -> Read:
        return await read()

    task = reads.get(key)
    if task is None:
        task = asyncio.create_task(run(), name="console-read")
        while len(reads) >= KEPT:
            del reads[next(iter(reads))]
        reads[key] = task
    try:
        # Shielded: one browser that leaves must not take the read from the others.
        return await asyncio.shield(task)
    except Exception:
        if reads.get(key) is task:
            del reads[key]
        raise
