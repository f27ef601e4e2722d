"""A platform was away and is back."""

from datetime import datetime

import structlog

from bridge.desk.desk import Desk
from bridge.domain.errors import HandrailError, StoreTrouble
from bridge.domain.events import PlatformBack
from bridge.store import Store

log = structlog.get_logger(__name__)


class GiveTimeBack:
    """Tells the desk, for each open ticket of the platform, how long nobody there could answer: ladders stood still.

    Delivery calls it when it ends an outage. Repeating it for the same outage changes nothing.
    """

    def __init__(self, desk: Desk, store: Store) -> None:
        self._desk = desk
        self._store = store

    async def __call__(self, platform: str, since: datetime, at: datetime) -> None:
        tickets = await self._store.tickets.open_with_lane_platform(platform)
        for ticket in tickets:
            try:
                await self._desk.handle(PlatformBack(ticket=ticket, since=since, at=at))
            except StoreTrouble:
                raise
            except HandrailError as error:  # closed or erased meanwhile: the others still get their time back
                log.info("no_time_given_back", ticket=ticket, reason=type(error).__name__)
        log.info("ladders_stood_still", platform=platform, tickets=len(tickets), seconds=(at - since).total_seconds())
