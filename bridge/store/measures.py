"""How long people waited, read from the log: hours that are over are kept as they came to, the rest is read anew."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bridge.domain.measures import Count, Fact, Span, Spread, Tally, gather, spread
from bridge.domain.measures.tally import HOUR, Gathered, Length, Tallies, hour_of
from bridge.store.bulk import insert
from bridge.store.database import Database
from bridge.store.keeping_models import MeasuredRow
from bridge.store.log_lines import LogLines, Only
from bridge.store.models import CounterRow, TicketRow
from bridge.store.now import Now
from bridge.store.policies import Policies
from bridge.store.writer import Tx, Writer

BACK = timedelta(days=28)
"""How far back a site is counted that never was."""
SETTLES = timedelta(minutes=15)
"""How long after its end an hour may still get lines from a commit that was late."""
FRESH = timedelta(seconds=10)
"""How old the figures of the running hour may be."""
KEPT = timedelta(days=400)
SEALED = "measured"
"""The counter that says up to which second since 1970 hours are kept."""


@dataclass(frozen=True, slots=True)
class _Running:
    """What the hours that are not kept came to, when it was looked."""

    since: datetime
    at: datetime
    facts: list[Fact]


class Measures:
    def __init__(self, database: Database, writer: Writer, policies: Policies, clock: Now) -> None:
        self._database = database
        self._writer = writer
        self._log = LogLines(database, policies)
        self._clock = clock
        self._kept: Gathered = {}
        self._read: set[datetime] = set()
        """Hours that `_kept` knows."""
        self._running: _Running | None = None
        self._turn = asyncio.Lock()

    async def waits(self, since: datetime, until: datetime, routes: Collection[str] | None = None) -> Spread:
        """From opened to first claimed, for the claims of this time; `since` counts from its full hour on."""
        tallies = await self.tallies(since, until, routes)
        # A large site's weeks are sorted beside the loop, not in it.
        return await asyncio.to_thread(spread, list(tallies.values()), Span.CLAIM, since=hour_of(since))

    async def tallies(self, since: datetime, until: datetime, routes: Collection[str] | None = None) -> Tallies:
        """What the routes came to, by hour; `since` counts from its full hour on, None means every route."""
        since = hour_of(since.astimezone(UTC))
        async with self._turn:  # whoever asks at the same time finds what the first one read
            sealed = await self._sealed()
            found = await self._hours(since, min(sealed, until)) if sealed is not None else {}
            start = max(since, sealed) if sealed is not None else since
            if start < until:
                found |= gather(await self._facts(start), start, until)
        return {key: tally for key, tally in found.items() if routes is None or key[1] in routes}

    async def seal(self) -> int:
        """Keep what the hours came to that are over; how many hours those were. For a sweep; safe to repeat."""
        last = hour_of(self._clock.now() - SETTLES)
        start = await self._sealed() or await self._first(last)
        hours = 0
        while start < last:
            # A day at a time: a site that was never counted has some weeks to read.
            until = min(last, start + timedelta(days=1))
            found: Gathered = {}
            async for facts in self._log.facts(start, until):
                gather(facts, start, until, found)
            await self._writer.work(partial(_keep, found, start, until))
            hours += round((until - start) / HOUR)
            start = until
        return hours

    async def ended_by(self, lines: Only) -> list[Fact]:
        """What these lines of tickets' logs ended or counted."""
        return await self._log.ended_by(lines)

    # ── hours that are over ────────────────────────────────────────────────

    async def _sealed(self) -> datetime | None:
        with self._database.reads() as connection:
            row = await CounterRow.filter(name=SEALED).using_db(connection).first()
        return datetime.fromtimestamp(row.value, UTC) if row else None

    async def _first(self, last: datetime) -> datetime:
        """Where a site begins that was never counted."""
        with self._database.reads() as connection:
            row = await TicketRow.all().order_by("created_at").using_db(connection).only("created_at").first()
        return max(hour_of(row.created_at), last - BACK) if row else last

    async def _hours(self, since: datetime, until: datetime) -> Gathered:
        """Kept hours never change, so each is read once."""
        wanted = {since + HOUR * index for index in range(max(0, -(-(until - since) // HOUR)))}
        missing = wanted - self._read
        for day in sorted({hour.date() for hour in missing}):
            await self._fetch([hour for hour in missing if hour.date() == day])
        self._read |= missing
        too_old = self._clock.now() - BACK - timedelta(days=1)
        self._read = {hour for hour in self._read if hour >= too_old}
        found = {key: tally for key, tally in self._kept.items() if key[0] in wanted}
        self._kept = {key: tally for key, tally in self._kept.items() if key[0] >= too_old}
        return found

    async def _fetch(self, hours: list[datetime]) -> None:
        """A day at a time, so that nobody waits for weeks to be decoded."""
        with self._database.reads() as connection:
            which = MeasuredRow.filter(hour__gte=min(hours), hour__lte=max(hours))
            rows = await which.using_db(connection).values_list("hour", "route", "body")
        for hour, route, body in rows:
            self._kept[hour.astimezone(UTC), route] = _to_tally(body)

    # ── the log ────────────────────────────────────────────────────────────

    async def _facts(self, since: datetime) -> list[Fact]:
        now, known = self._clock.now(), self._running
        if known is not None and known.since <= since and now - known.at < FRESH:
            return known.facts
        facts = [fact async for some in self._log.facts(since, now + HOUR) for fact in some]
        self._running = _Running(since, now, facts)
        return facts


async def _keep(found: Tallies, since: datetime, until: datetime, tx: Tx) -> None:
    """Another replica may have kept the same hours; what the log says of them is the same."""
    row = await CounterRow.filter(name=SEALED).using_db(tx.connection).select_for_update().first()
    if row is not None and row.value >= until.timestamp():
        return
    await MeasuredRow.filter(hour__gte=since, hour__lt=until).using_db(tx.connection).delete()
    await MeasuredRow.filter(hour__lt=until - KEPT).using_db(tx.connection).delete()
    rows = [{"hour": hour, "route": route, "body": _from_tally(tally)} for (hour, route), tally in found.items()]
    await insert(tx.connection, MeasuredRow, rows)
    counter = CounterRow(name=SEALED, value=int(until.timestamp()))
    await CounterRow.bulk_create([counter], on_conflict=("name",), update_fields=("value",), using_db=tx.connection)


def _from_tally(tally: Tally) -> Mapping[str, Any]:
    return {
        "lengths": {what.value: _flat(lengths) for what, lengths in tally.lengths.items()},
        "undone": {what.value: undone for what, undone in tally.undone.items()},
        "counts": {what.value: number for what, number in tally.counts.items()},
    }


def _to_tally(body: Any) -> Tally:
    tally = Tally()
    for what, flat in body["lengths"].items():
        tally.lengths[Span(what)] = list(zip(flat["wall"], flat.get("worked") or flat["wall"], strict=True))
    for what, undone in body["undone"].items():
        tally.undone[Span(what)] = [(ended, (wall, worked)) for ended, (wall, worked) in undone]
    tally.counts.update({Count(what): number for what, number in body["counts"].items()})
    return tally


def _flat(lengths: Sequence[Length]) -> Mapping[str, list[int]]:
    """Two columns, one where the clocks agree: a large site's weeks are decoded in a blink, not in seconds."""
    wall, worked = [length[0] for length in lengths], [length[1] for length in lengths]
    return {"wall": wall} if wall == worked else {"wall": wall, "worked": worked}
