"""Who has which screen open, and who must look again. In this process only: nothing here is stored."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog

from bridge.console.shared import Shared
from bridge.console.viewer import Viewer
from bridge.domain.refs import TicketId
from bridge.domain.ticket import Ticket, TicketState
from bridge.rulebook.reload import Rules
from bridge.store.store import Store

log = structlog.get_logger(__name__)

RINGS_PER_LOOK = 20
"""Tickets looked at for rings after one commit; in a flood nobody needs a bell for each."""
REMEMBERED = 5000


@dataclass(frozen=True, slots=True)
class Ring:
    """A reason to look up. Holds no words of anybody."""

    tag: str
    number: int
    line: str


@dataclass(slots=True, eq=False)
class Tab:
    """One open stream of a browser."""

    viewer: Viewer
    ticket: TicketId | None
    ended: bool = False
    touched: bool = True
    """The ticket, or who is at it, changed since the last look."""
    rings: list[Ring] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self, *, touched: bool = False) -> None:
        self.touched = self.touched or touched
        self._news.set()

    async def news(self, seconds: float) -> bool:
        """Wait for a reason to look again, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        woken = self._news.is_set()
        self._news.clear()
        return woken

    def take_rings(self) -> tuple[Ring, ...]:
        rings, self.rings = tuple(self.rings), []
        return rings


@dataclass(frozen=True, slots=True)
class _Seen:
    reminded: int
    assignee: str | None
    last_user: float


class Live:
    def __init__(self, store: Store, rules: Rules) -> None:
        self.shared = Shared(store)
        self._store = store
        self._rules = rules
        self._tabs: set[Tab] = set()
        self._seen: OrderedDict[TicketId, _Seen] = OrderedDict()
        self._closing = False

    @property
    def tabs(self) -> int:
        return len(self._tabs)

    async def run(self) -> None:
        """Pass on every commit until cancelled."""
        async with self._store.commits.subscribe() as commits:
            async for commit in commits:
                # First the screens, then the bells: what is shown must not wait for who is called.
                self.shared.forget(commit.tickets)
                for tab in self._tabs:
                    tab.wake(touched=tab.ticket in commit.tickets)
                if self._tabs:
                    await self._ring(commit.tickets)

    @contextmanager
    def open(self, viewer: Viewer, ticket: TicketId | None) -> Iterator[Tab]:
        """A stream begins; those at the same ticket see it."""
        tab = Tab(viewer, ticket, ended=self._closing)
        self._tabs.add(tab)
        self._wake_at(ticket)
        try:
            yield tab
        finally:
            self._tabs.discard(tab)
            self._wake_at(ticket)

    def others_at(self, ticket: TicketId, viewer: Viewer) -> list[str]:
        """Names of colleagues who have the ticket open, each once."""
        names = {tab.viewer.name for tab in self._tabs if tab.ticket == ticket and tab.viewer.key != viewer.key}
        return sorted(names)

    def end(self) -> None:
        """All streams end now: the process wants to stop."""
        self._closing = True
        for tab in self._tabs:
            tab.ended = True
            tab.wake()

    def sign_out(self, session: str) -> None:
        """The streams of a session that is over end with it."""
        for tab in self._tabs:
            if tab.viewer.session == session:
                tab.ended = True
                tab.wake()

    def _wake_at(self, ticket: TicketId | None) -> None:
        if ticket is None:
            return
        for tab in self._tabs:
            if tab.ticket == ticket:
                tab.wake(touched=True)

    async def _ring(self, tickets: Iterable[TicketId]) -> None:
        for name in list(tickets)[:RINGS_PER_LOOK]:
            try:
                ticket = await self._store.tickets.get(name)
            except Exception:  # noqa: BLE001 - a bell that fails must never end the live updates
                log.warning("console_ring_failed", ticket=name)
                return
            if ticket is not None:
                self._ring_for(ticket)

    def _ring_for(self, ticket: Ticket) -> None:
        before, now = self._seen.pop(ticket.id, None), _seen(ticket)
        self._seen[ticket.id] = now
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        if ticket.state is TicketState.CLOSED or (before is None and ticket.version > 1):
            return
        owner = ticket.assignee.key if ticket.assignee else None
        if owner is None and (before is None or now.reminded > before.reminded):
            line = "waits for somebody" if before else "is new"
            self._call_team(ticket, Ring(f"{ticket.id}/wait", ticket.number, f"#{ticket.number} {line}"))
        elif owner is not None and before is not None and before.assignee != owner:
            self._call(owner, Ring(f"{ticket.id}/yours", ticket.number, f"#{ticket.number} is yours now"))
        elif owner is not None and before is not None and now.last_user > before.last_user:
            self._call(owner, Ring(f"{ticket.id}/wrote", ticket.number, f"#{ticket.number} has a new message"))

    def _call_team(self, ticket: Ticket, ring: Ring) -> None:
        book = self._rules.current
        for tab in self._tabs:
            if book.belongs(ticket.policy.team, tab.viewer.person, in_ticket_channel=True):
                self._hand(tab, ring)

    def _call(self, owner: str, ring: Ring) -> None:
        for tab in self._tabs:
            if tab.viewer.key == owner:
                self._hand(tab, ring)

    def _hand(self, tab: Tab, ring: Ring) -> None:
        tab.rings = [*tab.rings[-RINGS_PER_LOOK:], ring]
        tab.wake()


def _seen(ticket: Ticket) -> _Seen:
    return _Seen(
        ticket.reminded,
        ticket.assignee.key if ticket.assignee else None,
        ticket.last_user_at.timestamp() if ticket.last_user_at else 0.0,
    )
