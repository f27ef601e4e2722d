"""The cards of a bot's tickets say when it does not take its callbacks, and stop saying so."""

from bridge.domain.change import Change
from bridge.domain.deliveries import Delivery, RefreshCard, Strand, Urgency
from bridge.domain.refs import BotName
from bridge.domain.ticket import TicketState
from bridge.store import Store
from bridge.store.asks import Ask, ByTicket, Situation

AT_MOST = 200
"""Tickets whose cards are brought up to date at once; older ones follow with their next change."""


async def show_trouble(store: Store, bot: BotName) -> None:
    """Have the cards of the bot's running tickets painted anew."""
    for state in (TicketState.ASSIGNED, TicketState.OPEN):
        tickets, _ = await store.tickets.list(bot, state=state, limit=AT_MOST)
        for ticket in tickets:
            await store.writer.decide(Ask(find=ByTicket(ticket.id), decide=_refresh))


def _refresh(situation: Situation) -> Change | None:
    ticket = situation.ticket
    if ticket is None or ticket.thread is None:
        return None
    card = Delivery(
        lane=ticket.thread.lane,
        content=RefreshCard(),
        strand=Strand.CARD,
        urgency=Urgency.CARD,
        ticket=ticket.id,
        coalesce="card",
    )
    return Change(ticket=ticket, code="card_refreshed", deliveries=(card,))
