"""Lanes: who drains one now, and which are paused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.audit import Audited
from bridge.domain.refs import Lane, MessageRef
from bridge.domain.views import LaneView
from bridge.store import claims
from bridge.store.claims import moment
from bridge.store.database import Database
from bridge.store.delivery_models import LaneRow
from bridge.store.now import Now
from bridge.store.strands import run
from bridge.store.writer import Tx, Writer

Fence = NewType("Fence", int)
"""Rises with every new holder of a lane: who comes with an old one is told nothing and sends nothing."""

WHOLE_PLATFORM = ""
"""The `place` of the row that pauses all lanes of a platform."""

# The database's clock judges leases: the replicas' own clocks may disagree.
_LEASE = """
    INSERT INTO lanes (platform, place, taken_by, lease_until, fence)
    VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 second', 1)
    ON CONFLICT (platform, place) DO UPDATE SET
        taken_by = EXCLUDED.taken_by, lease_until = EXCLUDED.lease_until,
        fence = CASE WHEN lanes.taken_by = EXCLUDED.taken_by AND lanes.lease_until > clock_timestamp()
                     THEN lanes.fence ELSE lanes.fence + 1 END
    WHERE lanes.taken_by IS NULL OR lanes.taken_by = EXCLUDED.taken_by OR lanes.lease_until <= clock_timestamp()
    RETURNING fence
"""
_RENEW = """
    UPDATE lanes SET lease_until = clock_timestamp() + $5 * interval '1 second'
    WHERE platform = $1 AND place = $2 AND taken_by = $3 AND fence = $4 AND lease_until > clock_timestamp()
    RETURNING fence
"""
_FENCE = "SELECT fence FROM lanes WHERE platform = $1 AND place = $2 FOR UPDATE"
_GIVE_BACK = """
    UPDATE lanes SET taken_by = NULL, lease_until = NULL WHERE platform = $1 AND place = $2 AND taken_by = $3
    RETURNING fence
"""
_RECLAIM = "UPDATE lanes SET taken_by = NULL, lease_until = NULL WHERE taken_by = $1 RETURNING fence"
_HOLDS = """
    SELECT fence FROM lanes
    WHERE platform = $1 AND place = $2 AND fence = $3 AND lease_until > clock_timestamp() FOR SHARE
"""
_SUMS = """
    SELECT platform, place, state, COUNT(*) AS number, MIN(created_at) AS oldest, MIN(first_at) AS tried FROM outbox
    WHERE live = 1 GROUP BY platform, place, state
    UNION ALL
    SELECT platform, place, state, COUNT(*) AS number, MIN(created_at) AS oldest, MIN(first_at) AS tried FROM outbox
    WHERE state = 'dead' GROUP BY platform, place, state
"""

_GIVEN_UP = """
    SELECT platform, place, COUNT(*) AS number, MAX(reason) AS reason FROM outbox
    WHERE state = 'dead' AND strand IN ('root', 'words') AND what <> 'OpenWatch' GROUP BY platform, place
"""


@dataclass(frozen=True, slots=True)
class Paused:
    """The pauses that hold now."""

    rows: Sequence[LaneRow]

    def of(self, lane: Lane) -> LaneRow | None:
        """The pause that holds this lane, its own or its platform's."""
        for row in self.rows:
            if row.platform == lane.platform and row.place in (WHOLE_PLATFORM, lane.place):
                return row
        return None

    def holds(self, lane: Lane) -> bool:
        return self.of(lane) is not None

    def ends(self) -> Iterable[datetime]:
        return [row.paused_until for row in self.rows if row.paused_until is not None]


class Lanes:
    def __init__(self, database: Database, writer: Writer, clock: Now) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._held: dict[Lane, tuple[str, Fence]] = {}
        """SQLite has one process: its leases need no row."""

    # ── leases ────────────────────────────────────────────────────────────

    async def lease(self, lane: Lane, holder: str, seconds: float) -> Fence | None:
        """Take a lane, or keep it longer; None when somebody else has it.

        What an earlier holder left as `sending` becomes `unknown`.
        """
        if self._database.dialect == "sqlite":
            return await self._lease_here(lane, holder)

        async def job(tx: Tx) -> Fence | None:
            key = [lane.platform, lane.place]
            before = await run(tx.connection, _FENCE, key)
            rows = await run(tx.connection, _LEASE, [*key, holder, seconds])
            if not rows:
                return None
            if not before or before[0]["fence"] != rows[0]["fence"]:
                await claims.orphan(tx.connection, lane)
            return Fence(rows[0]["fence"])

        return await self._writer.work(job)

    async def renew(self, lane: Lane, holder: str, fence: Fence, seconds: float) -> bool:
        """Keep it that much longer. False: the lease ran out, and whoever comes now has it."""
        if self._database.dialect == "sqlite":
            return True

        async def job(tx: Tx) -> bool:
            return bool(await run(tx.connection, _RENEW, [lane.platform, lane.place, holder, fence, seconds]))

        return await self._writer.work(job)

    async def _lease_here(self, lane: Lane, holder: str) -> Fence | None:
        held = self._held.get(lane)
        if held is not None and held[0] == holder:
            return held[1]
        if held is not None and held[0]:
            return None
        fence = Fence(held[1] + 1 if held else 1)
        self._held[lane] = (holder, fence)

        async def job(tx: Tx) -> None:
            await claims.orphan(tx.connection, lane)

        await self._writer.work(job)
        return fence

    async def give_back(self, lane: Lane, holder: str) -> None:
        """Let others have it. Nothing happens if somebody else has it already."""
        if self._database.dialect == "sqlite":
            held = self._held.get(lane)
            if held is not None and held[0] == holder:
                self._held[lane] = ("", held[1])
            return

        async def job(tx: Tx) -> None:
            await run(tx.connection, _GIVE_BACK, [lane.platform, lane.place, holder])

        await self._writer.work(job)

    async def reclaim(self, holder: str) -> None:
        """Free what a process of this name held that is dead: the next lease finds out what it left unfinished."""
        if self._database.dialect == "sqlite":
            return

        async def job(tx: Tx) -> None:
            await run(tx.connection, _RECLAIM, [holder])

        await self._writer.work(job)

    async def holds(self, connection: BaseDBAsyncClient, lane: Lane, fence: Fence | None) -> bool:
        """Is this still the fence of the lane's present lease? Locks the lease against a take-over."""
        if fence is None:
            return True
        if self._database.dialect == "sqlite":
            held = self._held.get(lane)
            return held is not None and bool(held[0]) and held[1] == fence
        return bool(await run(connection, _HOLDS, [lane.platform, lane.place, fence]))

    # ── pauses ────────────────────────────────────────────────────────────

    async def pause(
        self, where: Lane | str, reason: str, until: datetime | None = None, *, by: Audited | None = None
    ) -> None:
        """Send nothing to a lane, or to all lanes of a platform, until then or until `resume`.

        With `by` it is an operator's pause, which only an operator ends.
        """
        lane = _whole(where)

        async def job(tx: Tx) -> None:
            named = LaneRow.filter(platform=lane.platform, place=lane.place)
            if by is None and await named.filter(paused_by__isnull=False).using_db(tx.connection).exists():
                return
            row = LaneRow(
                platform=lane.platform, place=lane.place, paused_because=reason, paused_until=until, paused_at=tx.now,
                paused_by=by.actor if by else None,
            )  # fmt: skip
            key, update = ("platform", "place"), ("paused_because", "paused_until", "paused_at", "paused_by")
            await LaneRow.bulk_create([row], on_conflict=key, update_fields=update, using_db=tx.connection)
            if by is not None:
                tx.audit(by)

        await self._writer.work(job)

    async def resume(self, where: Lane | str, *, by: Audited | None = None) -> bool:
        """End a pause; whether there was one. Without `by`, an operator's stays."""
        lane = _whole(where)

        async def job(tx: Tx) -> bool:
            which = LaneRow.filter(platform=lane.platform, place=lane.place, paused_because__isnull=False)
            if by is None:
                which = which.filter(paused_by__isnull=True)
            ended = await which.using_db(tx.connection).update(
                paused_because=None, paused_until=None, paused_at=None, paused_by=None
            )
            tx.wake(lane)
            if ended and by is not None:
                tx.audit(by)
            return bool(ended)

        return await self._writer.work(job)

    async def paused(self, connection: BaseDBAsyncClient, now: datetime) -> Paused:
        rows = await LaneRow.filter(paused_because__isnull=False).using_db(connection)
        return Paused([row for row in rows if row.paused_until is None or row.paused_until > now])

    async def stopped_platforms(self) -> set[str]:
        """Those that Handrail itself paused as a whole, for no set time."""
        with self._database.reads() as connection:
            which = LaneRow.filter(
                place=WHOLE_PLATFORM, paused_because__isnull=False, paused_until__isnull=True, paused_by__isnull=True
            )
            return {row.platform for row in await which.using_db(connection)}

    # ── for operators ─────────────────────────────────────────────────────

    async def stopped(self) -> list[LaneView]:
        """Those paused now, without counting what waits in them."""
        with self._database.reads() as connection:
            rows = (await self.paused(connection, self._clock.now())).rows
        lanes = sorted(((Lane(row.platform, row.place), row) for row in rows), key=lambda found: str(found[0]))
        return [_view(lane, (), row) for lane, row in lanes]

    async def views(self) -> list[LaneView]:
        """Every lane with something in it, or paused; a platform's pause stands as a lane without a place."""
        with self._database.reads() as connection:
            sums = await run(connection, _SUMS)
            paused = await self.paused(connection, self._clock.now())
        found: dict[Lane, list[dict[str, Any]]] = {Lane(row.platform, row.place): [] for row in paused.rows}
        for row in sums:
            found.setdefault(Lane(row["platform"], row["place"]), []).append(row)
        return [_view(lane, rows, paused.of(lane)) for lane, rows in sorted(found.items(), key=lambda f: str(f[0]))]

    async def given_up(self) -> Mapping[Lane, tuple[int, str | None]]:
        """Threads and words that were given up and that nobody has dropped or tried again: how many, and one reason."""
        with self._database.reads() as connection:
            rows = await run(connection, _GIVEN_UP)
        return {Lane(row["platform"], row["place"]): (int(row["number"]), row["reason"]) for row in rows}

    async def digest(self, lane: Lane) -> MessageRef | None:
        """Our latest post of the lane's queue."""
        with self._database.reads() as connection:
            row = await LaneRow.filter(platform=lane.platform, place=lane.place).using_db(connection).first()
            return MessageRef(lane, None, row.digest_message) if row and row.digest_message else None


def _whole(where: Lane | str) -> Lane:
    return Lane(where, WHOLE_PLATFORM) if isinstance(where, str) else where


def _view(lane: Lane, rows: Sequence[dict[str, Any]], paused: LaneRow | None) -> LaneView:
    live = [row for row in rows if row["state"] != "dead"]
    tried = [at for row in live if row["state"] in ("ready", "unknown") and (at := moment(row["tried"])) is not None]
    return LaneView(
        lane=lane,
        waiting=sum(row["number"] for row in live),
        oldest_at=min((at for row in live if (at := moment(row["oldest"])) is not None), default=None),
        failing_since=min(tried, default=None),
        paused_because=paused.paused_because if paused else None,
        paused_at=paused.paused_at if paused else None,
        paused_until=paused.paused_until if paused else None,
        paused_by=paused.paused_by if paused else None,
        dead=sum(row["number"] for row in rows if row["state"] == "dead"),
        unknown=sum(row["number"] for row in live if row["state"] == "unknown"),
    )
