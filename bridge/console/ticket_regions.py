"""The right side of the screen: a ticket's head, story, box and facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup

from bridge.console.painter import Painter, Region
from bridge.console.standing import OUTCOME_WORDS, closes_at, standing_of, state_line
from bridge.console.timeline import Folded, Happened, Item, timeline_of
from bridge.console.viewer import Screen, Viewer
from bridge.domain.card import language_name
from bridge.domain.people import Assignee
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.views import TicketView


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Somebody else at the same ticket."""

    name: str
    writing: bool = False
    note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a ticket's page shows besides the ticket."""

    people: Sequence[Assignee] = ()
    """Who it can be given to."""
    routes: Sequence[str] = ()
    """Where it can be moved to."""
    others: Sequence[Neighbour] = ()
    typing: str | None = None
    """The user's name while they write."""
    thread_url: str | None = None
    now: datetime


def ticket_regions(
    painter: Painter, viewer: Viewer, screen: Screen, view: TicketView, facts: Surroundings, *, page: str
) -> tuple[Region, ...]:
    """All regions of the open ticket. `page` names this load of the page: a double click has one effect."""
    card = f"{page}.{view.ticket.version}"
    return (
        _head(painter, viewer, screen, view, facts, card=card),
        _timeline(painter, viewer, view, page=page),
        around(painter, facts.others, facts.typing),
        _modes(painter, viewer, view),
        _send(painter, viewer, view),
        _facts(painter, view, facts),
    )


def around(painter: Painter, others: Sequence[Neighbour], typing: str | None) -> Region:
    """Who else looks or writes."""
    return Region("around", (("around-line", painter.paint("around.html", others=others, typing=typing)),))


def _head(
    painter: Painter, viewer: Viewer, screen: Screen, view: TicketView, facts: Surroundings, *, card: str
) -> Region:
    ticket = view.ticket
    closer = next((entry.actor.name for entry in reversed(view.entries) if entry.kind == "ticket.closed"), None)
    title = painter.paint("head_title.html", t=ticket, view=view, screen=screen, standing=standing_of(ticket))
    state = painter.paint(
        "head_state.html", t=ticket, view=view, state=state_line(ticket, view.user, viewer.key, closer)
    )
    people = [person for person in facts.people if ticket.assignee is None or person.key != ticket.assignee.key]
    acts = painter.paint(
        "head_acts.html", t=ticket, view=view, viewer=viewer, card=card, people=people,
        routes=[route for route in facts.routes if route != ticket.policy.route],
        keep_open=closes_at(ticket) is not None,
    )  # fmt: skip
    return Region("head", (("head-title", title), ("head-state", state), ("head-acts", acts)))


def _timeline(painter: Painter, viewer: Viewer, view: TicketView, *, page: str) -> Region:
    items = timeline_of(view, viewer.key)
    quiet = not any(not isinstance(item, Folded | Happened) for item in items)
    return Region(
        "timeline", tuple((item.id, _item(painter, viewer, view, item, page=page, fresh=quiet)) for item in items)
    )


def _item(painter: Painter, viewer: Viewer, view: TicketView, item: Item, *, page: str, fresh: bool) -> Markup:
    match item:
        case Folded():
            # Before anybody has written, what was said to the bot is what one came to read.
            return painter.paint("folded.html", item=item, open=fresh)
        case Happened():
            return painter.paint("happened.html", item=item)
        case _:
            card = f"{page}.{item.message.state.value}{item.message.revision}"
            return painter.paint("said.html", said=item, t=view.ticket, viewer=viewer, user=view.user.called, card=card)


def _modes(painter: Painter, viewer: Viewer, view: TicketView) -> Region:
    ticket, name = view.ticket, view.user.called
    mine = ticket.assignee is not None and ticket.assignee.key == viewer.key
    if ticket.state is TicketState.OPEN:
        reply, value = "Claim and reply", "claim_and_reply"
    else:
        reply, value = f"Reply to {name}", "reply"
    tabs = (("reply", value, reply, mine), ("note", "note", "Note, team only", not mine))
    return Region(
        "modes",
        tuple(
            (f"mode-{mode}", painter.paint("modes.html", mode=mode, value=of, label=label, chosen=chosen))
            for mode, of, label, chosen in tabs
        ),
    )


def _send(painter: Painter, viewer: Viewer, view: TicketView) -> Region:
    name = view.user.called
    html = painter.paint(
        "send.html", label=_send_label(view.ticket, name), reply_hint=_reply_hint(view.ticket, viewer, name),
        note_hint=f"Stays inside. {name} never sees it.", no_reply=False,
    )  # fmt: skip
    return Region("send", (("send-all", html),))


def _send_label(ticket: Ticket, name: str) -> str:
    return f"Claim and send to {name}" if ticket.state is TicketState.OPEN else f"Send to {name}"


def _reply_hint(ticket: Ticket, viewer: Viewer, name: str) -> str:
    if ticket.state is TicketState.CLOSED:
        return f"#{ticket.number} is closed: you are asked before it is reopened."
    undo = int(ticket.policy.relay.undo.total_seconds())
    after = f"Goes to {name} after {undo} s." if undo else f"Goes to {name} at once."
    if ticket.assignee is not None and ticket.assignee.key != viewer.key:
        return f"{ticket.assignee.name} has it. {after}"
    return after


def _facts(painter: Painter, view: TicketView, facts: Surroundings) -> Region:
    there = local_time(view.user.timezone, facts.now)
    html = painter.paint(
        "facts.html", view=view, user=view.user, t=view.ticket, now=view.ticket.created_at,
        language=language_name(view.user.locale or view.ticket.language),
        zone=view.user.timezone if there else None, there=there or "", thread_url=facts.thread_url,
        outcomes={outcome.value: word for outcome, word in OUTCOME_WORDS.items()},
    )  # fmt: skip
    return Region("facts", (("facts-all", html),))


def local_time(zone: str | None, now: datetime) -> str | None:
    """The time on the user's wall; None when the bot named no zone that exists."""
    if not zone:
        return None
    try:
        return now.astimezone(ZoneInfo(zone)).strftime("%H:%M")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
