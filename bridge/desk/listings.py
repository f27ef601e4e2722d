"""Answers that show rather than act: lists of tickets, help, and where one is."""

from difflib import get_close_matches

from bridge.desk.room import Room
from bridge.desk.rows import claim, line, link
from bridge.desk.who import may_see
from bridge.domain.events import Verb
from bridge.domain.paint import Answer, Button, Line, Listing, Moment, Notice, Style
from bridge.domain.people import Person
from bridge.domain.refs import Lane, MemberKey
from bridge.domain.text import excerpt
from bridge.domain.views import InboxRow, Section

LISTED = 10

HELP = (
    ("list", "tickets of this channel that nobody has"),
    ("mine", "your tickets"),
    ("next", "the one waiting longest"),
    ("claim N", "take ticket N"),
    ("assign N @who", "give it to somebody"),
    ("release N", "put it back"),
    ("close N", "resolved; the bot takes over"),
    ("reopen N", "take up a closed one again"),
    ("snooze N 2h", "rest, sooner if they write"),
    ("wake N", "end its rest"),
    ("reply N words", "goes out"),
    ("note N words", "stays inside"),
    ("why N", "why it is here"),
    ("here", "this channel's lines for the config file"),
    ("in a ticket's thread", "N may be left out. Where /handrail does not work, mention me: @Handrail close"),
)


async def queue(room: Room, lane: Lane | None, person: Person) -> Listing:
    """What nobody has, oldest waiting first: of the lane, or everywhere."""
    rows = await _waiting(room, lane, person)
    if not rows:
        return Listing(title="Nobody is waiting.", rows=())
    shown = tuple((line(row), claim(row)) for row in rows[:LISTED])
    more = len(rows) - len(shown)
    return Listing(title=f"{len(rows)} waiting" + (f", {more} more in the console" if more else ""), rows=shown)


async def _waiting(room: Room, lane: Lane | None, person: Person) -> list[InboxRow]:
    if lane is not None:
        rows = await room.store.tickets.queue(lane)
    else:
        rows = list((await room.store.tickets.inbox(Section.UNASSIGNED, limit=LISTED)).rows)
    return [row for row in rows if may_see(row.ticket, person, room.rules.current)]


async def mine(room: Room, member: MemberKey, lane: Lane | None, person: Person) -> Answer:
    inbox = await room.store.tickets.inbox(Section.MINE, member=member, limit=LISTED)
    if inbox.rows:
        return Listing(title="Yours", rows=tuple((line(row), link(room, row.ticket)) for row in inbox.rows))
    waiting = await _waiting(room, lane, person)
    if not waiting:
        return Listing(title="Nothing is yours.", rows=())
    ticket = waiting[0].ticket
    take = Button(
        label=f"Take the oldest: #{ticket.number}", verb=Verb.CLAIM, ticket=ticket.id, epoch=ticket.epoch,
        style=Style.PRIMARY,
    )  # fmt: skip
    since: Line = (", waiting since ", Moment(ticket.waiting_since)) if ticket.waiting_since else ()
    return Notice(line=(f"Nothing is yours. The oldest is #{ticket.number}", *since, "."), buttons=(take,))


async def oldest(room: Room, lane: Lane | None, person: Person) -> Answer:
    """`/handrail next`"""
    listing = await queue(room, lane, person)
    return Listing(title="Next", rows=listing.rows[:1]) if listing.rows else listing


def helped(title: str = "/handrail …") -> Listing:
    return Listing(title=title, rows=tuple(((f"{word}: {what}",), None) for word, what in HELP))


def not_known(word: str, known: tuple[str, ...]) -> Listing:
    """A word nobody taught us: what it may have meant, and all there are."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    meant = f" Did you mean {near[0]}?" if near else ""
    return helped(f"I do not know “{excerpt(word, 30)}”.{meant}")


def here(lane: Lane | None) -> Notice:
    """The lines an admin pastes to send tickets to this channel."""
    if lane is None:
        return Notice(line=("Type this in the channel you mean.",))
    paste = f"target: {{platform: {lane.platform}, channel: {lane.place}}}"
    return Notice(line=(f"This channel: {lane.place} in {lane.platform}. Paste: {paste}",))
