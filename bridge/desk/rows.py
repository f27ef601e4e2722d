"""A ticket as one line of a list, and the buttons behind it."""

from bridge.desk.room import Room
from bridge.domain.events import Verb
from bridge.domain.paint import Button, Line, Moment, Style
from bridge.domain.text import excerpt
from bridge.domain.ticket import Priority, Ticket
from bridge.domain.views import InboxRow

URGENT = frozenset({Priority.HIGH, Priority.URGENT})


def line(row: InboxRow) -> Line:
    ticket = row.ticket
    since: Line = (" · waiting since ", Moment(ticket.waiting_since)) if ticket.waiting_since else ()
    if ticket.assignee is not None and ticket.waits_on_user:
        since = (f" · waiting on {row.user}",)
    presses = f"● {ticket.priority.capitalize()}  " if ticket.priority in URGENT else ""
    return (f"{presses}#{ticket.number} {excerpt(row.title, 80)} · {row.user}", *since)


def claim(row: InboxRow) -> Button:
    ticket = row.ticket
    return Button(label="Claim", verb=Verb.CLAIM, ticket=ticket.id, epoch=ticket.epoch, style=Style.PRIMARY)


def link(room: Room, ticket: Ticket) -> Button:
    """A way to its thread, where it has one with an address; else to its page."""
    chat = room.chats.get(ticket.thread.lane.platform) if ticket.thread is not None else None
    url = chat.permalink(ticket.thread) if chat is not None and ticket.thread is not None else None
    if url is None:
        url = f"{room.rules.current.server.public_url.rstrip('/')}/t/{ticket.number}"
    return Button(label="Open", verb=Verb.OPEN, ticket=ticket.id, epoch=ticket.epoch, url=url)
