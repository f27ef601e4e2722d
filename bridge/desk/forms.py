"""The forms that clicks ask for; nothing is committed before they are sent in."""

from collections.abc import Callable

from bridge.desk.placing import placed
from bridge.desk.room import Room
from bridge.desk.who import actor_of, somebody_of
from bridge.domain.events import FormAsked, Verb
from bridge.domain.notices import Scene, refusal, scene_of
from bridge.domain.paint import Answer, Field, Form
from bridge.domain.ticket import Outcome, Ticket, TicketState

SPANS = (("30m", "30 minutes"), ("1h", "1 hour"), ("4h", "4 hours"), ("1d", "1 day"), ("3d", "3 days"))

ENDS = (
    (Outcome.RESOLVED.value, "Resolved"),
    (Outcome.RETURNED_TO_BOT.value, "Back to the bot"),
    (Outcome.CANCELLED.value, "Cancelled"),
    (Outcome.SPAM.value, "Spam"),
)
"""Those people choose, in the console's words; a ticket expires by itself."""

Fields = tuple[Field, ...]


async def form(room: Room, event: FormAsked) -> Answer:
    """The form, or why whoever asks cannot use it: better told now than after filling it in."""
    ticket = await room.store.tickets.get(event.ticket)
    if ticket is None:
        return refusal("unknown_ticket", Scene())
    user = await room.store.users.get(ticket.user)
    called = user.called if user is not None else "the user"
    actor = actor_of(await placed(room, event.person, ticket), room.rules.current)
    make = MAKERS.get(event.verb)
    if make is None:
        return refusal("unknown_command", Scene())
    if not actor.may_work_for(ticket.policy.team):
        ask = somebody_of(ticket.policy.team, room.rules.current)
        code = "not_of_team" if actor.known else "membership_unknown"
        return refusal(code, scene_of(ticket, called, {} if ask is None else {"ask": ask}))
    if event.verb is Verb.MOVE and not any(route.name != ticket.policy.route for route in room.rules.current.routes()):
        return refusal("no_other_route", Scene())
    if ticket.state is TicketState.CLOSED:
        last, at = ticket.last_assignee, ticket.closed_at
        closed = {"by": last.name if last else None, "at": at.isoformat() if at else None}
        return refusal("card_old_closed", scene_of(ticket, called, closed))
    title, submit, fields = make(room, ticket, called)
    return Form(title=title, verb=event.verb, ticket=ticket.id, epoch=ticket.epoch, submit=submit, fields=fields)


def _assign(_room: Room, ticket: Ticket, _user: str) -> tuple[str, str, Fields]:
    return f"Who shall have #{ticket.number}?", "Hand over", (Field(name="to", label="Member", people=True),)


def _snooze(_room: Room, ticket: Ticket, _user: str) -> tuple[str, str, Fields]:
    return f"Snooze #{ticket.number}", "Snooze", (Field(name="until", label="For how long?", choices=SPANS),)


def _move(room: Room, ticket: Ticket, _user: str) -> tuple[str, str, Fields]:
    names = (route.name for route in room.rules.current.routes())
    routes = tuple((name, name) for name in names if name != ticket.policy.route)
    return f"Move #{ticket.number}", "Move", (Field(name="route", label="Route", choices=routes),)


def _close(_room: Room, ticket: Ticket, _user: str) -> tuple[str, str, Fields]:
    fields = (
        Field(name="outcome", label="How did it end?", choices=ENDS),
        Field(name="note", label="A last note, inside", long=True, optional=True),
    )
    return f"Close #{ticket.number}", "Close", fields


def _reply(_room: Room, ticket: Ticket, user: str) -> tuple[str, str, Fields]:
    label = f"{user} reads this"
    return f"Reply to #{ticket.number}", "Send", (Field(name="text", label=label, long=True),)


MAKERS: dict[Verb, Callable[[Room, Ticket, str], tuple[str, str, Fields]]] = {
    Verb.ASSIGN: _assign,
    Verb.SNOOZE: _snooze,
    Verb.MOVE: _move,
    Verb.CLOSE: _close,
    Verb.REPLY: _reply,
}
