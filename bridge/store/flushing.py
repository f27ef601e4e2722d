"""The writes after the decisions: everything in bulk, the feeds' cursors last."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.deliveries import DeliveryState
from bridge.domain.refs import MessageId, TicketId
from bridge.domain.views import FeedRow
from bridge.store.audit_rows import audit_row
from bridge.store.bulk import Bulk
from bridge.store.callbacks import move_on, passed_over, settle
from bridge.store.delivery_models import DeliveryRow
from bridge.store.delivery_rows import Ordered, coalesce_key, delivery_row
from bridge.store.file_rows import attach
from bridge.store.keeping_models import AuditRow
from bridge.store.leaving import leave_to_history, without_history
from bridge.store.loading import TICKETS
from bridge.store.models import (
    BotRow,
    CounterRow,
    EntryRow,
    EventKeyRow,
    FeedEntryRow,
    MessageRow,
    TicketRow,
    TimerRow,
    UserRow,
)
from bridge.store.policies import Policies
from bridge.store.rows import (
    attachments_body,
    brief_row,
    entry_row,
    feed_row,
    key_row,
    message_row,
    ticket_row,
    user_row,
)
from bridge.store.sheet import Sheet, said
from bridge.store.strands import Lines


@dataclass(slots=True)
class Flush:
    """Writes a sheet through one connection, inside its transaction. Most of it waits in `bulk` until that is sent."""

    sheet: Sheet
    connection: BaseDBAsyncClient
    policies: Policies
    bulk: Bulk = field(init=False)

    def __post_init__(self) -> None:
        self.bulk = Bulk(self.connection)

    async def run(self) -> set[str]:
        """Write all, but for what waits; the digests of policies that are stored once this is committed."""
        digests = await self._tickets()
        await self._people_and_words()
        await self._timers()
        sheet = self.sheet
        sheet.lanes.update(await settle(self.connection, sheet.callbacks, sheet.now))
        await leave_to_history(self.connection, sheet.entries, sheet.now)
        sheet.orders = without_history(sheet.orders, sheet.entries)
        await self._deliveries()
        self._answers()
        self.bulk.insert(AuditRow, [audit_row(audited) for audited in self.sheet.audited])
        await self._feed()
        return digests

    async def _tickets(self) -> set[str]:
        sheet = self.sheet
        tickets = [sheet.tickets[name] for name in sheet.changed_tickets]
        if not tickets:
            return set()
        digests = await self.policies.keep((ticket.policy for ticket in tickets), self.connection)
        rows = [ticket_row(ticket, self.policies.digest(ticket.policy)) for ticket in tickets]
        # Closed ones first: they free their conversation for one that was opened in the same batch.
        rows.sort(key=lambda row: row["open_key"] is not None)
        self.bulk.upsert(TicketRow, rows, ("id",), "number", "created_at")
        if sheet.last_number is not None and sheet.new_tickets:
            counter = {"name": TICKETS, "value": sheet.last_number}
            self.bulk.upsert(CounterRow, [counter], ("name",))
        return digests

    async def _people_and_words(self) -> None:
        sheet = self.sheet
        users = [user_row(sheet.users[name]) for name in sheet.changed_users]
        self.bulk.upsert(UserRow, users, ("id",), "bot", "external_id")
        briefs = [brief_row(sheet.briefs[name], sheet.now) for name in sheet.changed_briefs]
        self.bulk.upsert(MessageRow, briefs, ("id",), "at")
        said_now = [sheet.messages[name] for name in sheet.new_messages]
        self.bulk.insert(MessageRow, [message_row(message) for message in said_now])
        await attach(self.connection, ((each, sheet.tickets[each.ticket].bot) for each in said_now), sheet.now)
        await self._rewrite()
        self.bulk.insert(EntryRow, [entry_row(ticket, entry) for ticket, entry in sheet.entries])

    async def _rewrite(self) -> None:
        alike: dict[str, tuple[dict[str, Any], list[MessageId]]] = {}
        for name, rewrite in self.sheet.rewrites.items():
            fields: dict[str, Any] = dict(said(rewrite))
            if not fields:
                continue
            if rewrite.attachments is not None:
                fields["body"] = attachments_body(fields.pop("attachments"))
            if rewrite.state is not None:
                fields["state"] = rewrite.state.value
            if rewrite.kind is not None:
                fields["kind"] = rewrite.kind.value
            # Most rewrites say the same thing (`sent`): one statement for all that do.
            alike.setdefault(repr(sorted(fields.items())), (fields, []))[1].append(name)
        for fields, names in alike.values():
            await MessageRow.filter(id__in=names).using_db(self.connection).update(**fields)

    async def _timers(self) -> None:
        sheet = self.sheet
        whole: dict[str, set[TicketId]] = defaultdict(set)
        for ticket, kind in sheet.dropped_kinds:
            whole[kind].add(ticket)
        for kind, tickets in whole.items():
            await TimerRow.filter(kind=kind, ticket__in=sorted(tickets)).using_db(self.connection).delete()
        single: dict[tuple[str, bool], set[tuple[TicketId, str]]] = defaultdict(set)
        for ticket, kind, subject in sheet.dropped_timers:
            if ticket not in whole[kind]:
                # Named subjects are ids and belong to one ticket; blank ones are told apart by the ticket alone.
                single[kind, bool(subject)].add((ticket, subject))
        for (kind, _), pairs in single.items():
            tickets, subjects = ({pair[0] for pair in pairs}, {pair[1] for pair in pairs})
            which = TimerRow.filter(kind=kind, ticket__in=sorted(tickets), subject__in=sorted(subjects))
            await which.using_db(self.connection).delete()
        rows = [
            {"ticket": ticket, "kind": kind, "subject": subject, "due": due}
            for (ticket, kind, subject), due in sheet.set_timers.items()
        ]
        self.bulk.upsert(TimerRow, rows, ("ticket", "kind", "subject"))

    async def _deliveries(self) -> None:
        orders = await self._without_pending(self.sheet.orders)
        if not orders:
            return
        tickets = {order.delivery.ticket for order in orders if order.delivery.ticket is not None}
        lines = await Lines.read(self.connection, sorted(tickets - self.sheet.new_tickets))
        rows = []
        for order in orders:
            state = lines.place(order.delivery)
            rows.append(delivery_row(order.delivery, state, order.message, self.sheet.now))
            if state is DeliveryState.READY:
                self.sheet.lanes.add(order.delivery.lane)
        self.bulk.insert(DeliveryRow, rows)

    async def _without_pending(self, orders: Iterable[Ordered]) -> list[Ordered]:
        """Leave out what an unsent delivery already says."""
        orders = list(orders)
        keys = {key for order in orders if (key := coalesce_key(order.delivery)) is not None}
        if not keys:
            return orders
        which = DeliveryRow.filter(coalesce_key__in=sorted(keys)).using_db(self.connection)
        pending = {row.coalesce_key: row.urgency for row in await which.only("coalesce_key", "urgency")}
        kept: list[Ordered] = []
        places: dict[str, int] = {}
        for order in orders:
            key = coalesce_key(order.delivery)
            if key is None or (key not in pending and key not in places):
                if key is not None:
                    places[key] = len(kept)
                kept.append(order)
            elif key in places:
                kept[places[key]] = min(kept[places[key]], order, key=_urgency)
            elif _urgency(order) < pending[key]:
                await self._hurry(key, order)
        return kept

    async def _hurry(self, key: str, order: Ordered) -> None:
        """What waits already becomes as urgent. A pause after a failure stays: only pace put off what has no try."""
        waiting = DeliveryRow.filter(coalesce_key=key, attempts=0).using_db(self.connection)
        await waiting.update(urgency=int(order.delivery.urgency), not_before=None)
        self.sheet.lanes.add(order.delivery.lane)

    def _answers(self) -> None:
        rows = [key_row(key, *self.sheet.answers[key], self.sheet.now) for key in self.sheet.new_answers]
        self.bulk.insert(EventKeyRow, rows)

    async def _feed(self) -> None:
        """Last of all: the bots' rows stay locked until the commit, so that cursors appear in their order."""
        by_bot: dict[str, list[FeedRow]] = defaultdict(list)
        for told in self.sheet.told:
            by_bot[told.bot].append(told)
        again = await passed_over(self.connection, self.sheet.callbacks)
        bots = sorted({*by_bot, *again})
        if not bots:
            return
        locked = BotRow.filter(name__in=bots).using_db(self.connection).order_by("name").select_for_update()
        cursors = {row.name: row.cursor for row in await locked}
        rows = []
        for bot in bots:
            cursor = await move_on(self.connection, again.get(bot, ()), cursors.get(bot, 0))
            for told in by_bot[bot]:
                cursor += 1
                rows.append(feed_row(told, cursor))
            cursors[bot] = cursor
        self.bulk.insert(FeedEntryRow, rows)
        self.bulk.upsert(BotRow, [{"name": bot, "cursor": cursors[bot]} for bot in bots], ("name",))


def _urgency(order: Ordered) -> int:
    return int(order.delivery.urgency)
