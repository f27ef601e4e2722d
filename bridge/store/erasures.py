"""Looking at users: who there is, what an erasure would reach, and who was erased."""

from collections.abc import Mapping
from typing import Any

from tortoise.expressions import Q
from tortoise.functions import Count

from bridge.domain.erasing import Counts, Receipt, UserFound, person_digest
from bridge.domain.refs import BotName, TicketId, UserId
from bridge.domain.ticket import TicketState
from bridge.domain.words import User
from bridge.store.database import Database
from bridge.store.keeping_models import ErasureRow, FileRow
from bridge.store.models import MessageRow, TicketRow, UserRow
from bridge.store.rows import BRIEF, to_user
from bridge.store.strands import run

POSTS = """
    SELECT DISTINCT m.ticket AS ticket, p.message AS message, p.platform AS platform, p.place AS place
    FROM posts p JOIN messages m ON m.id = p.message WHERE m.ticket IN (SELECT id FROM tickets WHERE "user" = $1)
    UNION
    SELECT DISTINCT p.message, p.message, p.platform, p.place FROM posts p
    WHERE p.message IN (SELECT id FROM tickets WHERE "user" = $1)
"""
"""Our posts that show what was said in the user's tickets, or name them."""


class Erasures:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, query: str, limit: int = 50) -> list[UserFound]:
        """Users whose external id or name has this in it; with their counts."""
        with self._database.reads() as connection:
            which = UserRow.filter(Q(external_id__icontains=query) | Q(name__icontains=query))
            rows = await which.exclude(external_id__startswith="erased:").order_by("bot", "external_id").limit(
                limit
            ).using_db(connection)  # fmt: skip
            return [await self._found(to_user(row)) for row in rows]

    async def plan(self, bot: BotName, external_id: str) -> UserFound | None:
        """What an erasure would reach now."""
        with self._database.reads() as connection:
            row = await UserRow.filter(bot=bot, external_id=external_id).using_db(connection).first()
        return await self._found(to_user(row)) if row is not None else None

    async def tickets(self, user: UserId) -> list[TicketId]:
        """Oldest first."""
        with self._database.reads() as connection:
            rows = TicketRow.filter(user=user).order_by("number").using_db(connection)
            return [TicketId(str(name)) for name in await rows.values_list("id", flat=True)]

    async def receipts(self, limit: int = 100) -> list[Receipt]:
        """Latest first."""
        with self._database.reads() as connection:
            rows = await ErasureRow.all().order_by("-at", "-id").limit(limit).using_db(connection)
            return [_to_receipt(row) for row in rows]

    async def receipt(self, bot: BotName, external_id: str) -> Receipt | None:
        """The latest erasure of whoever had this id."""
        with self._database.reads() as connection:
            which = ErasureRow.filter(bot=bot, person=person_digest(bot, external_id))
            row = await which.order_by("-at", "-id").using_db(connection).first()
            return _to_receipt(row) if row is not None else None

    async def _found(self, user: User) -> UserFound:
        with self._database.reads() as connection:
            states = TicketRow.filter(user=user.id).annotate(many=Count("id")).group_by("state")
            per_state = dict(await states.using_db(connection).values_list("state", "many"))
            tickets = [str(name) for name in await self.tickets(user.id)]
            worded = MessageRow.filter(ticket__in=tickets).exclude(kind=BRIEF).exclude(state="deleted")
            messages = await worded.using_db(connection).count() if tickets else 0
            files = await FileRow.filter(Q(ticket__in=tickets) | Q(uploader=user.id)).using_db(connection).count()
            posts = await run(connection, f"SELECT COUNT(*) AS many FROM ({POSTS}) AS shown", [user.id])  # noqa: S608 - a constant
        return UserFound(
            id=user.id, bot=user.bot, external_id=user.external_id, name=user.name,
            counts=Counts(
                tickets=len(tickets), open=sum(per_state.values()) - per_state.get(TicketState.CLOSED.value, 0),
                messages=messages, files=files, posts=int(posts[0]["many"]),
            ),
        )  # fmt: skip


def _to_receipt(row: ErasureRow) -> Receipt:
    return Receipt(
        id=row.id, bot=BotName(row.bot), user=UserId(row.user), at=row.at, counts=counts_of(row.body), again=True
    )


def counts_of(facts: Mapping[str, Any]) -> Counts:
    return Counts(**{name: int(facts.get(name) or 0) for name in ("tickets", "open", "messages", "files", "posts")})
