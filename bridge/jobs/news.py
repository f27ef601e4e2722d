"""Bots hear that a ticket is delayed by its platform, and where it stands in the queue if they asked for that."""

from datetime import datetime

from bridge.desk.desk import Desk
from bridge.domain.events import PlatformAway, QueueMoved
from bridge.domain.refs import TicketId
from bridge.rulebook import Rules
from bridge.store import Store

QUEUE_NEWS = "ticket.queue_updated"


class TellDelays:
    """Once per ticket and outage, also for tickets that open while it lasts. A restart tells nothing twice."""

    def __init__(self, desk: Desk, store: Store) -> None:
        self._desk = desk
        self._store = store
        self._told: dict[tuple[str, datetime], set[TicketId]] = {}

    async def __call__(self, now: datetime) -> None:
        outages = await self._store.outages.open()
        self._told = {outage: told for outage, told in self._told.items() if outage in outages.items()}
        for platform, since in outages.items():
            told = self._told.setdefault((platform, since), set())
            for ticket in await self._store.tickets.open_with_lane_platform(platform):
                if ticket not in told:
                    await self._desk.handle(PlatformAway(ticket=ticket, since=since, at=now))
                    told.add(ticket)


class TellQueue:
    """Only for bots whose callback names the event; every look costs a read of the queue."""

    def __init__(self, desk: Desk, store: Store, rules: Rules) -> None:
        self._desk = desk
        self._store = store
        self._rules = rules

    async def __call__(self, now: datetime) -> None:
        bots = self._rules.current.bots.values()
        curious = {bot.name for bot in bots if bot.callback is not None and QUEUE_NEWS in (bot.callback.events or ())}
        if not curious:
            return
        for place in await self._store.tickets.queue_places():
            if place.bot in curious and place.position != place.told:
                await self._desk.handle(QueueMoved(ticket=place.ticket, position=place.position, at=now))
