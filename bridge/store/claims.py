"""Claiming and completing deliveries: raw SQL on the outbox, written once for both dialects.

States stand in the statements as literals, because SQLite uses a partial index only for a literal.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.deliveries import Ending, Taken
from bridge.domain.refs import DeliveryId, Lane
from bridge.store.delivery_models import DeliveryRow
from bridge.store.delivery_rows import coalesce_key, to_delivery
from bridge.store.strands import run

_COLUMNS = "ord, id, ticket, platform, place, strand, urgency, content, coalesce, not_before, expires_at"
_TAKEN = "attempts, first_at, attempted_at, unknown, created_at"

HEADS = f"""
    SELECT * FROM (
        SELECT {_COLUMNS}, {_TAKEN} FROM outbox
        WHERE state = 'ready' AND platform = $1 AND place = $2 AND (not_before IS NULL OR not_before <= $3)
        AND (strand <> 'card' OR NOT EXISTS (
            SELECT 1 FROM outbox AS painted
            WHERE painted.state = 'sending' AND painted.platform = $1 AND painted.place = $2
              AND painted.strand = 'card' AND painted.ticket = outbox.ticket
        ))
        ORDER BY urgency, ord LIMIT $4
    ) AS ready
    UNION ALL
    SELECT * FROM (
        SELECT {_COLUMNS}, {_TAKEN} FROM outbox
        WHERE state = 'unknown' AND platform = $1 AND place = $2 AND (not_before IS NULL OR not_before <= $3)
        ORDER BY ord LIMIT $4
    ) AS unknown
"""  # noqa: S608 - constants

_MARK = """
    UPDATE outbox SET
        attempted_at = CASE WHEN unknown = 1 THEN attempted_at ELSE $1 END,
        first_at = COALESCE(first_at, $1), attempts = attempts + 1, coalesce_key = NULL, state = 'sending'
    WHERE state IN ('ready', 'unknown') AND ord IN ({ords})
    RETURNING ord
"""

_DONE = """
    UPDATE outbox SET state = 'done', live = 0, unknown = 0, finished_at = $2, reason = NULL
    WHERE id = $1 AND live = 1 RETURNING ord
"""
_DEAD = """
    UPDATE outbox SET state = 'dead', live = 0, finished_at = $2, reason = $3
    WHERE id = $1 AND state = 'sending' AND attempts = $4 RETURNING ord
"""
_RETRY = """
    UPDATE outbox SET state = 'ready', unknown = $5, not_before = $2, reason = $3
    WHERE id = $1 AND state = 'sending' AND attempts = $4 RETURNING ord
"""
_UNKNOWN = """
    UPDATE outbox SET state = 'unknown', unknown = 1, not_before = $2, reason = $3
    WHERE id = $1 AND state = 'sending' AND attempts = $4 RETURNING ord
"""
_HELD = """
    UPDATE outbox SET state = 'held', not_before = NULL, reason = $2
    WHERE id = $1 AND state = 'sending' AND attempts = $3 RETURNING ord
"""
_NEVER = """
    UPDATE outbox SET state = 'withdrawn', live = 0, unknown = 0, finished_at = $2, reason = $3
    WHERE id = $1 AND state = 'sending' AND attempts = $4 RETURNING ord
"""
_GIVE_BACK = """
    UPDATE outbox SET
        state = CASE WHEN unknown = 1 THEN 'unknown' ELSE 'ready' END, attempts = attempts - 1, not_before = $2,
        first_at = CASE WHEN attempts = 1 THEN NULL ELSE first_at END,
        attempted_at = CASE WHEN attempts = 1 THEN NULL ELSE attempted_at END
    WHERE id = $1 AND state = 'sending' AND attempts = $3 RETURNING ord
"""
_WANT_AGAIN = """
    UPDATE outbox SET coalesce_key = $2
    WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM outbox AS other WHERE other.coalesce_key = $2) RETURNING ord
"""
_SUPERSEDED = """
    UPDATE outbox SET state = 'withdrawn', live = 0, reason = 'superseded', finished_at = $2
    WHERE id = $1 AND state = 'ready' RETURNING ord
"""
_BEHIND = """
    UPDATE outbox SET state = 'withdrawn', live = 0, coalesce_key = NULL, reason = 'no thread', finished_at = $4
    WHERE live = 1 AND state = 'waiting' AND ticket = $1 AND platform = $2 AND place = $3
        AND NOT EXISTS (
            SELECT 1 FROM outbox AS root WHERE root.live = 1 AND root.strand = 'root'
                AND root.ticket = $1 AND root.platform = $2 AND root.place = $3
        )
        AND NOT EXISTS (SELECT 1 FROM threads WHERE ticket = $1 AND platform = $2 AND place = $3)
    RETURNING ord
"""
_EXPIRE = """
    UPDATE outbox SET state = 'withdrawn', live = 0, coalesce_key = NULL, reason = 'expired', finished_at = $1
    WHERE state IN ('ready', 'unknown') AND ord IN ({ords}) RETURNING ord
"""
_ORPHANED = """
    UPDATE outbox SET state = 'unknown', unknown = 1
    WHERE state = 'sending' AND platform = $1 AND place = $2 RETURNING ord
"""
_ALL_ORPHANED = "UPDATE outbox SET state = 'unknown', unknown = 1 WHERE state = 'sending' RETURNING ord"


async def heads(connection: BaseDBAsyncClient, lane: Lane, now: datetime, limit: int) -> list[dict[str, Any]]:
    """What may be sent now, the most urgent and oldest first.

    A card waits while its last painting is on the way: of two at once the older could come last, and stay.
    """
    rows = await run(connection, HEADS, [lane.platform, lane.place, now, limit])
    return sorted(rows, key=lambda row: (row["urgency"], row["ord"]))[:limit]


async def mark(connection: BaseDBAsyncClient, rows: Sequence[dict[str, Any]], now: datetime) -> list[Taken]:
    """Mark heads as `sending`; those that another changed meanwhile are left out."""
    if not rows:
        return []
    marked = {row["ord"] for row in await _on(connection, _MARK, rows, now)}
    return [_taken(row, now) for row in rows if row["ord"] in marked]


async def expire(connection: BaseDBAsyncClient, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    if rows:
        await _on(connection, _EXPIRE, rows, now)


async def drop_behind(connection: BaseDBAsyncClient, taken: Taken, now: datetime) -> None:
    """What waited for a thread that will never be is withdrawn: the ticket lives on elsewhere, and shows it there."""
    lane = taken.delivery.lane
    await run(connection, _BEHIND, [taken.delivery.ticket, lane.platform, lane.place, now])


async def _on(
    connection: BaseDBAsyncClient, sql: str, rows: Sequence[dict[str, Any]], now: datetime
) -> list[dict[str, Any]]:
    places = ", ".join(f"${index}" for index in range(2, len(rows) + 2))
    return await run(connection, sql.replace("{ords}", places), [now, *(row["ord"] for row in rows)])


async def end(
    connection: BaseDBAsyncClient,
    taken: Taken,
    ending: Ending,
    *,
    now: datetime,
    not_before: datetime | None,
    reason: str | None,
    in_doubt: bool = False,
) -> bool:
    """Record how an attempt ended. False: somebody else has the row by now, and what they find out counts."""
    match ending:
        case Ending.DONE:
            # A post that was seen is a fact, also when the lease ran out meanwhile.
            return bool(await run(connection, _DONE, [taken.id, now]))
        case Ending.DEAD:
            return bool(await run(connection, _DEAD, [taken.id, now, reason, taken.attempt]))
        case Ending.RETRY:
            retried = bool(await run(connection, _RETRY, [taken.id, not_before, reason, taken.attempt, int(in_doubt)]))
            return retried and await _want_again(connection, taken, now)
        case Ending.UNKNOWN:
            return bool(await run(connection, _UNKNOWN, [taken.id, not_before, reason, taken.attempt]))
        case Ending.HELD:
            return bool(await run(connection, _HELD, [taken.id, reason, taken.attempt]))
        case Ending.NEVER:
            return bool(await run(connection, _NEVER, [taken.id, now, reason, taken.attempt]))


async def give_back(connection: BaseDBAsyncClient, taken: Taken, not_before: datetime | None, now: datetime) -> bool:
    given = bool(await run(connection, _GIVE_BACK, [taken.id, not_before, taken.attempt]))
    if given and not taken.unknown:
        await _want_again(connection, taken, now)
    return given


async def _want_again(connection: BaseDBAsyncClient, taken: Taken, now: datetime) -> bool:
    """A coalesced delivery is pending again, unless a later one took its place meanwhile."""
    key = coalesce_key(taken.delivery)
    if key is not None and not await run(connection, _WANT_AGAIN, [taken.id, key]):
        await run(connection, _SUPERSEDED, [taken.id, now])
    return True


async def orphan(connection: BaseDBAsyncClient, lane: Lane | None = None) -> int:
    """What a dead process left as `sending` is `unknown`."""
    if lane is None:
        return len(await run(connection, _ALL_ORPHANED))
    return len(await run(connection, _ORPHANED, [lane.platform, lane.place]))


def _taken(row: dict[str, Any], now: datetime) -> Taken:
    unknown = bool(row["unknown"])
    return Taken(
        id=DeliveryId(row["id"]),
        delivery=to_delivery(_as_row(row)),
        attempt=row["attempts"] + 1,
        first_at=moment(row["first_at"]),
        unknown=unknown,
        attempted_at=moment(row["attempted_at"]) if unknown else now,
        created_at=moment(row["created_at"]) or now,
    )


def _as_row(row: dict[str, Any]) -> DeliveryRow:
    content = row["content"]
    return DeliveryRow(
        id=row["id"],
        ticket=row["ticket"],
        platform=row["platform"],
        place=row["place"],
        strand=row["strand"],
        urgency=row["urgency"],
        content=json.loads(content) if isinstance(content, str) else content,
        coalesce=row["coalesce"],
        not_before=moment(row["not_before"]),
        expires_at=moment(row["expires_at"]),
    )


def moment(found: Any) -> datetime | None:
    """A raw time: SQLite gives text."""
    return datetime.fromisoformat(found) if isinstance(found, str) else found
