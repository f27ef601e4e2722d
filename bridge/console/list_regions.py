"""The left side of the screen: sections with counts, the reminder line, the rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from bridge.console.painter import Painter, Region
from bridge.console.standing import standing_of
from bridge.console.viewer import Screen, Viewer
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.views import Inbox, InboxRow, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """What the list says when it is empty."""

    oldest: InboxRow | None = None
    """Of the unassigned, for those who have nothing."""
    claimed_in: timedelta | None = None
    """How long the last claimed ticket had waited."""
    first_run: bool = False


def list_regions(
    painter: Painter, viewer: Viewer, screen: Screen, inbox: Inbox, facts: ListFacts
) -> tuple[Region, ...]:
    return (
        _tabs(painter, screen, inbox),
        _digest(painter, screen, inbox),
        _rows(painter, viewer, screen, inbox, facts),
    )


def _tabs(painter: Painter, screen: Screen, inbox: Inbox) -> Region:
    parts = []
    for section in Section:
        count = None if section is Section.CLOSED else inbox.counts.get(section, 0)
        html = painter.paint("tabs.html", section=section, screen=screen, count=count)
        parts.append((f"tab-{section.value}", html))
    return Region("tabs", tuple(parts))


def _digest(painter: Painter, screen: Screen, inbox: Inbox) -> Region:
    """Stands above the unassigned once somebody was reminded of one of them."""
    late = [row for row in inbox.rows if row.ticket.reminded and row.ticket.state is TicketState.OPEN]
    if screen.section is not Section.UNASSIGNED or not late:
        return Region("digest", ())
    oldest = min(late, key=_waiting_since)
    html = painter.paint("digest.html", count=len(late), oldest=oldest, since=_waiting_since(oldest), screen=screen)
    return Region("digest", (("digest-line", html),))


def _waiting_since(row: InboxRow) -> datetime:
    return row.ticket.waiting_since or row.ticket.created_at


def _rows(painter: Painter, viewer: Viewer, screen: Screen, inbox: Inbox, facts: ListFacts) -> Region:
    if not inbox.rows:
        oldest = facts.oldest
        html = painter.paint(
            "empty.html", screen=screen, oldest=oldest, claimed_in=facts.claimed_in, first_run=facts.first_run,
            viewer=viewer, card=f"take.{oldest.ticket.version}" if oldest else "",
        )  # fmt: skip
        return Region("rows", (("rows-empty", html),))
    parts = [(f"row-{row.ticket.number}", _row(painter, viewer, screen, row)) for row in inbox.rows]
    if inbox.next is not None:
        address = "/" + screen.query_of(screen.section, after=inbox.next)
        parts.append(("rows-more", painter.paint("more.html", address=address)))
    return Region("rows", tuple(parts))


def _row(painter: Painter, viewer: Viewer, screen: Screen, row: InboxRow) -> Markup:
    standing = standing_of(row.ticket)
    word = _word(row.ticket, viewer, row.user)
    return painter.paint(
        "row.html", row=row, t=row.ticket, standing=standing, screen=screen, word=word,
        tone="mine" if word == "you" else standing.tone,
    )  # fmt: skip


def _word(ticket: Ticket, viewer: Viewer, user: str) -> str:
    """The tag on a row: the state's own word, or who has it."""
    standing = standing_of(ticket)
    if standing.tone in {"closed", "trouble", "snoozed", "urgent", "open"}:
        return standing.word
    if standing.tone == "waiting":
        return f"waiting on {user}"
    if ticket.assignee is None:
        return standing.word
    return "you" if ticket.assignee.key == viewer.key else ticket.assignee.name
