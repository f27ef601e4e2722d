"""Which thread belongs to which ticket. Rows are made when a root is posted (`outbox.finish`)."""

from collections.abc import Collection

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.refs import Lane, ThreadRef, TicketId
from bridge.store.database import Database
from bridge.store.delivery_models import ThreadRow


class Threads:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def ticket_of(self, thread: ThreadRef) -> tuple[TicketId, bool] | None:
        """The ticket, and whether this is the thread it lives in now."""
        with self._database.reads() as connection:
            which = ThreadRow.filter(platform=thread.lane.platform, place=thread.lane.place, root=thread.root)
            row = await which.using_db(connection).first()
            return (TicketId(row.ticket), row.owning) if row else None

    async def only_watches(self, thread: ThreadRef) -> bool:
        """Is what stands there a card for people who watch?"""
        with self._database.reads() as connection:
            which = ThreadRow.filter(platform=thread.lane.platform, place=thread.lane.place, root=thread.root)
            return await which.filter(watching=True).using_db(connection).exists()

    async def in_lane(self, ticket: TicketId, lane: Lane) -> ThreadRef | None:
        """The ticket's thread there; of several the latest: one it has left, or a watcher's card."""
        with self._database.reads() as connection:
            which = ThreadRow.filter(ticket=ticket, platform=lane.platform, place=lane.place).order_by("-ord")
            row = await which.using_db(connection).first()
            return ThreadRef(lane, row.root) if row else None


async def owned(tickets: Collection[TicketId], connection: BaseDBAsyncClient) -> dict[TicketId, ThreadRef]:
    """The threads that these tickets live in, as far as they stand."""
    if not tickets:
        return {}
    rows = await ThreadRow.filter(ticket__in=sorted(tickets), owning=True).using_db(connection)
    return {TicketId(row.ticket): ThreadRef(Lane(row.platform, row.place), row.root) for row in rows}


async def bind(
    connection: BaseDBAsyncClient, thread: ThreadRef, ticket: TicketId, *, owning: bool, watching: bool = False
) -> None:
    """Remember a thread. An owning one takes the place of the one before."""
    if owning:
        await ThreadRow.filter(ticket=ticket, owning=True).using_db(connection).update(owning=False)
    row = ThreadRow(
        platform=thread.lane.platform,
        place=thread.lane.place,
        root=thread.root,
        ticket=ticket,
        owning=owning,
        watching=watching or None,
    )
    key = ("platform", "place", "root")
    await ThreadRow.bulk_create(
        [row], on_conflict=key, update_fields=("ticket", "owning", "watching"), using_db=connection
    )
