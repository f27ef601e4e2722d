"""The console's lists: which tickets, in which order, from which place on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q, Subquery
from tortoise.functions import Max

from bridge.domain.refs import MemberKey
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.views import InboxRow, Section
from bridge.domain.words import Author, WordsKind, WordsState
from bridge.store.cursors import cursor_of, read_cursor
from bridge.store.models import MessageRow, TicketRow, UserRow
from bridge.store.rows import BRIEF, to_message

SEARCH_BACK = timedelta(days=90)
SEARCH_LENGTH = 200
BEGINNING = 140

_NUMBER = re.compile(r"#?([0-9]{1,9})")
_LIVE = [TicketState.OPEN.value, TicketState.ASSIGNED.value]


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[TicketRow]
    counts: Mapping[Section, int]
    next: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What page is asked for."""

    section: Section
    member: MemberKey | None
    search: str
    """Blank: nothing is searched."""
    cursor: str | None
    limit: int


async def read_inbox(connection: BaseDBAsyncClient, wish: Wish, now: datetime) -> Page:
    section, member, cursor, limit = wish.section, wish.member, wish.cursor, wish.limit
    words = wish.search[:SEARCH_LENGTH]
    order: tuple[str, ...]
    if words:
        which, order = _found(words, now) & _older(cursor), ("-number",)
    elif section is Section.CLOSED:
        which, order = _in(section, member) & _closed_earlier(cursor), ("-closed_at", "-number")
    else:
        which, order = _in(section, member) & _further_back(cursor), ("on_user", "queued_at", "number")
    rows = await TicketRow.filter(which).order_by(*order).limit(limit + 1).using_db(connection)
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, await _counts(connection, member), _place(rows[-1], section, bool(words)) if more else None)


def _in(section: Section, member: MemberKey | None) -> Q:
    match section:
        case Section.UNASSIGNED:
            return Q(state=TicketState.OPEN.value, snoozed_until__isnull=True)
        case Section.MINE:
            return Q(state=TicketState.ASSIGNED.value, assignee_key=member or "")
        case Section.OPEN:
            return Q(state__in=_LIVE)
        case Section.CLOSED:
            return Q(state=TicketState.CLOSED.value)


async def _counts(connection: BaseDBAsyncClient, member: MemberKey | None) -> dict[Section, int]:
    return {section: await TicketRow.filter(_in(section, member)).using_db(connection).count() for section in Section}


# ── where a page begins ────────────────────────────────────────────────────


def _place(row: TicketRow, section: Section, searching: bool) -> str:
    if searching:
        return cursor_of(row.number)
    if section is Section.CLOSED:
        return cursor_of(row.closed_at or row.queued_at, row.number)
    return cursor_of(row.on_user, row.queued_at, row.number)


def _older(cursor: str | None) -> Q:
    after = read_cursor(cursor, int)
    return Q(number__lt=after[0]) if after else Q()


def _closed_earlier(cursor: str | None) -> Q:
    after = read_cursor(cursor, datetime, int)
    if after is None:
        return Q()
    at, number = after
    return Q(closed_at__lt=at) | Q(closed_at=at, number__lt=number)


def _further_back(cursor: str | None) -> Q:
    after = read_cursor(cursor, int, datetime, int)
    if after is None:
        return Q()
    on_user, at, number = after
    later = Q(queued_at__gt=at) | Q(queued_at=at, number__gt=number)
    return Q(on_user__gt=on_user) | (Q(on_user=on_user) & later)


# ── what the rows say ──────────────────────────────────────────────────────


def _found(words: str, now: datetime) -> Q:
    """Titles, names of users, words and numbers of the last 90 days. The words are taken literally."""
    since = now - SEARCH_BACK
    # A brief's title is the text of its row, so one condition finds titles and messages.
    spoken = MessageRow.filter(text__icontains=words, at__gte=since).exclude(kind=WordsKind.HISTORY.value)
    named = UserRow.filter(name__icontains=words)
    which = Q(id__in=Subquery(spoken.values("ticket"))) | Q(user__in=Subquery(named.values("id")))
    if number := _NUMBER.fullmatch(words):
        which |= Q(number=int(number[1]))
    return which & Q(created_at__gte=since)


async def read_lines(connection: BaseDBAsyncClient, tickets: Sequence[Ticket]) -> list[InboxRow]:
    """The tickets with their titles, users and last words."""
    if not tickets:
        return []
    ids = [ticket.id for ticket in tickets]
    briefs = await MessageRow.filter(ticket__in=ids, kind=BRIEF).using_db(connection)
    titles = {row.ticket: row.text for row in briefs}
    users = await UserRow.filter(id__in=list({ticket.user for ticket in tickets})).using_db(connection)
    names = {row.id: row.name or "Guest" for row in users}
    between = MessageRow.filter(ticket__in=ids, kind__in=[WordsKind.USER.value, WordsKind.REPLY.value])
    gone = [WordsState.HELD.value, WordsState.UNSENT.value, WordsState.DELETED.value]
    spoken_by_people = between.exclude(author=Author.SYSTEM.value)
    latest = spoken_by_people.exclude(state__in=gone).annotate(latest=Max("ord")).group_by("ticket")
    places = await latest.using_db(connection).values_list("latest", flat=True)
    spoken = await MessageRow.filter(ord__in=list(places)).using_db(connection) if places else []
    last = {row.ticket: to_message(row) for row in spoken}
    return [
        InboxRow(
            ticket=ticket,
            title=titles.get(ticket.id, ""),
            user=names.get(ticket.user, "Guest"),
            last_text=" ".join(said.text.split())[:BEGINNING] if (said := last.get(ticket.id)) else "",
            last_at=said.at if said else ticket.created_at,
            last_by_user=said is not None and said.author is Author.USER,
        )
        for ticket in tickets
    ]
