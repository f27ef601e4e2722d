"""Who waits for news of commits: the console's live pages, delivery's wake-up, API long-polls."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bridge.domain.refs import Lane, TicketId

KEPT = 5000
"""Names a slow listener may lag behind; beyond, the oldest are forgotten: it looks again sooner or later anyway."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What was touched since the listener looked last."""

    tickets: frozenset[TicketId]
    lanes: frozenset[Lane]


class _Mailbox:
    """Coalesces: a listener that is slow finds one Commit with the sum."""

    def __init__(self) -> None:
        self._tickets: dict[TicketId, None] = {}
        self._lanes: dict[Lane, None] = {}
        self._news = asyncio.Event()

    def put(self, tickets: Iterable[TicketId], lanes: Iterable[Lane]) -> None:
        self._tickets.update(dict.fromkeys(tickets))
        self._lanes.update(dict.fromkeys(lanes))
        while len(self._tickets) > KEPT:
            del self._tickets[next(iter(self._tickets))]
        while len(self._lanes) > KEPT:
            del self._lanes[next(iter(self._lanes))]
        self._news.set()

    def __aiter__(self) -> "_Mailbox":
        return self

    async def __anext__(self) -> Commit:
        # Not a generator: a wait that is cut short by a time-out must not end the subscription.
        await self._news.wait()
        self._news.clear()
        commit = Commit(frozenset(self._tickets), frozenset(self._lanes))
        self._tickets.clear()
        self._lanes.clear()
        return commit


class Commits:
    def __init__(self) -> None:
        self._mailboxes: set[_Mailbox] = set()
        self.turn = 0
        """Rises with everything that is published: whoever remembers it knows whether to look again."""

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[Commit]]:
        """From here on every commit is noted; commits between two looks come as one."""
        mailbox = _Mailbox()
        self._mailboxes.add(mailbox)
        try:
            yield mailbox
        finally:
            self._mailboxes.discard(mailbox)

    def pulse(self, tickets: Iterable[TicketId]) -> None:
        """Say "look again" without a write: somebody types, a sign of life passed."""
        self.publish(tickets, ())

    def publish(self, tickets: Iterable[TicketId], lanes: Iterable[Lane]) -> None:
        self.turn += 1
        for mailbox in self._mailboxes:
            mailbox.put(tickets, lanes)
