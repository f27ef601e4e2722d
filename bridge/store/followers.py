"""Tickets as the rules see them: who follows which policy, and what was escalated when."""

from collections.abc import Sequence
from datetime import datetime

from tortoise.expressions import Q
from tortoise.functions import Count

from bridge.domain.refs import BotName
from bridge.domain.ticket import Ticket
from bridge.domain.views import Followers as Group
from bridge.store.database import Database
from bridge.store.models import TicketRow
from bridge.store.policies import Policies
from bridge.store.tickets import LIVE, built


class Followers:
    def __init__(self, database: Database, policies: Policies) -> None:
        self._database = database
        self._policies = policies

    async def counts(self) -> Sequence[Group]:
        """The running tickets, counted by policy, bot and platform."""
        with self._database.reads() as connection:
            counted = TicketRow.filter(state__in=LIVE).annotate(n=Count("id")).group_by("policy", "bot", "platform")
            rows = await counted.using_db(connection).values_list("policy", "bot", "platform", "n")
            policies = await self._policies.fetch({digest for digest, *_ in rows}, connection)
        return [
            Group(policy=policies[digest], bot=BotName(bot), platform=platform, count=count)
            for digest, bot, platform, count in rows
        ]

    async def running(self, *, opened_since: datetime | None = None) -> Sequence[Ticket]:
        """Every ticket that is not closed, by number."""
        which = Q(state__in=LIVE)
        return await self._read(which if opened_since is None else which & Q(created_at__gte=opened_since))

    async def opened(self, since: datetime) -> Sequence[Ticket]:
        """Every ticket opened since, closed ones too, by number."""
        return await self._read(Q(created_at__gte=since))

    async def _read(self, which: Q) -> Sequence[Ticket]:
        with self._database.reads() as connection:
            rows = await TicketRow.filter(which).order_by("number").using_db(connection)
            return await built(rows, self._policies, connection)
