"""What is wrong with the site, since when, and where it was told. Rows, so that replicas tell each thing once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from tortoise.expressions import Q

from bridge.domain.alarms import Alarm
from bridge.domain.deliveries import Delivery, DeliveryState, Strand, TellAlarm, Urgency
from bridge.domain.refs import Lane
from bridge.domain.views import DeliveryView
from bridge.domain.words import Scalar
from bridge.store.database import Database
from bridge.store.delivery_models import DeliveryRow
from bridge.store.delivery_rows import to_view
from bridge.store.keeping_models import AlarmRow
from bridge.store.writer import Tx, Writer

KEY_AT_MOST = 200
UNSENT = (DeliveryState.WAITING.value, DeliveryState.READY.value)
ON_ITS_WAY = (DeliveryState.SENDING.value, DeliveryState.UNKNOWN.value)


class Alarms:
    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    async def begin(self, key: str, what: str, facts: Mapping[str, Scalar], at: datetime) -> None:
        """Something is wrong. Saying it again only brings the facts up to date; cheap while nothing changes."""
        key = _short(key)
        found = await self._get(key)
        if found is not None and found.stands and (found.what, found.facts) == (what, dict(facts)):
            return

        async def job(tx: Tx) -> None:
            row = await AlarmRow.filter(key=key).using_db(tx.connection).select_for_update().first()
            if row is None:
                row = AlarmRow(key=key, what=what, since=at, body=_body(facts))
                await AlarmRow.bulk_create([row], ignore_conflicts=True, using_db=tx.connection)
                return
            if row.ended_at is not None:
                row.since, row.ended_at, row.over_at = at, None, None
            row.what, row.body = what, {**row.body, **_body(facts)}
            await row.save(using_db=tx.connection)

        await self._writer.work(job)

    async def end(self, key: str, at: datetime) -> None:
        """It is over. Nothing happens when it did not stand; cheap then."""
        key = _short(key)
        found = await self._get(key)
        if found is None or not found.stands:
            return

        async def job(tx: Tx) -> None:
            which = AlarmRow.filter(key=key, ended_at__isnull=True)
            await which.using_db(tx.connection).update(ended_at=at)

        await self._writer.work(job)

    async def open_ones(self) -> list[Alarm]:
        """What is wrong now, the oldest first."""
        with self._database.reads() as connection:
            rows = await AlarmRow.filter(ended_at__isnull=True).order_by("since", "key").using_db(connection)
            return [_to_alarm(row) for row in rows]

    # ── telling ───────────────────────────────────────────────────────────

    async def untold(self) -> list[Alarm]:
        """Those of which something may have to be told: they stand, or their end was not told yet."""
        with self._database.reads() as connection:
            which = Q(ended_at__isnull=True) | Q(told_at__isnull=False, over_at__isnull=True)
            rows = await AlarmRow.filter(which).order_by("since", "key").using_db(connection)
            return [_to_alarm(row) for row in rows]

    async def tell(self, alarm: Alarm, lanes: Sequence[Lane], now: datetime) -> bool:
        """Have it told in these lanes. False: somebody else told it, or it changed."""

        async def job(tx: Tx) -> bool:
            row = await AlarmRow.filter(key=alarm.key).using_db(tx.connection).select_for_update().first()
            if row is None or not _to_alarm(row).wants_telling(now):
                return False
            for lane in lanes:
                tx.order(_line(_to_alarm(row), lane))
            row.told_at = now
            row.body = {**row.body, "roads": [[lane.platform, lane.place] for lane in lanes]}
            await row.save(using_db=tx.connection)
            return True

        return await self._writer.work(job)

    async def tell_end(self, alarm: Alarm, now: datetime) -> bool:
        """Have its end told where it was told. A telling that has not left yet is withdrawn instead.

        False: not now, because a telling is just on its way, or somebody else did.
        """

        async def job(tx: Tx) -> bool:
            row = await AlarmRow.filter(key=alarm.key).using_db(tx.connection).select_for_update().first()
            if row is None or not _to_alarm(row).wants_its_end_told():
                return False
            mine = DeliveryRow.filter(live=1, ticket__isnull=True, coalesce=_coalesce(alarm)).using_db(tx.connection)
            waiting = await mine.all()
            if any(one.state in ON_ITS_WAY for one in waiting):
                return False
            silent = {Lane(one.platform, one.place) for one in waiting}
            await mine.filter(state__in=UNSENT).update(
                state=DeliveryState.WITHDRAWN.value, live=0, coalesce_key=None, finished_at=now, reason="over"
            )
            for lane in _to_alarm(row).roads:
                if lane not in silent:
                    tx.order(_line(_to_alarm(row), lane))
            row.over_at = now
            await row.save(using_db=tx.connection)
            return True

        return await self._writer.work(job)

    async def drop(self, key: str, now: datetime) -> None:
        """Over, and nobody needs to hear that; what was not told yet is not told any more."""

        async def job(tx: Tx) -> None:
            which = AlarmRow.filter(key=_short(key)).using_db(tx.connection)
            await which.update(ended_at=now, over_at=now)
            unsent = DeliveryRow.filter(coalesce=f"alarm {_short(key)}", ticket__isnull=True, state__in=UNSENT)
            await unsent.using_db(tx.connection).update(
                state=DeliveryState.WITHDRAWN.value, live=0, coalesce_key=None, finished_at=now, reason="over"
            )

        await self._writer.work(job)

    async def roads_of(self, key: str) -> Mapping[Lane, DeliveryView]:
        """How its latest telling fares on each road."""
        with self._database.reads() as connection:
            which = DeliveryRow.filter(coalesce=f"alarm {_short(key)}", ticket__isnull=True).order_by("ord")
            rows = await which.using_db(connection)
        return {view.lane: view for view in map(to_view, rows)}

    async def forget(self, before: datetime) -> int:
        """Drop those that ended before."""

        async def job(tx: Tx) -> int:
            return int(await AlarmRow.filter(ended_at__lt=before).using_db(tx.connection).delete())

        return await self._writer.work(job)

    async def _get(self, key: str) -> Alarm | None:
        with self._database.reads() as connection:
            row = await AlarmRow.filter(key=key).using_db(connection).first()
            return _to_alarm(row) if row else None


def _line(alarm: Alarm, lane: Lane) -> Delivery:
    return Delivery(
        lane=lane, content=TellAlarm(alarm), strand=Strand.WORDS, urgency=Urgency.ANSWER, coalesce=_coalesce(alarm)
    )


def _coalesce(alarm: Alarm) -> str:
    return f"alarm {alarm.key}"


def _short(key: str) -> str:
    """Keys may name channels and events; a long one keeps its beginning."""
    if len(key) <= KEY_AT_MOST:
        return key
    return f"{key[: KEY_AT_MOST - 33]}#{sha256(key.encode()).hexdigest()[:32]}"


def _body(facts: Mapping[str, Scalar]) -> dict[str, object]:
    return {"facts": dict(facts)}


def _to_alarm(row: AlarmRow) -> Alarm:
    roads = tuple(Lane(platform, place) for platform, place in row.body.get("roads", ()))
    alarm = Alarm(
        key=row.key, what=row.what, since=row.since, facts=dict(row.body.get("facts", {})),
        told_at=row.told_at, ended_at=row.ended_at, over_at=row.over_at,
    )  # fmt: skip
    return replace(alarm, roads=roads)
