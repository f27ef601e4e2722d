"""Reading the bots' end users."""

from tortoise.expressions import Q

from bridge.domain.refs import BotName, UserId
from bridge.domain.words import User
from bridge.store.database import Database
from bridge.store.models import UserRow
from bridge.store.rows import to_user


class Users:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user: UserId) -> User | None:
        return await self._one(Q(id=user))

    async def by_external(self, bot: BotName, external_id: str) -> User | None:
        return await self._one(Q(bot=bot, external_id=external_id))

    async def _one(self, which: Q) -> User | None:
        with self._database.reads() as connection:
            row = await UserRow.filter(which).using_db(connection).first()
            return to_user(row) if row else None
