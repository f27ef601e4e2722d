"""The left side of the screen: sections with counts, the reminder line, the rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from bridge.console.painter import Canvas, Region
from bridge.console.standing import standing_of
from bridge.console.viewer import Viewer
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.views import Inbox, InboxRow, Section

OWN_WORDS = frozenset({"closed", "trouble", "snoozed", "urgent", "open"})
"""Tones whose own word says it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """What the list says when it is empty."""

    oldest: InboxRow | None = None
    """Of the unassigned, for those who have nothing."""
    claimed_in: timedelta | None = None
    """How long the last claimed ticket had waited."""
    first_run: bool = False


def list_regions(canvas: Canvas, inbox: Inbox, facts: ListFacts) -> tuple[Region, ...]:
    return (_tabs(canvas, inbox), _digest(canvas, inbox), _rows(canvas, inbox, facts))


def _tabs(canvas: Canvas, inbox: Inbox) -> Region:
    counts = {section: None if section is Section.CLOSED else inbox.counts.get(section, 0) for section in Section}
    return Region(
        "tabs",
        tuple(
            canvas.keep(f"tab-{section.value}", "tabs.html", section=section, count=counts[section])
            for section in Section
        ),
    )


def _digest(canvas: Canvas, inbox: Inbox) -> Region:
    """Stands above the unassigned once somebody was reminded of one of them."""
    late = [row for row in inbox.rows if row.ticket.reminded and row.ticket.state is TicketState.OPEN]
    if canvas.screen.section is not Section.UNASSIGNED or not late:
        return Region("digest", ())
    oldest = min(late, key=_waiting_since)
    html = canvas.paint("digest.html", count=len(late), oldest=oldest, since=_waiting_since(oldest))
    return Region("digest", (("digest-line", html),))


def _waiting_since(row: InboxRow) -> datetime:
    return row.ticket.waiting_since or row.ticket.created_at


def _rows(canvas: Canvas, inbox: Inbox, facts: ListFacts) -> Region:
    if not inbox.rows:
        return Region("rows", (("rows-empty", _empty(canvas, facts)),))
    parts = [_row(canvas, row) for row in inbox.rows]
    if inbox.next is not None:
        address = "/" + canvas.screen.query_of(canvas.screen.section, after=inbox.next)
        parts.append(("rows-more", canvas.paint("more.html", address=address)))
    return Region("rows", tuple(parts))


def _empty(canvas: Canvas, facts: ListFacts) -> Markup:
    oldest = facts.oldest
    return canvas.paint(
        "empty.html", oldest=oldest, claimed_in=facts.claimed_in, first_run=facts.first_run,
        card=f"take.{oldest.ticket.version}" if oldest else "",
    )  # fmt: skip


def _row(canvas: Canvas, row: InboxRow) -> tuple[str, Markup]:
    ticket = row.ticket
    standing, word = standing_of(ticket), _word(ticket, canvas.viewer, row.user)
    tone = "mine" if word == "you" else standing.tone
    return canvas.keep(f"row-{ticket.number}", "row.html", row=row, t=ticket, standing=standing, word=word, tone=tone)


def _word(ticket: Ticket, viewer: Viewer, user: str) -> str:
    """The tag on a row: the state's own word, or who has it."""
    standing = standing_of(ticket)
    if standing.tone in OWN_WORDS or ticket.assignee is None:
        return standing.word
    if standing.tone == "waiting":
        return f"waiting on {user}"
    return "you" if ticket.assignee.key == viewer.key else ticket.assignee.name
