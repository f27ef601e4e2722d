"""The open transaction, as a job of the writer sees it."""

from collections.abc import Collection

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.audit import Audited
from bridge.domain.change import Change, Verdict
from bridge.domain.deliveries import Delivery
from bridge.domain.errors import AlreadySeen
from bridge.domain.events import EventKey
from bridge.domain.refs import Lane, MessageId, TicketId
from bridge.domain.ticket import Ticket
from bridge.store.asks import Situation
from bridge.store.loading import Loader
from bridge.store.sheet import Sheet


class Tx:
    """The open transaction, as a job sees it."""

    def __init__(self, sheet: Sheet, connection: BaseDBAsyncClient, loader: Loader) -> None:
        self.connection = connection
        self.now = sheet.now
        self._sheet = sheet
        self._loader = loader

    async def around(self, ticket: TicketId | None, message: MessageId | None) -> Situation:
        """The rows a decision about a delivery's outcome needs."""
        if ticket is None:
            return self._sheet.around(None, None)
        await self._loader.around(ticket, message)
        return self._sheet.around(self._sheet.tickets.get(ticket), message)

    async def apply(self, change: Change) -> Verdict:
        """Commit a change together with this job."""
        number = change.ticket.number or await self._loader.number()
        return self._sheet.apply(change, number)

    async def ticket(self, ticket: TicketId) -> Ticket | None:
        """A ticket, locked."""
        await self._loader.around(ticket, None)
        return self._sheet.tickets.get(ticket)

    async def tickets(self, names: Collection[TicketId]) -> list[Ticket]:
        """Tickets, locked in the order of their ids."""
        await self._loader.load((), names)
        return [self._sheet.tickets[name] for name in sorted(names) if name in self._sheet.tickets]

    async def answered(self, key: EventKey, fingerprint: str) -> Verdict | None:
        """What was answered when this key came first. Raises: AlreadySeen when that was another question."""
        return None if await self.is_new(key, fingerprint) else self._sheet.answers[key][1]

    async def is_new(self, key: EventKey, fingerprint: str) -> bool:
        """Has the key not come before? Raises: AlreadySeen when it came with another question."""
        await self._loader.answers({key})
        found = self._sheet.answers.get(key)
        if found is not None and found[0] and fingerprint and found[0] != fingerprint:
            raise AlreadySeen("the key was used before with another body")
        return found is None

    def remember(self, key: EventKey, fingerprint: str, verdict: Verdict | None) -> None:
        """Answer the same if the key comes again, and refuse it to every other question."""
        self._sheet.remember(key, fingerprint, verdict)

    def put(self, ticket: Ticket) -> None:
        """Store a ticket as it is, without a log entry."""
        self._sheet.note_ticket(ticket)

    def audit(self, audited: Audited) -> None:
        """Say who did this; committed with it."""
        self._sheet.audited.append(audited)

    def order(self, delivery: Delivery) -> None:
        """Have something said that follows from no ticket's change."""
        self._sheet.order(delivery)

    def wake(self, *lanes: Lane) -> None:
        """These lanes may have something to send."""
        self._sheet.lanes.update(lanes)

    def touch(self, ticket: TicketId | None) -> None:
        """Whoever shows this ticket should look again."""
        if ticket is not None:
            self._sheet.touched.add(ticket)
