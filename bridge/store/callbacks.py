"""Callbacks that were held for their age: held, let go, given up; in the outbox and in the feed.

In the feed a held reply and all that follows it for its ticket are passed over; let go or given up, they get cursors
of their own again, in their old order, after everything a bot may have read meanwhile. Their ids stay the same.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from bridge.domain.change import Callback, Fate
from bridge.domain.deliveries import DeliveryState, TellBot
from bridge.domain.fanout.replies import REPLY
from bridge.domain.refs import BOT_SHORE, Lane, MessageId, TicketId
from bridge.domain.words import WordsState
from bridge.store.delivery_models import DeliveryRow
from bridge.store.models import FeedEntryRow, MessageRow
from bridge.store.strands import promote

_UNSENT = [state.value for state in (DeliveryState.WAITING, DeliveryState.READY, DeliveryState.UNKNOWN)]
_HELD = DeliveryState.HELD.value


async def settle(connection: BaseDBAsyncClient, callbacks: Mapping[MessageId, Callback], now: datetime) -> set[Lane]:
    """Do in the outbox what was decided; lanes that have something to send now.

    One that is being sent right now is left alone: how that ends decides.
    """
    lanes: set[Lane] = set()
    for fate in Fate:
        messages = sorted(name for name, callback in callbacks.items() if callback.fate is fate)
        if not messages:
            continue
        rows = DeliveryRow.filter(message__in=messages, platform=BOT_SHORE, what=TellBot.__name__)
        rows = rows.using_db(connection)
        go: dict[str, object] = {"state": DeliveryState.WAITING.value, "not_before": None}
        match fate:
            case Fate.HELD:
                await rows.filter(state__in=_UNSENT).update(state=_HELD, not_before=None)
                continue
            case Fate.GOES:
                which, changes = rows.filter(state=_HELD), go
            case Fate.KNOWN:
                await rows.filter(state=_HELD).update(**go)
                which = rows.filter(state__in=_UNSENT, id__in=await _first_told(connection, rows))
                changes = _withdrawn(now)
            case Fate.NEVER:
                which, changes = rows.filter(state__in=[*_UNSENT, _HELD]), _withdrawn(now)
        tickets = await which.values_list("ticket", flat=True)
        await which.update(**changes)
        lanes |= await promote(connection, {TicketId(str(ticket)) for ticket in tickets if ticket is not None})
    return lanes


def _withdrawn(now: datetime) -> dict[str, object]:
    return {
        "state": DeliveryState.WITHDRAWN.value, "live": 0, "coalesce_key": None, "finished_at": now,
        "reason": "withdrawn",
    }  # fmt: skip


async def _first_told(connection: BaseDBAsyncClient, rows: QuerySet[DeliveryRow]) -> list[str]:
    """Those of the callbacks that bring the reply itself, not a correction. A callback has its feed row's id."""
    names = [str(name) for name in await rows.values_list("id", flat=True)]
    found = await FeedEntryRow.filter(id__in=names).using_db(connection)
    return [row.id for row in found if row.body["type"] == REPLY]


async def passed_over(
    connection: BaseDBAsyncClient, callbacks: Mapping[MessageId, Callback]
) -> dict[str, list[FeedEntryRow]]:
    """By bot, the rows its feed passed over because of replies that are decided now, in their order."""
    decided = {name: each for name, each in callbacks.items() if each.held and each.fate is not Fate.HELD}
    if not decided:
        return {}
    words = await MessageRow.filter(id__in=sorted(decided)).only("ord", "ticket").using_db(connection)
    again: dict[str, list[FeedEntryRow]] = {}
    for row in await behind(connection, {TicketId(word.ticket) for word in words}, decided):
        callback = decided.get(row.body["message"])
        if callback is not None and callback.stale_at is not None and row.body["type"] == REPLY:
            row.body["facts"]["stale_at"] = callback.stale_at.isoformat()
        again.setdefault(row.bot, []).append(row)
    return again


async def withheld(connection: BaseDBAsyncClient, tickets: Collection[TicketId]) -> set[str]:
    """Ids of the feed rows of these tickets that a bot must not be given now: held replies and all behind them."""
    stale = MessageRow.filter(ticket__in=sorted(tickets), state=WordsState.STALE.value).only("ord", "id", "ticket")
    held = {MessageId(row.id): TicketId(row.ticket) for row in await stale.using_db(connection)} if tickets else {}
    return {row.id for row in await behind(connection, set(held.values()), held)}


async def behind(
    connection: BaseDBAsyncClient, tickets: Collection[TicketId], replies: Collection[MessageId]
) -> list[FeedEntryRow]:
    """The rows of these tickets from the first of the replies on; a reply that was told twice stands at the later."""
    found: list[FeedEntryRow] = []
    for ticket in sorted(tickets):
        rows = await FeedEntryRow.filter(ticket=ticket).using_db(connection).order_by("cursor")
        at = {row.body["message"]: row.cursor for row in rows if row.body["type"] == REPLY}
        first = min((at[reply] for reply in replies if reply in at), default=None)
        found += [row for row in rows if first is not None and row.cursor >= first]
    return found


async def move_on(connection: BaseDBAsyncClient, rows: Sequence[FeedEntryRow], cursor: int) -> int:
    """Give the rows the cursors after this one; the last of them. The bot's own row is locked."""
    for row in sorted(rows, key=lambda row: row.cursor):
        cursor += 1
        row.cursor = cursor
        await row.save(using_db=connection, update_fields=["cursor", "body"])
    return cursor
