"""A ticket leaves a thread, or a place that cannot be used: what was still unsent there."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.change import Entry
from bridge.domain.deliveries import OpenThread, PostHistory, PostWords, Taken
from bridge.domain.fanout.moving import THREAD_GONE
from bridge.domain.policy import OnThreadGone
from bridge.domain.refs import Lane, TicketId
from bridge.domain.words import Message
from bridge.store.delivery_rows import Ordered
from bridge.store.models import MessageRow
from bridge.store.rows import to_message
from bridge.store.strands import run
from bridge.store.tx import Tx

IN_HISTORY = (PostWords, PostHistory)

_UNSENT = """
    SELECT message FROM outbox
    WHERE live = 1 AND state IN ('waiting', 'ready') AND what = 'PostWords'
        AND ticket = $1 AND platform = $2 AND place = $3
    ORDER BY COALESCE(age, ord), part
"""
_VACATE = """
    UPDATE outbox SET state = 'withdrawn', live = 0, coalesce_key = NULL, reason = 'moved on', finished_at = $4
    WHERE live = 1 AND state IN ('waiting', 'ready') AND ticket = $1 AND platform = $2 AND place = $3
    RETURNING ord
"""
_IN_HISTORY = """
    UPDATE outbox SET state = 'withdrawn', live = 0, reason = 'in the history', finished_at = $4
    WHERE live = 1 AND state IN ('waiting', 'ready') AND what IN ('PostWords', 'PostHistory')
        AND ticket = $1 AND platform = $2 AND place = $3
    RETURNING ord
"""
# How an attempt that runs ends is a fact; another one would show the words a second time.
_NOT_AGAIN = """
    UPDATE outbox SET expires_at = $4
    WHERE live = 1 AND state IN ('sending', 'unknown') AND what IN ('PostWords', 'PostHistory')
        AND ticket = $1 AND platform = $2 AND place = $3
    RETURNING ord
"""
_SETTLED = "UPDATE outbox SET state = 'withdrawn', reason = $2 WHERE id = $1 AND state = 'dead' RETURNING ord"


async def unsent(tx: Tx, taken: Taken) -> Sequence[Message]:
    """Words of the delivery's ticket that were not shown in its lane, in their order; its own first."""
    lane, content = taken.delivery.lane, taken.delivery.content
    rows = await run(tx.connection, _UNSENT, [taken.delivery.ticket, lane.platform, lane.place])
    own = [content.message] if isinstance(content, PostWords) else []
    names = list(dict.fromkeys([*own, *(row["message"] for row in rows)]))
    if not names:
        return ()
    found = {row.id: to_message(row) for row in await MessageRow.filter(id__in=names).using_db(tx.connection)}
    return [found[name] for name in names if name in found]


async def vacate(tx: Tx, taken: Taken, now: datetime, *, settled: str | None) -> None:
    """Nothing more of the ticket goes there. With `settled` nobody needs to look at what found out, either."""
    lane = taken.delivery.lane
    await run(tx.connection, _VACATE, [taken.delivery.ticket, lane.platform, lane.place, now])
    if settled is not None:
        await run(tx.connection, _SETTLED, [taken.id, settled])


async def leave_to_history(
    connection: BaseDBAsyncClient, entries: Iterable[tuple[TicketId, Entry]], now: datetime
) -> None:
    """Of tickets whose thread was lost and is opened anew: what was unsent stands in the new one's history."""
    for ticket, lane in _reopened(entries):
        for statement in (_IN_HISTORY, _NOT_AGAIN):
            await run(connection, statement, [ticket, lane.platform, lane.place, now])


def without_history(orders: Sequence[Ordered], entries: Iterable[tuple[TicketId, Entry]]) -> list[Ordered]:
    """The same for what was ordered before, in the very transaction that opens the thread anew."""
    kept = list(orders)
    for ticket, lane in _reopened(entries):
        mine = [
            index for index, order in enumerate(kept) if order.delivery.ticket == ticket and order.delivery.lane == lane
        ]
        anew = max((index for index in mine if isinstance(kept[index].delivery.content, OpenThread)), default=0)
        old = {index for index in mine if index < anew and isinstance(kept[index].delivery.content, IN_HISTORY)}
        kept = [order for index, order in enumerate(kept) if index not in old]
    return kept


def _reopened(entries: Iterable[tuple[TicketId, Entry]]) -> list[tuple[TicketId, Lane]]:
    gone = [(ticket, entry) for ticket, entry in entries if entry.kind == THREAD_GONE]
    lanes = [(ticket, str(entry.facts.get("lane")).partition("/"), entry.facts.get("then")) for ticket, entry in gone]
    return [(ticket, Lane(lane[0], lane[2])) for ticket, lane, then in lanes if then == OnThreadGone.REOPEN]
