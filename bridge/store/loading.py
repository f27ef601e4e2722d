"""The reads before the decisions: few queries for a whole batch, tickets locked in the order of their ids."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q
from tortoise.functions import Max

from bridge.domain.events import EventKey
from bridge.domain.fanout.replies import on_its_way
from bridge.domain.refs import ConversationRef, MemberKey, MessageId, TicketId
from bridge.domain.ticket import TicketState
from bridge.store.asks import Ask, ByConversation, ByTicket
from bridge.store.file_rows import to_file
from bridge.store.handed import handed
from bridge.store.keeping_models import FileRow
from bridge.store.models import CounterRow, EventKeyRow, MessageRow, TicketRow, TimerRow, UserRow
from bridge.store.policies import Policies
from bridge.store.rows import BRIEF, open_key, to_brief, to_message, to_ticket, to_user, to_verdict
from bridge.store.sheet import Sheet

FIRST_NUMBER = 1001
"""A new site's first ticket is #1001: a number people take for one."""

TICKETS = "tickets"


class Loader:
    """Fills a sheet."""

    def __init__(self, sheet: Sheet, connection: BaseDBAsyncClient, policies: Policies) -> None:
        self._sheet = sheet
        self._connection = connection
        self._policies = policies

    async def load(self, asks: Sequence[Ask], tickets: Iterable[TicketId] = ()) -> None:
        """All that the asks name, and these tickets with their users and briefs."""
        await self.answers({ask.key for ask in asks if ask.key is not None})
        asks = [ask for ask in asks if ask.key not in self._sheet.answers]
        by_id = {ask.find.id for ask in asks if isinstance(ask.find, ByTicket)} | set(tickets)
        refs = {ask.find.ref for ask in asks if isinstance(ask.find, ByConversation)}
        await self._tickets(by_id, refs)
        await self._messages(asks)
        await self._users(asks)
        await self._briefs([ticket.id for ask in asks if ask.brief and (ticket := self._sheet.find(ask)) is not None])
        await self._timers(asks)
        await self._assigned({ask.assignee for ask in asks if ask.assignee is not None})
        await self._files({name for ask in asks for name in ask.files})

    async def around(self, ticket: TicketId, message: MessageId | None) -> None:
        """What a decision about a delivery's outcome needs."""
        if ticket not in self._sheet.read:
            await self._tickets({ticket}, set())
        found = self._sheet.tickets.get(ticket)
        if found is None:
            return
        if found.user not in self._sheet.users:
            await self._fetch_users(Q(id=found.user))
        if ticket not in self._sheet.briefs:
            await self._briefs([ticket])
        if message is not None and message not in self._sheet.messages:
            await self._fetch_messages(Q(id=message))

    async def number(self) -> int:
        """The next ticket number, from a counter that stays locked until the commit."""
        if self._sheet.last_number is None:
            row = await CounterRow.filter(name=TICKETS).using_db(self._connection).select_for_update().first()
            self._sheet.last_number = row.value if row else FIRST_NUMBER - 1
        self._sheet.last_number += 1
        return self._sheet.last_number

    async def answers(self, keys: set[EventKey]) -> None:
        """What these keys were answered when they came first."""
        if not keys:
            return
        rows = EventKeyRow.filter(key__in=_few(key.key for key in keys)).using_db(self._connection)
        for row in await rows:
            key = EventKey(row.scope, row.key)
            if key in keys:
                self._sheet.answers[key] = (row.fingerprint, to_verdict(row.verdict))

    async def _tickets(self, ids: set[TicketId], refs: set[ConversationRef]) -> None:
        if not ids and not refs:
            return
        keys = _few(open_key(ref.bot, ref.external_id) for ref in refs)
        await self._fetch_tickets(_any_of({"id__in": _few(ids)}, {"open_key__in": keys}))
        self._sheet.read.update(ids)
        without = [ref for ref in refs if ref not in self._sheet.conversations]
        if without:
            await self._latest(without)
        await self._successors(ids)

    async def _successors(self, ids: set[TicketId]) -> None:
        """The open tickets of conversations whose closed ones were asked for: only one may be open."""
        asked = [ticket for name in ids if (ticket := self._sheet.tickets.get(name)) is not None]
        closed = [ticket.ref for ticket in asked if ticket.state is TicketState.CLOSED]
        keys = [open_key(ref.bot, ref.external_id) for ref in closed if ref not in self._sheet.conversations]
        if keys:
            await self._fetch_tickets(Q(open_key__in=keys))

    async def _latest(self, refs: list[ConversationRef]) -> None:
        """The latest closed tickets of conversations that have none open."""
        wanted = set(refs)
        found = (
            TicketRow.filter(
                conversation__in=_few(ref.external_id for ref in refs), bot__in=_few(ref.bot for ref in refs)
            )
            .using_db(self._connection)
            .annotate(latest=Max("number"))
            .group_by("bot", "conversation")
            .values_list("bot", "conversation", "latest")
        )
        numbers = [number for bot, conversation, number in await found if ConversationRef(bot, conversation) in wanted]
        if numbers:
            await self._fetch_tickets(Q(number__in=numbers), latest=True)

    async def _fetch_tickets(self, which: Q, *, latest: bool = False) -> None:
        rows = (
            await TicketRow.filter(which)
            .only("id", "state", "policy", "body")
            .using_db(self._connection)
            .order_by("id")
            .select_for_update()
        )
        policies = await self._policies.fetch((row.policy for row in rows), self._connection)
        for row in rows:
            ticket = self._sheet.tickets.get(TicketId(row.id)) or to_ticket(row.body, policies[row.policy])
            self._sheet.tickets[ticket.id] = ticket
            self._sheet.read.add(ticket.id)
            if latest or ticket.state is not TicketState.CLOSED:
                self._sheet.conversations[ticket.ref] = ticket.id

    async def _messages(self, asks: Sequence[Ask]) -> None:
        ids = {message for ask in asks for message in ask.messages}
        named = [(ask, ticket) for ask in asks if ask.externals and (ticket := self._sheet.find(ask))]
        externals = {name for ask, _ in named for name in ask.externals}
        if ids or externals:
            tickets = _few(ticket.id for _, ticket in named)
            by_external = {"ticket__in": tickets, "external_id__in": _few(externals)}
            await self._fetch_messages(_any_of({"id__in": _few(ids)}, by_external))

    async def _fetch_messages(self, which: Q) -> None:
        found = [
            to_message(row) async for row in MessageRow.filter(which).exclude(kind=BRIEF).using_db(self._connection)
        ]
        told = await handed(self._connection, {each.id: each.ticket for each in found if on_its_way(each)})
        for message in found:
            self._sheet.keep_message(replace(message, handed=message.id in told))

    async def _users(self, asks: Sequence[Ask]) -> None:
        ids = {ticket.user for ask in asks if (ticket := self._sheet.find(ask)) is not None}
        externals = {ask.user for ask in asks if ask.user is not None}
        if ids or externals:
            bots = {ask.find.ref.bot for ask in asks if isinstance(ask.find, ByConversation)}
            bots |= {ticket.bot for ask in asks if (ticket := self._sheet.find(ask)) is not None}
            by_external = {"bot__in": _few(bots), "external_id__in": _few(externals)}
            # Who escalates brings news of its user: an erasure of that user comes before or after, never between.
            which = _any_of({"id__in": _few(ids)}, by_external)
            await self._fetch_users(which, locked=bool(externals))

    async def _fetch_users(self, which: Q, *, locked: bool = False) -> None:
        rows = UserRow.filter(which).order_by("id").using_db(self._connection)
        for row in await (rows.select_for_update() if locked else rows):
            self._sheet.keep_user(to_user(row))

    async def _briefs(self, tickets: Sequence[TicketId]) -> None:
        if tickets:
            for row in await MessageRow.filter(ticket__in=_few(tickets), kind=BRIEF).using_db(self._connection):
                self._sheet.briefs[TicketId(row.ticket)] = to_brief(row)

    async def _timers(self, asks: Sequence[Ask]) -> None:
        tickets = sorted({ask.find.id for ask in asks if ask.timer and isinstance(ask.find, ByTicket)})
        if tickets:
            for row in await TimerRow.filter(ticket__in=tickets).using_db(self._connection):
                self._sheet.timers[TicketId(row.ticket), row.kind, row.subject] = row.due

    async def _assigned(self, members: set[MemberKey]) -> None:
        if not members:
            return
        which = TicketRow.filter(assignee_key__in=sorted(members), state=TicketState.ASSIGNED.value)
        for ticket, member in await which.using_db(self._connection).values_list("id", "assignee_key"):
            self._sheet.assigned.setdefault(MemberKey(member), set()).add(TicketId(ticket))

    async def _files(self, names: set[str]) -> None:
        """Locked: a sweep that forgets what no message names must not overtake the message."""
        if names:
            rows = FileRow.filter(id__in=sorted(names)).order_by("id").using_db(self._connection).select_for_update()
            self._sheet.files.update({row.id: to_file(row) for row in await rows})


def _few(names: Iterable[str]) -> list[str]:
    """Each once, filled up with the last one to a power of two: a few statements serve batches of all sizes."""
    found = sorted(set(names))
    return found + found[-1:] * ((1 << (len(found) - 1).bit_length()) - len(found)) if found else found


def _any_of(*conditions: Mapping[str, Any]) -> Q:
    """Rows that meet one of the conditions; those with an empty list are left out, and there must be one left."""
    return Q(*(Q(**condition) for condition in conditions if all(condition.values())), join_type=Q.OR)
