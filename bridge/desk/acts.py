"""Verb → action: what a button or command asks for, in the lifecycle's words."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from bridge.desk.room import Room
from bridge.desk.rows import link
from bridge.desk.who import actor_of, may_see
from bridge.domain import actions as act
from bridge.domain.actions import Action
from bridge.domain.errors import NotAllowed
from bridge.domain.events import ButtonPressed, FormSubmitted, Verb
from bridge.domain.notices import Scene, refusal
from bridge.domain.paint import Anchor, Answer, Line, Notice
from bridge.domain.people import Actor, Person, as_assignee
from bridge.domain.refs import MessageId, TicketId, new_id
from bridge.domain.ticket import Outcome
from bridge.rulebook.facts import facts_of_ticket
from bridge.store.asks import Situation

LOOKS = frozenset({Verb.OPEN, Verb.WHY, Verb.TRANSCRIPT})
"""Verbs that only show something."""

UNDO_CLOSE_WITHIN = timedelta(seconds=15)
"""Ten seconds are promised; the click may be on its way."""

SPAN = re.compile(r"^(\d{1,4})\s*([mhd])$", re.IGNORECASE)
UNITS = {"m": "minutes", "h": "hours", "d": "days"}

PLAIN_ACTS: dict[Verb, Callable[[], Action]] = {
    Verb.CLAIM_ANYWAY: act.Claim,
    Verb.TAKE_OVER: lambda: act.Claim(take_over=True),
    Verb.RELEASE: act.Release,
    Verb.REOPEN: act.Reopen,
    Verb.WAKE: act.Wake,
    Verb.KEEP_OPEN: act.KeepOpen,
    Verb.ASK_HAND_OVER: act.AskHandOver,
}


async def chosen(room: Room, event: ButtonPressed | FormSubmitted, actor: Actor) -> Callable[[Situation], Action]:
    """Which action the click is.

    Raises:
        NotAllowed: what was chosen with it makes no sense.
    """
    verb, fields = event.verb, event.fields
    message = event.message if isinstance(event, ButtonPressed) else None
    if verb in PLAIN_ACTS:
        plain = PLAIN_ACTS[verb]()
        return lambda _seen: plain
    match verb:
        case Verb.CLAIM:
            return lambda seen: _claim(room, seen)
        case Verb.ASSIGN:
            given = _assign(room, event)
        case Verb.CLOSE:
            given = _close(fields.get("outcome"), fields.get("note"))
        case Verb.SNOOZE:
            given = act.Snooze(until=until(fields.get("until", ""), event.at))
        case Verb.MOVE:
            given = _move(room, fields.get("route", ""), actor)
        case Verb.UNDO_CLOSE:
            return lambda seen: _undo_close(seen, event.at)
        case Verb.RETRY | Verb.WITHDRAW if message is not None:
            return lambda seen: _retry(seen, message, withdraw=verb is Verb.WITHDRAW)
        case _ if message is not None:
            given = _held(verb, message)
        case _:
            raise NotAllowed("unknown_command")
    return lambda _seen: given


def _claim(room: Room, seen: Situation) -> Action:
    """Whoever has as many as the team thinks right is asked first."""
    team = room.rules.current.teams.get(seen.ticket.policy.team) if seen.ticket is not None else None
    return act.Claim(has_open=seen.has_open, at_most=team.max_open if team is not None else None)


def _held(verb: Verb, message: MessageId) -> Action:
    return act.DecideHeld(
        message=message,
        send=verb is not Verb.KEEP_INSIDE,
        claim=verb is Verb.CLAIM_AND_SEND,
        reopen=verb is Verb.REOPEN_AND_SEND,
    )


def _assign(room: Room, event: ButtonPressed | FormSubmitted) -> Action:
    if event.named is None:
        raise NotAllowed("unknown_member")
    receiver = actor_of(event.named, room.rules.current)
    return act.Assign(to=as_assignee(receiver), to_teams=receiver.teams)


def _close(outcome: str | None, note: str | None) -> Action:
    if outcome is not None and outcome not in set(Outcome):
        raise NotAllowed("unknown_outcome")
    made = Outcome(outcome) if outcome else Outcome.RESOLVED
    return act.Close(outcome=made, note=note or None, message=MessageId(new_id("msg")) if note else None)


def _undo_close(seen: Situation, now: datetime) -> Action:
    closed_at = seen.ticket.closed_at if seen.ticket else None
    if closed_at is None or now - closed_at > UNDO_CLOSE_WITHIN:
        raise NotAllowed("over_undo")
    return act.Reopen(claim=True)


def _retry(seen: Situation, message: MessageId, *, withdraw: bool) -> Action:
    stored = seen.messages.get(message)
    if stored is None or seen.ticket is None or stored.ticket != seen.ticket.id:
        raise NotAllowed("not_failed")
    return act.Retry(stored=stored, withdraw=withdraw)


def _move(room: Room, name: str, actor: Actor) -> Action:
    found = room.rules.current.route_named(name)
    if found is None:
        raise NotAllowed("unknown_route", route=name[:64])
    return act.Reroute(policy=found.policy, reason=f"moved by {actor.name}")


def until(said: str, now: datetime) -> datetime:
    """`30m`, `2h`, `3d`, or an ISO time with its zone."""
    span = SPAN.match(said.strip())
    if span:
        return now + timedelta(**{UNITS[span.group(2).lower()]: int(span.group(1))})
    try:
        at = datetime.fromisoformat(said.strip())
    except ValueError:
        raise NotAllowed("bad_span") from None
    if at.tzinfo is None:
        raise NotAllowed("bad_span")
    return at


async def look(room: Room, verb: Verb, ticket_id: TicketId, person: Person) -> Answer:
    """Show something about the ticket; nothing changes."""
    view = await room.store.tickets.view(ticket_id)
    if view is None or not may_see(view.ticket, person, room.rules.current):
        return refusal("unknown_ticket", Scene())
    ticket = view.ticket
    address = room.rules.current.server.public_url
    page = f"{address.rstrip('/')}/t/{ticket.number}" if address else None
    match verb:
        case Verb.WHY:
            book = room.rules.current
            now = book.route(facts_of_ticket(ticket, view.brief, view.user), room.clock.now())
            line: Line = (f"#{ticket.number} is on the route {ticket.policy.route}: {ticket.route_reason}.",)
            if now.route.policy.route != ticket.policy.route:
                line += (f" Today's rules would send it to {now.route.policy.route}: {now.reason}.",)
        case Verb.TRANSCRIPT:
            where = (Anchor("transcript", f"{page}/transcript.md"),) if page else ("transcript in the console",)
            line = (f"#{ticket.number}: ", *where)
        case _:
            line = (f"#{ticket.number}: ", Anchor(view.brief.title, page) if page else view.brief.title)
            thread = link(room, ticket).url
            if thread is not None and thread != page:
                line += (" · ", Anchor("its thread ↗", thread))
    return Notice(line=line)
