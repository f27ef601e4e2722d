"""Paces that several processes share: spent in rows, so that together they never go faster than one alone.

Only PostgreSQL: SQLite has one process, which counts for itself. A spend commits by itself and is no part of anything:
one that was made for a call that never went out only makes us slower for a moment.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from bridge.domain.errors import StoreTrouble
from bridge.store.database import TROUBLE, Database
from bridge.store.models import NAME
from bridge.store.strands import run

_NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

_LOOK = f"SELECT spent, blocked_until, {_NOW} AS now FROM budgets WHERE name = $1"  # noqa: S608 - constants

# Whoever comes second waits for the row and then counts what the first one spent.
_SPEND = f"""
    INSERT INTO budgets AS b (name, spent, blocked_until) VALUES ($1, jsonb_build_array({_NOW}), 0)
    ON CONFLICT (name) DO UPDATE SET spent = (
        SELECT COALESCE(jsonb_agg(at), '[]'::jsonb) FROM jsonb_array_elements(b.spent) AS at
        WHERE at::bigint > {_NOW} - $3::bigint
    ) || jsonb_build_array({_NOW})
    WHERE b.blocked_until <= {_NOW} AND $2::bigint > (
        SELECT count(*) FROM jsonb_array_elements(b.spent) AS at WHERE at::bigint > {_NOW} - $3::bigint
    )
    RETURNING name
"""  # noqa: S608 - constants

_BLOCK = f"""
    INSERT INTO budgets AS b (name, spent, blocked_until) VALUES ($1, '[]'::jsonb, {_NOW} + $2::bigint)
    ON CONFLICT (name) DO UPDATE SET blocked_until = GREATEST(b.blocked_until, EXCLUDED.blocked_until)
    RETURNING name
"""  # noqa: S608 - constants

_FORGET = f"""
    DELETE FROM budgets WHERE blocked_until < {_NOW} - $1::bigint AND NOT EXISTS (
        SELECT 1 FROM jsonb_array_elements(budgets.spent) AS at WHERE at::bigint > {_NOW} - $1::bigint
    )
    RETURNING name
"""  # noqa: S608 - constants

KEPT = timedelta(hours=1)
LEAST = timedelta(milliseconds=1)


class Budgets:
    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def shared(self) -> bool:
        """May others spend of them as well?"""
        return self._database.dialect == "postgres"

    async def wait(self, name: str, limit: int, per: timedelta) -> timedelta:
        """How long until one more fits; nothing is spent."""
        span = _ms(per)
        with self._database.reads() as connection:
            rows = await run(connection, _LOOK, [_key(name)])
        if not rows:
            return timedelta(0)
        now, row = int(rows[0]["now"]), rows[0]
        spent = sorted(at for at in _list(row["spent"]) if at > now - span)
        full = spent[-limit] + span - now if len(spent) >= limit else 0
        return timedelta(milliseconds=max(0, full, int(row["blocked_until"]) - now))

    async def spend(self, name: str, limit: int, per: timedelta) -> bool:
        """One unit: at most `limit` within any span of `per`, whoever spends. False: not now, nothing was spent."""
        return bool(await self._write(_SPEND, [_key(name), limit, _ms(per)]))

    async def block(self, name: str, wait: timedelta) -> None:
        """The platform said that it is used up for so long."""
        await self._write(_BLOCK, [_key(name), _ms(wait)])

    async def forget(self) -> int:
        """Drop those nobody has spent of for long: they may be named by ticket. How many there were."""
        return len(await self._write(_FORGET, [_ms(KEPT)])) if self.shared else 0

    async def _write(self, sql: str, values: Sequence[object]) -> list[dict[str, object]]:
        try:
            with self._database.writes() as connection:
                return await run(connection, sql, values)
        except TROUBLE as error:
            raise StoreTrouble("the budgets cannot be written") from error


def _ms(span: timedelta) -> int:
    return int(span / LEAST)


def _key(name: str) -> str:
    return name if len(name) <= NAME else sha256(name.encode()).hexdigest()


def _list(spent: str | list[int]) -> list[int]:
    # asyncpg gives JSON as text.
    return [int(at) for at in (json.loads(spent) if isinstance(spent, str) else spent)]
