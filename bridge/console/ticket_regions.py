"""The right side of the screen: a ticket's head, story, box and facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup

from bridge.console.painter import Canvas, Region
from bridge.console.standing import OUTCOME_WORDS, standing_of, state_line
from bridge.console.timeline import Folded, Happened, Item, Said, timeline_of
from bridge.console.viewer import Viewer
from bridge.domain.card import language_name
from bridge.domain.people import Assignee
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.views import LaneView, TicketView
from bridge.domain.words import WordsState

UNSEEN = frozenset({WordsState.SENDING, WordsState.STALE, WordsState.FAILED})


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
    trouble: LaneView | None = None
    """The bot's lane, while it does not take what it is told."""
    now: datetime


def ticket_regions(canvas: Canvas, view: TicketView, facts: Surroundings) -> tuple[Region, ...]:
    """All regions of the open ticket."""
    return (
        _head(canvas, view, facts),
        _timeline(canvas, view),
        around(canvas, facts.others, facts.typing),
        _modes(canvas, view),
        _send(canvas, view),
        _facts(canvas, view, facts),
    )


def around(canvas: Canvas, others: Sequence[Neighbour], typing: str | None) -> Region:
    """Who else looks or writes."""
    return Region("around", (canvas.keep("around-line", "around.html", others=others, typing=typing),))


def _head(canvas: Canvas, view: TicketView, facts: Surroundings) -> Region:
    ticket = view.ticket
    people = [person for person in facts.people if ticket.assignee is None or person.key != ticket.assignee.key]
    acts = canvas.paint(
        "head_acts.html", t=ticket, view=view, card=f"{canvas.page}.{ticket.version}", people=people,
        routes=[route for route in facts.routes if route != ticket.policy.route],
        keep_open=ticket.idle_warned_at is not None and ticket.closes_at is not None,
    )  # fmt: skip
    return Region(
        "head",
        (
            ("head-title", canvas.paint("head_title.html", t=ticket, view=view, standing=standing_of(ticket))),
            ("head-state", _state(canvas, view, facts.trouble)),
            ("head-acts", acts),
        ),
    )


def _state(canvas: Canvas, view: TicketView, trouble: LaneView | None) -> Markup:
    closer = next((entry.actor.name for entry in reversed(view.entries) if entry.kind == "ticket.closed"), None)
    unseen = sum(message.state in UNSEEN for message in view.messages)
    return canvas.paint(
        "head_state.html", t=view.ticket, user=view.user.called, unseen=unseen, trouble=trouble,
        state=state_line(view.ticket, view.user, canvas.viewer.key, closer),
    )  # fmt: skip


def _timeline(canvas: Canvas, view: TicketView) -> Region:
    items = timeline_of(view, canvas.viewer.key)
    # Before anybody has written, what was said to the bot is what one came to read.
    quiet = not any(isinstance(item, Said) for item in items)
    return Region("timeline", tuple(_item(canvas, view, item, quiet=quiet) for item in items))


def _item(canvas: Canvas, view: TicketView, item: Item, *, quiet: bool) -> tuple[str, Markup]:
    match item:
        case Folded():
            return canvas.keep(item.id, "folded.html", item=item, open=quiet)
        case Happened():
            return canvas.keep(item.id, "happened.html", item=item)
        case Said():
            ticket, message = view.ticket, item.message
            return canvas.keep(
                item.id, "said.html", said=item, number=ticket.number, is_open=ticket.state is TicketState.OPEN,
                user=view.user.called, card=f"{canvas.page}.{message.state.value}{message.revision}",
            )  # fmt: skip


def _modes(canvas: Canvas, view: TicketView) -> Region:
    ticket, name = view.ticket, view.user.called
    mine = ticket.assignee is not None and ticket.assignee.key == canvas.viewer.key
    if ticket.state is TicketState.OPEN:
        reply, value = "Claim and reply", "claim_and_reply"
    else:
        reply, value = f"Reply to {name}", "reply"
    tabs = (("reply", value, reply, mine), ("note", "note", "Note, team only", not mine))
    return Region(
        "modes",
        tuple(
            canvas.keep(f"mode-{mode}", "modes.html", mode=mode, value=of, label=label, chosen=chosen)
            for mode, of, label, chosen in tabs
        ),
    )


def _send(canvas: Canvas, view: TicketView) -> Region:
    name = view.user.called
    part = canvas.keep(
        "send-all", "send.html", label=_send_label(view.ticket, name),
        reply_hint=_reply_hint(view.ticket, canvas.viewer, name), note_hint=f"Stays inside. {name} never sees it.",
    )  # fmt: skip
    return Region("send", (part,))


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


def _facts(canvas: Canvas, view: TicketView, facts: Surroundings) -> Region:
    there = local_time(view.user.timezone, facts.now)
    html = canvas.paint(
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
