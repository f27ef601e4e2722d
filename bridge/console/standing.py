"""How a ticket stands, as a shape, a word and a line: the same on its row and on its page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.domain.paint import Line, Moment, Span, Strong
from bridge.domain.refs import MemberKey
from bridge.domain.ticket import Outcome, Priority, Ticket, TicketState
from bridge.domain.words import User

OUTCOME_WORDS = {
    Outcome.RESOLVED: "Resolved",
    Outcome.RETURNED_TO_BOT: "Back to the bot",
    Outcome.CANCELLED: "Cancelled",
    Outcome.EXPIRED: "Expired",
    Outcome.SPAM: "Spam",
}


@dataclass(frozen=True, slots=True)
class Since:
    """How long something lasts already: "4 min". Painted live from the moment it began."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """`tone` is the style's name of it; the symbol and the word say the same without colour."""

    symbol: str
    word: str
    tone: str


def standing_of(ticket: Ticket) -> Standing:
    """The one mark that matters most now."""
    if ticket.state is TicketState.CLOSED:
        return Standing("✓", OUTCOME_WORDS.get(ticket.outcome or Outcome.RESOLVED, "Closed"), "closed")
    if ticket.failed:
        return Standing("⚠", "Not delivered", "trouble")
    if ticket.snoozed_until is not None:
        return Standing("☾", "Snoozed", "snoozed")
    if ticket.state is TicketState.OPEN:
        if ticket.priority in {Priority.HIGH, Priority.URGENT}:
            return Standing("●", ticket.priority.value.capitalize(), "urgent")
        return Standing("●", "Open", "open")
    if ticket.waits_on_user:
        return Standing("◔", "Waiting on the user", "waiting")
    return Standing("◐", "Assigned", "assigned")


def state_line(ticket: Ticket, user: User, me: MemberKey, closed_by: str | None = None) -> tuple[Span | Since, ...]:
    """The sentence under the title: who has it, who waits, since when."""
    if ticket.state is TicketState.CLOSED:
        return _closed_line(ticket, closed_by)
    line: list[Span | Since] = [*_owner_part(ticket, me), " · "]
    if ticket.snoozed_until is not None:
        by = f" by {ticket.snoozed_by}" if ticket.snoozed_by else ""
        return (*line, "resting until ", Moment(ticket.snoozed_until), f"{by}, sooner if {user.called} writes")
    if ticket.waiting_since is not None:
        return (*line, f"{user.called} waits ", Since(ticket.waiting_since))
    line.append(f"waiting on {user.called}")
    if ticket.last_reply_at is not None:
        line.extend((" since ", Moment(ticket.last_reply_at)))
    if ticket.closes_at is not None:
        line.extend((" · closes ", Moment(ticket.closes_at)))
    return tuple(line)


def _owner_part(ticket: Ticket, me: MemberKey) -> Line:
    if ticket.assignee is None:
        return (Strong("Nobody has it"),)
    if ticket.assignee.key == me:
        return (Strong("You have it"),)
    return (Strong(f"{ticket.assignee.name} has it"),)


def _closed_line(ticket: Ticket, closed_by: str | None) -> tuple[Span | Since, ...]:
    word = OUTCOME_WORDS.get(ticket.outcome or Outcome.RESOLVED, "Closed")
    line: list[Span | Since] = [Strong(word)]
    if closed_by:
        line.append(f" by {closed_by}")
    if ticket.closed_at is not None:
        line.extend((" ", Moment(ticket.closed_at)))
    if ticket.opened_at and ticket.claimed_at and ticket.claimed_at >= ticket.opened_at:
        line.append(f" · claimed in {in_words(ticket.claimed_at - ticket.opened_at)}")
    if ticket.opened_at and ticket.first_reply_at and ticket.first_reply_at >= ticket.opened_at:
        line.append(f", first answer in {in_words(ticket.first_reply_at - ticket.opened_at)}")
    return tuple(line)


def in_words(span: timedelta) -> str:
    """A length of time in its largest unit: "40 s", "4 min", "3 h", "2 days"."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 172_800:
        return f"{seconds // 3600} h"
    return f"{seconds // 86_400} days"
