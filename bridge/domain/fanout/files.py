"""What follows when a file that was fetched is here, or will never be."""

from bridge.domain.change import Change
from bridge.domain.deliveries import Delivery, PostWords, Strand, Urgency
from bridge.domain.ticket import Ticket
from bridge.domain.words import Author, Message, WordsState


def fetched(ticket: Ticket | None, message: Message | None, file: str) -> Change | None:
    """A user's file is shown under their words, or why it does not come; a member's stands where they put it."""
    if ticket is None or message is None or message.author is not Author.USER or message.state is WordsState.DELETED:
        return None
    lane = ticket.policy.lane
    if lane is None:
        return None
    shown = Delivery(
        lane=lane, content=PostWords(message.id, file=file), strand=Strand.WORDS, urgency=Urgency.WORDS,
        ticket=ticket.id,
    )  # fmt: skip
    return Change(ticket=ticket, code="file_settled", deliveries=(shown,))
