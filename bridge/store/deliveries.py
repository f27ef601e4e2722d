"""Deliveries as operators see and settle them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from bridge.domain.audit import Audited
from bridge.domain.deliveries import DeliveryState, OpenThread, Posted, Strand, Taken, TellBot
from bridge.domain.errors import NotAllowed
from bridge.domain.refs import DeliveryId, Lane, TicketId
from bridge.domain.settling import Settlement, Standing
from bridge.domain.views import DeliveryView
from bridge.store import claims
from bridge.store.asks import Situation
from bridge.store.cursors import cursor_of, read_cursor
from bridge.store.database import Database
from bridge.store.delivery_models import DeliveryRow, PostRow, ThreadRow
from bridge.store.delivery_rows import to_delivery, to_view
from bridge.store.models import TicketRow
from bridge.store.outcomes import message_of, note
from bridge.store.strands import promote
from bridge.store.writer import Tx, Writer

PAGE = 500

Judge = Callable[[Standing, Situation], Settlement]
"""Pure. What it raises undoes all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deliveries a list shows."""

    states: Sequence[DeliveryState]
    lane: Lane | None = None
    """One without a place stands for its whole platform."""
    before: datetime | None = None
    """Made before then."""


class Deliveries:
    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    async def get(self, name: DeliveryId) -> tuple[Standing, DeliveryView] | None:
        with self._database.reads() as connection:
            row = await DeliveryRow.filter(id=name).using_db(connection).first()
            if row is None:
                return None
            (view,) = await _views([row], connection)
            return _standing(row), view

    async def page(
        self, wanted: Wanted, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[Sequence[DeliveryView], str | None]:
        """Oldest first, and the cursor of the next page."""
        which, limit = Q(state__in=[state.value for state in wanted.states]), min(limit, PAGE)
        if wanted.lane is not None:
            which &= Q(platform=wanted.lane.platform)
            if wanted.lane.place:
                which &= Q(place=wanted.lane.place)
        if wanted.before is not None:
            which &= Q(created_at__lt=wanted.before)
        if (after := read_cursor(cursor, int)) is not None:
            which &= Q(ord__gt=after[0])
        with self._database.reads() as connection:
            rows = await DeliveryRow.filter(which).order_by("ord").limit(limit + 1).using_db(connection)
            views = await _views(rows[:limit], connection)
        return views, cursor_of(rows[limit - 1].ord) if len(rows) > limit else None

    async def settle(
        self, name: DeliveryId, judge: Judge, *, audited: Audited, posted: Posted | None = None
    ) -> Standing:
        """Do what an operator decided, with all that follows, in one transaction; how it stood before.

        Raises: what `judge` raises; NotAllowed when there is no such delivery or the post belongs to something else.
        """

        async def job(tx: Tx) -> Standing:
            row = await DeliveryRow.filter(id=name).using_db(tx.connection).first()
            if row is None:
                raise NotAllowed("no_such_delivery", id=name[:64])
            ticket = TicketId(row.ticket) if row.ticket else None
            if ticket is not None:
                await tx.ticket(ticket)  # locked before the row, as whoever sends does
            row = await DeliveryRow.filter(id=name).using_db(tx.connection).select_for_update().get()
            standing, taken = _standing(row), _taken(row)
            settlement = judge(standing, await tx.around(ticket, await message_of(tx, taken)))
            if posted is not None:
                await _must_be_free(tx, taken, posted)
            await _rewrite(tx, row, settlement.state)
            if settlement.state is DeliveryState.DONE:
                await note(tx, taken, posted or Posted())
            elif settlement.state is DeliveryState.WITHDRAWN and taken.delivery.strand is Strand.ROOT:
                await claims.drop_behind(tx.connection, taken, tx.now)
            if settlement.change is not None:
                await tx.apply(settlement.change)
            await _go_on(tx, taken)
            tx.audit(audited)
            return standing

        return await self._writer.work(job)


async def _rewrite(tx: Tx, row: DeliveryRow, state: DeliveryState) -> None:
    which = DeliveryRow.filter(id=row.id).using_db(tx.connection)
    if state is not DeliveryState.READY:
        await which.update(state=state.value, live=0, unknown=0, coalesce_key=None, finished_at=tx.now,
                           reason="settled by an operator")  # fmt: skip
        return
    # Words go back to their place in the strand, and wait for what is before them.
    waits = row.ticket is not None and row.strand != Strand.ROOT.value
    begun = DeliveryState.WAITING if waits else DeliveryState.READY
    # A bot may have what was in doubt, also once it is told again.
    unknown = row.unknown if row.what == TellBot.__name__ else 0
    await which.update(state=begun.value, live=1, unknown=unknown, not_before=None, finished_at=None)


async def _go_on(tx: Tx, taken: Taken) -> None:
    if taken.delivery.ticket is not None:
        tx.wake(*await promote(tx.connection, [taken.delivery.ticket]))
        tx.touch(taken.delivery.ticket)
    tx.wake(taken.delivery.lane)


async def _must_be_free(tx: Tx, taken: Taken, posted: Posted) -> None:
    """One post is one thing: a link to a colleague's ticket must not move it here."""
    lane, ticket = taken.delivery.lane, taken.delivery.ticket
    if posted.thread is not None and isinstance(taken.delivery.content, OpenThread):
        which = ThreadRow.filter(platform=lane.platform, place=lane.place, root=posted.thread)
        thread = await which.using_db(tx.connection).first()
        if thread is not None and thread.ticket != ticket:
            number = await TicketRow.filter(id=thread.ticket).using_db(tx.connection).first()
            raise NotAllowed("link_taken", number=number.number if number else None)
    if posted.message is not None:
        named = PostRow.filter(platform=lane.platform, place=lane.place, post=posted.message.message)
        roots = ThreadRow.filter(platform=lane.platform, place=lane.place, root=posted.message.message)
        if await named.using_db(tx.connection).exists() or await roots.using_db(tx.connection).exists():
            raise NotAllowed("link_taken")


def _standing(row: DeliveryRow) -> Standing:
    return Standing(
        delivery=to_delivery(row), state=DeliveryState(row.state), waits_for_time=row.not_before is not None
    )


def _taken(row: DeliveryRow) -> Taken:
    return Taken(
        id=DeliveryId(row.id),
        delivery=to_delivery(row),
        attempt=row.attempts,
        first_at=row.first_at,
        unknown=bool(row.unknown),
        attempted_at=row.attempted_at,
        created_at=row.created_at,
    )


async def _views(rows: Sequence[DeliveryRow], connection: BaseDBAsyncClient) -> list[DeliveryView]:
    tickets = sorted({row.ticket for row in rows if row.ticket})
    found = TicketRow.filter(id__in=tickets).using_db(connection).values_list("id", "number")
    numbers = {str(name): int(number) for name, number in await found} if tickets else {}
    return [to_view(row, numbers.get(row.ticket or "")) for row in rows]
