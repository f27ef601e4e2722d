"""Erasing a user: one transaction overwrites every word; ids and counts stay. The bytes of files go after it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from tortoise.expressions import Q

from bridge.domain.audit import Audited
from bridge.domain.change import Change, Verdict
from bridge.domain.deliveries import Delivery, RetractWords, Strand, Urgency
from bridge.domain.erasing import Counts, Receipt, nobody, person_digest
from bridge.domain.events import EventKey
from bridge.domain.refs import BotName, Lane, MessageId, TicketId, UserId, new_id
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.words import User
from bridge.store.bulk import insert
from bridge.store.database import Database
from bridge.store.delivery_models import PostRow
from bridge.store.erasures import POSTS, Erasures, counts_of
from bridge.store.files import Files
from bridge.store.keeping_models import ErasureRow, FileRow
from bridge.store.models import MessageRow, UserRow
from bridge.store.rows import BRIEF, to_user
from bridge.store.strands import promote, run
from bridge.store.writer import Tx, Writer

DONE = "done"
_OF_USER = 'SELECT id FROM tickets WHERE "user" = $1'
_BLANK = """
    UPDATE messages SET text = '', body = '[]', state = 'deleted', failure = NULL
    WHERE kind <> 'brief' AND (ticket IN ({tickets}) OR id IN ({others}))
"""
_WITHDRAW = """
    UPDATE outbox SET state = 'withdrawn', live = 0, unknown = 0, coalesce_key = NULL, reason = 'the user was erased',
        finished_at = $2
    WHERE live = 1 AND ticket IN (SELECT id FROM tickets WHERE "user" = $1) AND (
        (state IN ('waiting', 'ready') AND what IN ('PostWords', 'EditWords', 'PostHistory', 'PostLine', 'Remind',
            'Alert', 'Whisper', 'Mark'))
        OR (state IN ('waiting', 'ready', 'unknown', 'held') AND what = 'TellBot' AND message IS NOT NULL))
    RETURNING ticket
"""
_IN_FLIGHT = """
    SELECT ticket, COALESCE(message, ticket) AS message, platform, place FROM outbox
    WHERE live = 1 AND state IN ('sending', 'unknown') AND ticket IN (SELECT id FROM tickets WHERE "user" = $1)
        AND what IN ('PostWords', 'EditWords', 'PostHistory', 'PostLine', 'Remind')
"""

Posts = Sequence[tuple[MessageId, Lane]]


class Decide(Protocol):
    """What the erasure makes of one ticket. Pure."""

    def __call__(self, ticket: Ticket, posts: Posts, user: User, announce: Mapping[str, str | int] | None) -> Change:
        """`announce` is for the bot; None: another ticket tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Who is to be erased, and by whom."""

    bot: BotName
    external_id: str
    at: datetime
    actor: str
    via: str
    facts: Mapping[str, Any]
    key: EventKey | None = None
    fingerprint: str = ""


class Erasing:
    def __init__(self, database: Database, writer: Writer, files: Files, erasures: Erasures) -> None:
        self._database = database
        self._erasures = erasures
        self._writer = writer
        self._files = files
        self.unsettled = False
        """Words that were overwritten may still lie in the write-ahead file."""

    async def erase(self, erasure: Erasure, decide: Decide) -> Receipt | None:
        """Erase; None when the bot has no such user. Repeated under its key it answers as the first time.

        Raises: AlreadySeen when the key was used for something else, StoreTrouble.
        """
        user = await self._erasures.plan(erasure.bot, erasure.external_id)
        others = await self._said_elsewhere(user.id) if user is not None else []
        done = await self._writer.work(partial(_erase, erasure, decide, others), alone=True)
        if done is None:
            return None
        receipt, files = done
        if files:
            await self._files.let_go(files)
        await self.settle_file()
        return receipt

    async def settle_file(self) -> None:
        """SQLite's write-ahead file holds what was overwritten until it is emptied: now, or later if somebody reads."""
        if self._database.dialect == "sqlite":
            with self._database.writes() as connection:
                # Emptying waits for readers, and writers for it: only where the look before says that none is behind.
                (told,) = await connection.execute_query_dict("PRAGMA wal_checkpoint(PASSIVE)")
                if not told["busy"] and told["log"] == told["checkpointed"]:
                    (told,) = await connection.execute_query_dict("PRAGMA wal_checkpoint(TRUNCATE)")
            self.unsettled = bool(told["busy"]) or told["log"] != told["checkpointed"]

    async def _said_elsewhere(self, user: UserId) -> list[str]:
        """What the user said in conversations that began with somebody else."""
        with self._database.reads() as connection:
            sql = """
                SELECT m.id AS id FROM messages m JOIN tickets t ON t.id = m.ticket
                WHERE m.author_key = $1 AND m.author = 'user' AND t."user" <> $1 AND m.state <> 'deleted'
            """
            return [row["id"] for row in await run(connection, sql, [user])]


async def _erase(erasure: Erasure, decide: Decide, others: list[str], tx: Tx) -> tuple[Receipt, list[str]] | None:
    if erasure.key is not None and (before := await tx.answered(erasure.key, erasure.fingerprint)) is not None:
        return _replayed(before), []
    found = await _lock(erasure, tx)
    if found is None:
        return None
    user, tickets = found
    posts = await _posts(tx, user.id)
    words = MessageRow.filter(Q(ticket__in=[each.id for each in tickets]) | Q(id__in=others or [""]))
    messages = await words.exclude(kind=BRIEF).exclude(state="deleted").using_db(tx.connection).count()
    await _blank(tx, user, others)
    files = await _files(tx, user.id, others)
    receipt = Receipt(
        id=new_id("ers"), bot=user.bot, user=user.id, at=erasure.at,
        counts=Counts(
            tickets=len(tickets), open=sum(each.state is not TicketState.CLOSED for each in tickets),
            messages=messages, files=len(files), posts=sum(map(len, posts.values())),
        ),
    )  # fmt: skip
    last = max(tickets, key=lambda each: each.number, default=None)
    verdict: Verdict | None = None
    for ticket in tickets:
        tells = last is not None and ticket.id == last.id
        announce = {"receipt": receipt.id, "external_id": user.external_id} if tells else None
        verdict = await tx.apply(decide(ticket, posts.get(ticket.id, ()), nobody(user), announce))
    await _retract_elsewhere(tx, others)
    await _keep(tx, erasure, receipt, verdict)
    return receipt, files


async def _lock(erasure: Erasure, tx: Tx) -> tuple[User, list[Ticket]] | None:
    """Tickets before their user, as everywhere; then again, for one that was opened meanwhile."""
    row = await UserRow.filter(bot=erasure.bot, external_id=erasure.external_id).using_db(tx.connection).first()
    if row is None:
        return None
    known: set[TicketId] = set()
    while True:
        names = {TicketId(each["id"]) for each in await run(tx.connection, _OF_USER, [row.id])}
        if names == known:
            break
        tickets = await tx.tickets(names)
        known = names
        locked = UserRow.filter(id=row.id, external_id=erasure.external_id).using_db(tx.connection)
        if await locked.select_for_update().first() is None:
            return None
    return to_user(row), tickets if known else []


async def _posts(tx: Tx, user: UserId) -> Mapping[TicketId, Posts]:
    """Those that stand, and those on their way at this moment: their posts are known once they have arrived."""
    found: dict[TicketId, set[tuple[MessageId, Lane]]] = defaultdict(set)
    for row in (*await run(tx.connection, POSTS, [user]), *await run(tx.connection, _IN_FLIGHT, [user])):
        found[TicketId(row["ticket"])].add((MessageId(row["message"]), Lane(row["platform"], row["place"])))
    return {ticket: sorted(posts, key=repr) for ticket, posts in found.items()}


async def _blank(tx: Tx, user: User, others: Sequence[str]) -> None:
    places = ", ".join(f"${index}" for index in range(2, 2 + len(others))) or "''"
    await run(tx.connection, _BLANK.format(tickets=_OF_USER, others=places), [user.id, *others])
    gone = nobody(user)
    await (
        UserRow.filter(id=user.id)
        .using_db(tx.connection)
        .update(
            external_id=gone.external_id,
            name=None,
            locale=None,
            timezone=None,
            avatar_url=None,
            email=None,
            verified=False,
        )
    )
    rows = await run(tx.connection, _WITHDRAW, [user.id, tx.now])
    tx.wake(*await promote(tx.connection, {TicketId(row["ticket"]) for row in rows}))


async def _files(tx: Tx, user: UserId, others: Sequence[str]) -> list[str]:
    tickets = [each["id"] for each in await run(tx.connection, _OF_USER, [user])]
    which = FileRow.filter(Q(ticket__in=tickets) | Q(uploader=user) | Q(message__in=list(others) or [""]))
    rows = await which.using_db(tx.connection).select_for_update()
    names = [row.id for row in rows]
    await FileRow.filter(id__in=names).using_db(tx.connection).delete()
    return names


async def _retract_elsewhere(tx: Tx, others: Sequence[str]) -> None:
    if not others:
        return
    rows = MessageRow.filter(id__in=list(others)).using_db(tx.connection)
    ticket_of = {str(name): TicketId(str(ticket)) for name, ticket in await rows.values_list("id", "ticket")}
    for ticket in await tx.tickets(set(ticket_of.values())):
        tx.touch(ticket.id)
    posts = await PostRow.filter(message__in=list(others)).using_db(tx.connection)
    for message, platform, place in sorted({(each.message, each.platform, each.place) for each in posts}):
        tx.order(
            Delivery(
                lane=Lane(platform, place), content=RetractWords(MessageId(message)), strand=Strand.WORDS,
                urgency=Urgency.WORDS, ticket=ticket_of[message],
            )
        )  # fmt: skip


async def _keep(tx: Tx, erasure: Erasure, receipt: Receipt, verdict: Verdict | None) -> None:
    """The receipt, the line of the audit, and the answer for whoever asks again."""
    counts = dict(receipt.counts.as_facts())
    row = {
        "id": receipt.id, "bot": receipt.bot, "user": receipt.user,
        "person": person_digest(receipt.bot, erasure.external_id), "state": DONE, "at": receipt.at, "body": counts,
    }  # fmt: skip
    await insert(tx.connection, ErasureRow, [row])
    facts = {"bot": receipt.bot, "user": receipt.user, **counts, **erasure.facts}
    tx.audit(
        Audited(
            at=erasure.at, actor=erasure.actor, via=erasure.via, action="user.erased", object=receipt.id, facts=facts
        )
    )
    if erasure.key is not None and verdict is not None:
        said = Verdict(
            code="erased", ticket=verdict.ticket,
            facts={"receipt": receipt.id, "user": receipt.user, "at": receipt.at.isoformat(), **counts},
        )  # fmt: skip
        tx.remember(erasure.key, erasure.fingerprint, said)


def _replayed(before: Verdict) -> Receipt:
    facts = before.facts
    return Receipt(
        id=str(facts.get("receipt")), bot=BotName(before.ticket.bot), user=UserId(str(facts.get("user"))),
        at=datetime.fromisoformat(str(facts.get("at"))), counts=counts_of(facts), again=True,
    )  # fmt: skip
