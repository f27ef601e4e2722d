"""How long people waited, read from the log: hours that are over are kept as they came to, the rest is read anew."""

import asyncio
from collections.abc import AsyncIterator, Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from tortoise.expressions import Q

from bridge.domain.measures import KINDS, Count, Fact, Line, Span, Spread, Tally, Terms, facts_of, gather, spread
from bridge.domain.measures.tally import HOUR, Tallies, hour_of
from bridge.domain.people import ActorKind
from bridge.domain.policy import Policy
from bridge.domain.refs import TicketId
from bridge.domain.ticket import TicketState
from bridge.store.bulk import insert
from bridge.store.database import Database
from bridge.store.keeping_models import MeasuredRow
from bridge.store.models import CounterRow, EntryRow, TicketRow
from bridge.store.now import Now
from bridge.store.policies import Policies
from bridge.store.writer import Tx, Writer

BACK = timedelta(days=28)
"""How far back a site is counted that never was."""
SETTLES = timedelta(minutes=15)
"""How long after its end an hour may still get lines from a commit that was late."""
FRESH = timedelta(seconds=10)
"""How old the figures of the running hour may be."""
AFTERWARDS = timedelta(hours=1)
"""How long after its end a ticket may get lines that are measured: receipts and refusals of its last words."""
KEPT = timedelta(days=400)
AT_ONCE = 100
"""Tickets read in one query: what is made of them keeps the loop for a few milliseconds."""
SEALED = "measured"
"""The counter that says up to which second since 1970 hours are kept."""
COLUMNS = ("seq", "kind", "at", "body", "message")
LIVE = [TicketState.OPEN.value, TicketState.ASSIGNED.value]

Hours = dict[tuple[datetime, str], Tally]


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
        self._policies = policies
        self._clock = clock
        self._kept: Hours = {}
        self._read: set[datetime] = set()
        """Hours that `_kept` knows."""
        self._running: _Running | None = None
        self._turn = asyncio.Lock()

    async def waits(self, since: datetime, until: datetime, routes: Collection[str] | None = None) -> Spread:
        """From opened to first claimed, for the claims of this time; `since` counts from its full hour on."""
        tallies = await self.tallies(since, until, routes)
        return spread(tallies.values(), Span.CLAIM, since=hour_of(since))

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
            found = gather([fact async for fact in self._facts_of(start, until)], start, until)
            await self._writer.work(partial(_keep, found, start, until))
            hours += round((until - start) / HOUR)
            start = until
        return hours

    async def ended_by(self, lines: Mapping[TicketId, Container[int]]) -> list[Fact]:
        """What these lines of tickets' logs ended or counted."""
        with self._database.reads() as connection:
            rows = TicketRow.filter(id__in=sorted(lines)).using_db(connection)
            policy_of = {TicketId(ticket): policy for ticket, policy in await rows.values_list("id", "policy")}
        return [fact async for fact in self._read_logs(policy_of, lines)]

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

    async def _hours(self, since: datetime, until: datetime) -> Hours:
        """Kept hours never change, so each is read once."""
        wanted = {since + HOUR * index for index in range(max(0, -(-(until - since) // HOUR)))}
        missing = wanted - self._read
        if missing:
            with self._database.reads() as connection:
                which = MeasuredRow.filter(hour__gte=min(missing), hour__lte=max(missing))
                rows = await which.using_db(connection).values_list("hour", "route", "body")
            for hour, route, body in rows:
                self._kept[hour.astimezone(UTC), route] = _to_tally(body)
            self._read |= missing
        too_old = self._clock.now() - BACK - timedelta(days=1)
        self._read = {hour for hour in self._read if hour >= too_old}
        found = {key: tally for key, tally in self._kept.items() if key[0] in wanted}
        self._kept = {key: tally for key, tally in self._kept.items() if key[0] >= too_old}
        return found

    # ── the log ────────────────────────────────────────────────────────────

    async def _facts(self, since: datetime) -> list[Fact]:
        now, known = self._clock.now(), self._running
        if known is not None and known.since <= since and now - known.at < FRESH:
            return known.facts
        facts = [fact async for fact in self._facts_of(since, now + HOUR)]
        self._running = _Running(since, now, facts)
        return facts

    async def _facts_of(self, since: datetime, until: datetime) -> AsyncIterator[Fact]:
        """What there is to measure of every ticket that was not closed all this time."""
        with self._database.reads() as connection:
            over = Q(state=TicketState.CLOSED.value, closed_at__gte=since - AFTERWARDS)
            found: list[tuple[str, str]] = []
            for which in (Q(state__in=LIVE), over):
                rows = TicketRow.filter(which, created_at__lt=until).using_db(connection)
                found += [(ticket, policy) for ticket, policy in await rows.values_list("id", "policy")]
        async for fact in self._read_logs({TicketId(ticket): policy for ticket, policy in found}):
            yield fact

    async def _read_logs(
        self, policy_of: Mapping[TicketId, str], only: Mapping[TicketId, Container[int]] | None = None
    ) -> AsyncIterator[Fact]:
        tickets = sorted(policy_of)
        for index in range(0, len(tickets), AT_ONCE):
            chunk = tickets[index : index + AT_ONCE]
            with self._database.reads() as connection:
                policies = await self._policies.fetch({policy_of[ticket] for ticket in chunk}, connection)
                lines = EntryRow.filter(ticket__in=chunk, kind__in=sorted(KINDS)).order_by("ticket", "seq")
                read = await lines.using_db(connection).values_list("ticket", *COLUMNS)
            for ticket, log in groupby(read, key=itemgetter(0)):
                terms = _terms(policies[policy_of[ticket]])
                for fact in facts_of(map(_to_line, log), terms, only=only[ticket] if only is not None else None):
                    yield fact


def _to_line(row: tuple[Any, ...]) -> Line:
    _, seq, kind, at, body, message = row
    return Line(kind=kind, at=at, by=ActorKind(body["actor"]["kind"]), facts=body["facts"], message=message, seq=seq)


def _terms(policy: Policy) -> Terms:
    ladder = policy.waiting or policy.answering
    return Terms(calendar=ladder.clock if ladder else None, reopen_within=policy.reopen_within)


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
        "lengths": {what.value: lengths for what, lengths in tally.lengths.items()},
        "undone": {what.value: undone for what, undone in tally.undone.items()},
        "counts": {what.value: number for what, number in tally.counts.items()},
    }


def _to_tally(body: Any) -> Tally:
    tally = Tally()
    for what, lengths in body["lengths"].items():
        tally.lengths[Span(what)] = _pairs(lengths)
    for what, undone in body["undone"].items():
        tally.undone[Span(what)] = [(ended, (wall, worked)) for ended, (wall, worked) in undone]
    tally.counts.update({Count(what): number for what, number in body["counts"].items()})
    return tally


def _pairs(lengths: Iterable[Any]) -> list[tuple[int, int]]:
    return [(wall, worked) for wall, worked in lengths]
