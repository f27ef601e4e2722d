"""The outbox: what waits to be said, who has taken what, and what followed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bridge.domain.deliveries import DeliveryState, Ending, Posted, PostHistory, PostWords, Strand, Taken
from bridge.domain.fanout.moving import MOVES
from bridge.domain.fanout.replies import on_its_way
from bridge.domain.refs import DeliveryId, Lane, TicketId
from bridge.domain.views import DeliveryView
from bridge.store import claims
from bridge.store.claims import moment
from bridge.store.database import Database
from bridge.store.delivery_models import DeliveryRow
from bridge.store.delivery_rows import content_body, to_view
from bridge.store.lanes import Fence, Lanes
from bridge.store.leaving import unsent, vacate
from bridge.store.now import Now
from bridge.store.outcomes import After, follow, message_of, note
from bridge.store.strands import promote, promote_all, run
from bridge.store.writer import Tx, Writer

SHOWN = 500

_READY_LANES = """
    SELECT platform, place, MIN(urgency) AS urgency, MIN(ord) AS ord FROM (
        SELECT platform, place, urgency, ord FROM outbox
        WHERE state = 'ready' AND (not_before IS NULL OR not_before <= $1)
        UNION ALL
        SELECT platform, place, urgency, ord FROM outbox
        WHERE state = 'unknown' AND (not_before IS NULL OR not_before <= $1)
    ) AS due GROUP BY platform, place ORDER BY 3, 4
"""
_LATER = """
    SELECT platform, place, MIN(not_before) AS due FROM (
        SELECT platform, place, not_before FROM outbox WHERE state = 'ready' AND not_before > $1
        UNION ALL
        SELECT platform, place, not_before FROM outbox WHERE state = 'unknown' AND not_before > $1
    ) AS later GROUP BY platform, place
"""
_FAILING = """
    SELECT MIN(first_at) AS since FROM outbox
    WHERE state IN ('ready', 'unknown', 'sending') AND attempts > 0 AND platform = $1 AND place = $2
"""
_KICK = """
    UPDATE outbox SET not_before = $3
    WHERE state IN ('ready', 'unknown') AND attempts > 0 AND not_before > $3 AND platform = $1 AND place = $2
    RETURNING ord
"""


class Outbox:
    def __init__(self, database: Database, writer: Writer, lanes: Lanes, clock: Now) -> None:
        self._database = database
        self._writer = writer
        self._lanes = lanes
        self._clock = clock

    # ── what there is to do ───────────────────────────────────────────────

    async def ready_lanes(self, now: datetime) -> list[Lane]:
        """Lanes with something to send now, the most urgent first; paused ones are left out."""
        with self._database.reads() as connection:
            rows = await run(connection, _READY_LANES, [now])
            paused = await self._lanes.paused(connection, now)
        lanes = [Lane(row["platform"], row["place"]) for row in rows]
        return [lane for lane in lanes if not paused.holds(lane)]

    async def next_due(self) -> datetime | None:
        """When something will come due that is not due yet: a retry, or the end of a pause."""
        now = self._clock.now()
        with self._database.reads() as connection:
            rows = await run(connection, _LATER, [now])
            paused = await self._lanes.paused(connection, now)
        due = [moment(row["due"]) for row in rows if not paused.holds(Lane(row["platform"], row["place"]))]
        return min((at for at in [*due, *paused.ends()] if at is not None), default=None)

    async def failing_since(self, lane: Lane) -> datetime | None:
        """When the oldest of what it does not take now was tried first; None while nothing failed."""
        with self._database.reads() as connection:
            rows = await run(connection, _FAILING, [lane.platform, lane.place])
        return moment(rows[0]["since"]) if rows else None

    # ── one attempt ───────────────────────────────────────────────────────

    async def take(self, lane: Lane, now: datetime, limit: int, fence: Fence | None = None) -> list[Taken]:
        """Claim heads of a lane, committed as `sending` when this returns. Nothing under a lapsed fence."""

        async def job(tx: Tx) -> list[Taken]:
            if not await self._lanes.holds(tx.connection, lane, fence):
                return []
            rows = await claims.heads(tx.connection, lane, now, limit)
            stale = [row for row in rows if (until := moment(row["expires_at"])) is not None and until <= now]
            tickets = sorted({TicketId(row["ticket"]) for row in stale if row["ticket"]})
            for ticket in tickets:
                await tx.ticket(ticket)  # locks it, as whoever inserts does: else a row could wait for ever
            await claims.expire(tx.connection, stale, now)
            tx.wake(*await promote(tx.connection, tickets))
            return await claims.mark(tx.connection, [row for row in rows if row not in stale], now)

        return await self._writer.work(job)

    async def finish(
        self,
        taken: Taken,
        ending: Ending,
        *,
        now: datetime,
        posted: Posted | None = None,
        reason: str | None = None,
        not_before: datetime | None = None,
        after: After | None = None,
        place_lost: bool = False,
        in_doubt: bool = False,
    ) -> bool:
        """Record how an attempt ended, free what waited for it and commit what follows, all at once.

        `in_doubt`: it is repeated, and may have happened all the same.
        `place_lost`: what was still unsent there is told to `after`, since the ticket may go elsewhere with it.
        False: the lane's lease had run out and another drain has the delivery; nothing was recorded.
        """
        delivery = taken.delivery

        async def job(tx: Tx) -> bool:
            about = await message_of(tx, taken) if after is not None else None
            how = ending
            if how is Ending.HELD and not on_its_way((await tx.around(delivery.ticket, about)).message(about)):
                how = Ending.NEVER  # decided meanwhile: given up, or the bot says that it has it
            recorded = await claims.end(
                tx.connection, taken, how, now=now, not_before=not_before, reason=reason, in_doubt=in_doubt
            )
            if not recorded:
                return False
            leaves = place_lost or (how is Ending.DEAD and delivery.strand is Strand.ROOT)
            left = await unsent(tx, taken) if leaves else ()
            if how is Ending.DONE:
                await note(tx, taken, posted or Posted())
            if how is Ending.DEAD and delivery.strand is Strand.ROOT:
                await claims.drop_behind(tx.connection, taken, now)
            over = how in (Ending.DONE, Ending.DEAD, Ending.NEVER) or delivery.coalesce is not None
            if over and delivery.ticket is not None:
                tx.wake(*await promote(tx.connection, [delivery.ticket]))
            if how is Ending.RETRY and not_before is None:
                tx.wake(delivery.lane)
            if after is not None and how is ending:
                around = replace(await tx.around(delivery.ticket, about), unsent=left)
                change = follow(after, around, taken)
                if change is not None and leaves and change.code in MOVES:
                    await vacate(tx, taken, now, settled=f"moved on: {reason}" if place_lost else None)
                if change is not None:
                    await tx.apply(change)
            tx.touch(delivery.ticket)
            return True

        return await self._writer.work(job, [delivery.ticket] if delivery.ticket else [])

    async def give_back(self, taken: Sequence[Taken], not_before: datetime | None) -> None:
        """Not attempted after all: no attempt is counted."""

        async def job(tx: Tx) -> None:
            for one in taken:
                await claims.give_back(tx.connection, one, not_before, tx.now)
                if not_before is None:
                    tx.wake(one.delivery.lane)

        if taken:
            await self._writer.work(job, [one.delivery.ticket for one in taken if one.delivery.ticket])

    async def split(self, taken: Taken, parts: int) -> Taken:
        """Replace a taken delivery by `parts` of its own, in its place in the strand; the first one stays taken.

        Their keys are `k/1` to `k/n`, so that each is posted and looked up alone.
        """
        content = taken.delivery.content
        if not isinstance(content, PostWords | PostHistory) or taken.delivery.strand is not Strand.WORDS:
            raise ValueError(f"{type(content).__name__} is not sent in parts")
        pieces = [
            replace(taken.delivery, id=DeliveryId(f"{taken.id}/{k + 1}"), content=replace(content, part=k, parts=parts))
            for k in range(parts)
        ]

        async def job(tx: Tx) -> None:
            row = await DeliveryRow.filter(id=taken.id).using_db(tx.connection).get()
            first = DeliveryRow.filter(id=taken.id).using_db(tx.connection)
            await first.update(id=pieces[0].id, content=content_body(pieces[0].content))
            rest = [
                _part(row, piece.id, index + 1, content_body(piece.content)) for index, piece in enumerate(pieces[1:])
            ]
            await DeliveryRow.bulk_create(rest, using_db=tx.connection)

        await self._writer.work(job, [taken.delivery.ticket] if taken.delivery.ticket else [])
        return replace(taken, id=pieces[0].id, delivery=pieces[0])

    # ── for sweeps and operators ──────────────────────────────────────────

    async def kick(self, lane: Lane, now: datetime) -> int:
        """Try again now what waits for its next attempt."""

        async def job(tx: Tx) -> int:
            kicked = await run(tx.connection, _KICK, [lane.platform, lane.place, now])
            tx.wake(lane)
            return len(kicked)

        return await self._writer.work(job)

    async def promote_stuck(self) -> int:
        """Free rows that wait for nothing; how many there were. Always 0, else the order has a fault."""

        async def job(tx: Tx) -> int:
            lanes = await promote_all(tx.connection)
            tx.wake(*lanes)
            return len(lanes)

        return await self._writer.work(job)

    async def views(self, states: Sequence[DeliveryState]) -> list[DeliveryView]:
        """Deliveries in these states, oldest first, for operators."""
        with self._database.reads() as connection:
            which = DeliveryRow.filter(state__in=[state.value for state in states]).order_by("ord").limit(SHOWN)
            return [to_view(row) for row in await which.using_db(connection)]


def _part(whole: DeliveryRow, name: DeliveryId, part: int, content: Any) -> DeliveryRow:
    """A later part: it stands where the whole stood."""
    return DeliveryRow(
        id=name,
        ticket=whole.ticket,
        platform=whole.platform,
        place=whole.place,
        strand=whole.strand,
        urgency=whole.urgency,
        state=DeliveryState.WAITING.value,
        live=1,
        age=whole.age or whole.ord,
        part=part,
        what=whole.what,
        message=whole.message,
        content=content,
        created_at=whole.created_at,
    )
