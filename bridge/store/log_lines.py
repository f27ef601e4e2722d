"""Reads tickets' logs for measures: many lines at a time, and of each only what is measured.

Raw SQL, for here a row costs a tenth of what Tortoise's conversions do, and a look back over weeks reads many.
"""

import json
from collections.abc import AsyncIterator, Container, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from bridge.domain.measures import KINDS, Fact, Line, Terms, facts_of
from bridge.domain.people import ActorKind
from bridge.domain.policy import Policy
from bridge.domain.refs import TicketId
from bridge.store.claims import moment
from bridge.store.database import Database
from bridge.store.policies import Policies
from bridge.store.strands import run

AFTERWARDS = timedelta(hours=1)
"""How long after its end a ticket may get lines that are measured: receipts and refusals of its last words."""
AT_ONCE = 50
"""Tickets read in one query: what is made of them keeps the loop for a few milliseconds."""
TOLD = frozenset({"ticket.opened", "ticket.rerouted", "ticket.closed", "message.created"})
"""Lines of which more counts than that they are there, and when."""

_LIVE = "SELECT id, policy FROM tickets WHERE state = $1 AND created_at < $2"
_OVER = "SELECT id, policy FROM tickets WHERE state = 'closed' AND closed_at >= $1 AND created_at < $2"
_BY_ID = "SELECT id, policy FROM tickets WHERE id IN ({places})"
_LINES = """
    SELECT ticket, seq, kind, at, message, body FROM entries
    WHERE ticket IN ({places}) AND kind IN ({kinds}) ORDER BY ticket, seq
"""

Only = Mapping[TicketId, Container[int]]
"""Places in tickets' logs."""


class LogLines:
    def __init__(self, database: Database, policies: Policies) -> None:
        self._database = database
        self._policies = policies

    async def facts(self, since: datetime, until: datetime) -> AsyncIterator[list[Fact]]:
        """What there is to measure of every ticket that was not closed all this time; some tickets at a time."""
        with self._database.reads() as connection:
            rows = await run(connection, _OVER, [since - AFTERWARDS, until])
            for state in ("open", "assigned"):
                rows += await run(connection, _LIVE, [state, until])
        async for facts in self._read({TicketId(row["id"]): row["policy"] for row in rows}):
            yield facts

    async def ended_by(self, lines: Only) -> list[Fact]:
        """What these lines ended or counted."""
        found: list[Fact] = []
        wanted = sorted(lines)
        for index in range(0, len(wanted), AT_ONCE):
            chunk = wanted[index : index + AT_ONCE]
            with self._database.reads() as connection:
                rows = await run(connection, _BY_ID.format(places=_places(1, len(chunk))), chunk)
            async for facts in self._read({TicketId(row["id"]): row["policy"] for row in rows}, lines):
                found += facts
        return found

    async def _read(self, policy_of: Mapping[TicketId, str], only: Only | None = None) -> AsyncIterator[list[Fact]]:
        tickets = sorted(policy_of)
        for index in range(0, len(tickets), AT_ONCE):
            chunk = tickets[index : index + AT_ONCE]
            with self._database.reads() as connection:
                policies = await self._policies.fetch({policy_of[ticket] for ticket in chunk}, connection)
                rows = await _lines(connection, chunk)
            found: list[Fact] = []
            for ticket, log in groupby(rows, key=itemgetter("ticket")):
                terms = _terms(policies[policy_of[ticket]])
                found += facts_of(map(_to_line, log), terms, only=only[ticket] if only is not None else None)
            yield found


async def _lines(connection: BaseDBAsyncClient, tickets: Sequence[TicketId]) -> list[dict[str, Any]]:
    kinds = sorted(KINDS)
    sql = _LINES.format(places=_places(1, len(tickets)), kinds=_places(1 + len(tickets), len(kinds)))
    return await run(connection, sql, [*tickets, *kinds])


def _places(first: int, number: int) -> str:
    return ", ".join(f"${index}" for index in range(first, first + number))


def _to_line(row: Mapping[str, Any]) -> Line:
    kind, at = row["kind"], moment(row["at"])
    assert at is not None  # noqa: S101 - the column cannot be null
    if kind not in TOLD:
        return Line(kind=kind, at=at, by=None, message=row["message"], seq=row["seq"])
    body = json.loads(row["body"]) if isinstance(row["body"], str) else row["body"]
    by = ActorKind(body["actor"]["kind"])
    return Line(kind=kind, at=at, by=by, facts=body["facts"], message=row["message"], seq=row["seq"])


def _terms(policy: Policy) -> Terms:
    ladder = policy.waiting or policy.answering
    return Terms(calendar=ladder.clock if ladder else None, reopen_within=policy.reopen_within)
