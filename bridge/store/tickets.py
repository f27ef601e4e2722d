"""Reading tickets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q
from tortoise.functions import Count

from bridge.domain.refs import BotName, ConversationRef, Lane, MemberKey, TicketId
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.views import Before, Inbox, InboxRow, QueuePlace, Section, TicketView
from bridge.domain.words import Brief, User
from bridge.store.cursors import cursor_of, read_cursor
from bridge.store.database import Database
from bridge.store.inbox import Wish, read_inbox, read_lines
from bridge.store.models import EntryRow, MessageRow, TicketRow, UserRow
from bridge.store.now import Now
from bridge.store.policies import Policies
from bridge.store.rows import BRIEF, open_key, to_brief, to_entry, to_message, to_ticket, to_user

PAGE = 200
QUEUE = 500
BEFORE = 5
LIVE = [TicketState.OPEN.value, TicketState.ASSIGNED.value]


async def built(rows: Sequence[TicketRow], policies: Policies, connection: BaseDBAsyncClient) -> list[Ticket]:
    """Tickets of rows, in their order."""
    known = await policies.fetch((row.policy for row in rows), connection)
    return [to_ticket(row.body, known[row.policy]) for row in rows]


class Tickets:
    def __init__(self, database: Database, policies: Policies, clock: Now) -> None:
        self._database = database
        self._policies = policies
        self._clock = clock

    async def get(self, ticket: TicketId, *, bot: BotName | None = None) -> Ticket | None:
        """With `bot`, another bot's ticket is not found."""
        return await self._one(Q(id=ticket) if bot is None else Q(id=ticket, bot=bot))

    async def by_number(self, number: int) -> Ticket | None:
        return await self._one(Q(number=number)) if 0 < number < 2**31 else None

    async def by_conversation(self, ref: ConversationRef) -> Ticket | None:
        """The open one, else the latest."""
        found = await self._one(Q(open_key=open_key(ref.bot, ref.external_id)))
        return found or await self._one(Q(bot=ref.bot, conversation=ref.external_id))

    async def _one(self, which: Q) -> Ticket | None:
        with self._database.reads() as connection:
            row = await TicketRow.filter(which).order_by("-number").using_db(connection).first()
            return (await built([row], self._policies, connection))[0] if row else None

    async def view(self, ticket: TicketId) -> TicketView | None:
        """All that a ticket's page shows."""
        with self._database.reads() as connection:
            row = await TicketRow.filter(id=ticket).using_db(connection).first()
            if row is None:
                return None
            found = (await built([row], self._policies, connection))[0]
            words = await MessageRow.filter(ticket=ticket).using_db(connection).order_by("ord")
            user = await UserRow.filter(id=found.user).using_db(connection).get()
            entries = await EntryRow.filter(ticket=ticket).using_db(connection).order_by("seq")
            return TicketView(
                ticket=found,
                brief=next((to_brief(word) for word in words if word.kind == BRIEF), Brief(ticket=found.id, title="")),
                user=to_user(user),
                messages=tuple(to_message(word) for word in words if word.kind != BRIEF),
                entries=tuple(map(to_entry, entries)),
                before=await self._before(found, connection),
            )

    async def told_with(self, tickets: Sequence[TicketId]) -> dict[TicketId, tuple[User, Brief]]:
        """The words that answers about these tickets are filled with."""
        if not tickets:
            return {}
        with self._database.reads() as connection:
            rows = await TicketRow.filter(id__in=tickets).using_db(connection).values_list("id", "user")
            found = await UserRow.filter(id__in=[user for _, user in rows]).using_db(connection)
            briefs = await MessageRow.filter(ticket__in=tickets, kind=BRIEF).using_db(connection)
        users = {row.id: to_user(row) for row in found}
        brief_of = {row.ticket: to_brief(row) for row in briefs}
        return {TicketId(ticket): (users[user], brief_of[ticket]) for ticket, user in rows}

    async def _before(self, ticket: Ticket, connection: BaseDBAsyncClient) -> tuple[Before, ...]:
        earlier = TicketRow.filter(user=ticket.user, number__lt=ticket.number).order_by("-number").limit(BEFORE)
        tickets = await built(await earlier.using_db(connection), self._policies, connection)
        ids = [ticket.id for ticket in tickets]
        briefs = await MessageRow.filter(ticket__in=ids, kind=BRIEF).using_db(connection) if ids else []
        titles = {row.ticket: row.text for row in briefs}
        return tuple(
            Before(
                id=ticket.id,
                number=ticket.number,
                title=titles.get(ticket.id, ""),
                outcome=ticket.outcome,
                assignee=who.name if (who := ticket.assignee or ticket.last_assignee) else None,
                closed_at=ticket.closed_at,
            )
            for ticket in tickets
        )

    async def inbox(
        self,
        section: Section,
        *,
        member: MemberKey | None = None,
        search: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Inbox:
        """One page of a list. With `search`, `section` does not matter: all are searched, latest first."""
        with self._database.reads() as connection:
            wish = Wish(section, member, (search or "").strip(), cursor, min(limit, PAGE))
            page = await read_inbox(connection, wish, self._clock.now())
            tickets = await built(page.rows, self._policies, connection)
            lines = await read_lines(connection, tickets)
            return Inbox(rows=tuple(lines), counts=page.counts, next=page.next)

    async def list(
        self,
        bot: BotName,
        *,
        state: TicketState | None = None,
        conversation: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> tuple[Sequence[Ticket], str | None]:
        """A bot's tickets, latest first, and the cursor of the next page."""
        limit = min(limit, PAGE)
        which = Q(bot=bot)
        if state is not None:
            which &= Q(state=state.value)
        if conversation is not None:
            which &= Q(conversation=conversation)
        if (after := read_cursor(cursor, int)) is not None:
            which &= Q(number__lt=after[0])
        with self._database.reads() as connection:
            rows = await TicketRow.filter(which).order_by("-number").limit(limit + 1).using_db(connection)
            tickets = await built(rows[:limit], self._policies, connection)
        return tickets, cursor_of(tickets[-1].number) if len(rows) > limit else None

    async def queue(self, lane: Lane) -> Sequence[InboxRow]:
        """Tickets of a lane that nobody has and nobody put off, oldest waiting first."""
        with self._database.reads() as connection:
            which = TicketRow.filter(
                platform=lane.platform, place=lane.place, state=TicketState.OPEN.value, snoozed_until__isnull=True
            )
            rows = await which.order_by("queued_at", "number").limit(QUEUE).using_db(connection)
            return await read_lines(connection, await built(rows, self._policies, connection))

    async def running(self) -> Mapping[tuple[TicketState, str], int]:
        """How many tickets are not closed, by state and route."""
        with self._database.reads() as connection:
            counted = TicketRow.filter(state__in=LIVE).annotate(number=Count("id")).group_by("state", "policy")
            rows = await counted.using_db(connection).values_list("state", "policy", "number")
            policies = await self._policies.fetch({digest for _, digest, _ in rows}, connection)
        # Several policies are one route, as often as the file was edited.
        found: Counter[tuple[TicketState, str]] = Counter()
        for state, digest, number in rows:
            found[TicketState(state), policies[digest].route] += number
        return found

    async def oldest_in_queue(self) -> datetime | None:
        """Since when the ticket waits that nobody has and nobody put off; None when there is none."""
        with self._database.reads() as connection:
            which = TicketRow.filter(state=TicketState.OPEN.value, snoozed_until__isnull=True).order_by("queued_at")
            row = await which.only("queued_at").using_db(connection).first()
            return row.queued_at if row else None

    async def queue_depths(self) -> Mapping[str, int]:
        """How many tickets nobody has, by route; those that rest are left out."""
        with self._database.reads() as connection:
            which = TicketRow.filter(state=TicketState.OPEN.value, snoozed_until__isnull=True)
            counted = which.annotate(number_of=Count("id")).group_by("policy").using_db(connection)
            rows = await counted.values_list("policy", "number_of")
            policies = await self._policies.fetch((digest for digest, _ in rows), connection)
        depths: Counter[str] = Counter()
        for digest, number in rows:
            depths[policies[digest].route] += number
        return depths

    async def queue_places(self) -> Sequence[QueuePlace]:
        """Where each ticket stands in its route's queue, those that wait longest first."""
        with self._database.reads() as connection:
            which = TicketRow.filter(state=TicketState.OPEN.value, snoozed_until__isnull=True)
            rows = await which.order_by("queued_at", "number").limit(QUEUE).using_db(connection)
            tickets = await built(rows, self._policies, connection)
        routes: Counter[str] = Counter()
        places = []
        for ticket in tickets:
            routes[ticket.policy.route] += 1
            places.append(
                QueuePlace(
                    ticket=ticket.id, bot=ticket.bot, position=routes[ticket.policy.route], told=ticket.queue_position
                )
            )
        return places

    async def open_with_lane_platform(self, platform: str) -> Sequence[TicketId]:
        """Tickets that are not closed and whose thread belongs to this platform."""
        with self._database.reads() as connection:
            which = TicketRow.filter(platform=platform, state__in=LIVE).only("id")
            return [TicketId(row.id) for row in await which.using_db(connection)]
