"""Short ways to ask the writer."""

from bridge.domain.refs import TicketId
from bridge.store.asks import Ask
from tests.samples import asks, user_says


def says(ticket: TicketId, text: str, **said: object) -> Ask:
    return asks(ticket, lambda now: user_says(now.ticket, text, **said))
