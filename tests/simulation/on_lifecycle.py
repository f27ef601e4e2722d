"""A ticket's log, replayed: owners, epochs, gaps, reminders."""

from collections import Counter

from bridge.domain.ticket import Owner
from bridge.domain.views import TicketView

OWNED_BY = {
    "ticket.opened": Owner.QUEUE, "ticket.reopened": Owner.QUEUE, "ticket.unassigned": Owner.QUEUE,
    "ticket.assigned": Owner.HUMAN, "ticket.reassigned": Owner.HUMAN, "ticket.closed": Owner.BOT,
}  # fmt: skip
BEGINS_ANEW = {
    *OWNED_BY,
    "ticket.resumed",
    "ticket.snoozed",
    "message.received",
    "message.created",
    "clocks.stood_still",
}
"""After these a ladder may begin again."""


def owners(view: TicketView) -> list[str]:
    """Nobody gets a ticket that somebody has, except by handing over; the log and the ticket name the same person."""
    found: list[str] = []
    state: Owner | None = None
    holder: object = None
    for entry in view.entries:
        after = OWNED_BY.get(entry.kind)
        if after is None:
            continue
        legal = {
            "ticket.opened": state is None,
            "ticket.assigned": state is Owner.QUEUE,
            "ticket.reassigned": state is Owner.HUMAN and entry.facts.get("assignee") != holder,
            "ticket.unassigned": state is Owner.HUMAN,
            "ticket.closed": state in (Owner.QUEUE, Owner.HUMAN),
            "ticket.reopened": state is Owner.BOT,
        }[entry.kind]
        if not legal:
            found.append(f"{entry.seq} {entry.kind} while {state} ({holder}) had it")
        state, holder = after, entry.facts.get("assignee") if after is Owner.HUMAN else None
    now = view.ticket.assignee.key if view.ticket.assignee is not None else None
    if state is not view.ticket.owner or now != holder:
        found.append(f"the log says {state} ({holder}), the ticket {view.ticket.owner} ({now})")
    return found


def epochs(view: TicketView) -> list[str]:
    """It rose once for every change of the owner."""
    changes, state = 0, Owner.QUEUE
    for entry in view.entries:
        after = OWNED_BY.get(entry.kind, state)
        changes, state = changes + (after is not state), after
    return [] if view.ticket.epoch == 1 + changes else [f"{changes} changes of its owner, epoch {view.ticket.epoch}"]


def holes(view: TicketView) -> list[str]:
    seqs = [entry.seq for entry in view.entries]
    whole = seqs == list(range(1, len(seqs) + 1)) and view.ticket.seq == len(seqs)
    return [] if whole else [f"{seqs}, the ticket says {view.ticket.seq}"]


def reminded_twice(view: TicketView) -> list[str]:
    """A rung that was climbed twice without the ladder having begun anew."""
    found: list[str] = []
    climbed: Counter[tuple[object, object]] = Counter()
    for entry in view.entries:
        if entry.kind in BEGINS_ANEW:
            climbed.clear()
        elif entry.kind == "reminder.sent":
            rung = (entry.facts.get("step"), entry.facts.get("who"))
            climbed[rung] += 1
            if climbed[rung] > 1:
                found.append(f"{entry.seq} {rung} a second time")
    return found
