"""Answers that show rather than act: lists of tickets, help, and forms."""

from bridge.desk.room import Room
from bridge.desk.who import may_see
from bridge.domain.events import FormAsked, Verb
from bridge.domain.notices import Scene, refusal
from bridge.domain.paint import Answer, Button, Field, Form, Line, Listing, Moment, Notice, Style
from bridge.domain.people import Person
from bridge.domain.refs import Lane, MemberKey
from bridge.domain.text import excerpt
from bridge.domain.ticket import Outcome
from bridge.domain.views import InboxRow, Section

LISTED = 10

SPANS = (("30m", "30 minutes"), ("1h", "1 hour"), ("4h", "4 hours"), ("1d", "1 day"), ("3d", "3 days"))

HELP = (
    ("list", "tickets of this channel that nobody has"),
    ("mine", "your tickets"),
    ("next", "the one waiting longest"),
    ("claim N", "take ticket N"),
    ("assign N @who", "give it to somebody"),
    ("release N", "put it back"),
    ("close N", "resolved; the bot takes over"),
    ("snooze N 2h", "rest, sooner if the user writes"),
    ("why N", "why it is here"),
    ("here", "this channel's lines for the config file"),
)


async def queue(room: Room, lane: Lane | None, person: Person) -> Listing:
    """What nobody has, oldest waiting first: of the lane, or everywhere."""
    if lane is not None:
        rows = await room.store.tickets.queue(lane)
    else:
        rows = list((await room.store.tickets.inbox(Section.UNASSIGNED, limit=LISTED)).rows)
    rows = [row for row in rows if may_see(row.ticket, person, room.rules.current)]
    if not rows:
        return Listing(title="Nobody is waiting.", rows=())
    shown = tuple((_line(row), _claim(row)) for row in rows[:LISTED])
    more = len(rows) - len(shown)
    return Listing(title=f"{len(rows)} waiting" + (f", {more} more in the console" if more else ""), rows=shown)


async def mine(room: Room, member: MemberKey) -> Listing:
    inbox = await room.store.tickets.inbox(Section.MINE, member=member, limit=LISTED)
    if not inbox.rows:
        return Listing(title="Nothing is yours.", rows=())
    return Listing(title="Yours", rows=tuple((_line(row), None) for row in inbox.rows))


async def oldest(room: Room, lane: Lane | None, person: Person) -> Answer:
    """`/handrail next`"""
    listing = await queue(room, lane, person)
    return Listing(title="Next", rows=listing.rows[:1]) if listing.rows else listing


def helped() -> Listing:
    return Listing(title="/handrail …", rows=tuple(((f"{word}: {what}",), None) for word, what in HELP))


def here(lane: Lane | None) -> Notice:
    """The lines an admin pastes to send tickets to this channel."""
    if lane is None:
        return Notice(line=("Type this in the channel you mean.",))
    paste = f"target: {{platform: {lane.platform}, channel: {lane.place}}}"
    return Notice(line=(f"This channel: {lane.place} in {lane.platform}. Paste: {paste}",))


def _line(row: InboxRow) -> Line:
    ticket = row.ticket
    since: Line = (" · waiting since ", Moment(ticket.waiting_since)) if ticket.waiting_since else ()
    return (f"#{ticket.number} {excerpt(row.title, 80)} · {row.user}", *since)


def _claim(row: InboxRow) -> Button:
    ticket = row.ticket
    return Button(label="Claim", verb=Verb.CLAIM, ticket=ticket.id, epoch=ticket.epoch, style=Style.PRIMARY)


async def form(room: Room, event: FormAsked) -> Answer:
    """The form a click needs; nothing is committed."""
    ticket = await room.store.tickets.get(event.ticket)
    if ticket is None:
        return refusal("unknown_ticket", Scene())
    match event.verb:
        case Verb.ASSIGN:
            title, submit = f"Who shall have #{ticket.number}?", "Hand over"
            fields: tuple[Field, ...] = (Field(name="to", label="Member", people=True),)
        case Verb.SNOOZE:
            title, submit = f"Snooze #{ticket.number}", "Snooze"
            fields = (Field(name="until", label="Until", choices=SPANS),)
        case Verb.MOVE:
            title, submit = f"Move #{ticket.number}", "Move"
            names = (route.name for route in room.rules.current.routes())
            routes = tuple((name, name) for name in names if name != ticket.policy.route)
            fields = (Field(name="route", label="Route", choices=routes),)
        case Verb.CLOSE:
            title, submit = f"Close #{ticket.number}", "Close"
            outcomes = tuple((outcome.value, outcome.value.replace("_", " ").capitalize()) for outcome in Outcome)
            fields = (
                Field(name="outcome", label="How did it end?", choices=outcomes),
                Field(name="note", label="A last note, inside", long=True, optional=True),
            )
        case _:
            return refusal("unknown_command", Scene())
    return Form(title=title, verb=event.verb, ticket=ticket.id, epoch=ticket.epoch, submit=submit, fields=fields)
