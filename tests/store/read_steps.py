"""Short ways to open and change tickets that are read."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.change import Change
from bridge.domain.refs import TicketId
from bridge.domain.views import Section
from bridge.store import Store
from tests.samples import (
    START,
    asks,
    opening,
    opens,
)


async def opened(store: Store, **said: object) -> TicketId:
    change = opening(**said)
    await store.writer.decide(opens(change))
    return change.ticket.id


async def change_ticket(store: Store, ticket: TicketId, **said: object) -> None:
    await store.writer.decide(asks(ticket, lambda now: Change(ticket=replace(now.ticket, **said), code="changed")))


async def listed(store: Store, section: Section, **said: object) -> list[TicketId]:
    return [row.ticket.id for row in (await store.tickets.inbox(section, **said)).rows]


def minutes(count: int):
    return START + timedelta(minutes=count)
