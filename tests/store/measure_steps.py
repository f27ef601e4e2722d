"""Tickets with a given log, for what is measured of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bridge.domain.change import Change, Entry
from bridge.domain.people import ActorKind
from bridge.domain.policy import Policy
from bridge.domain.refs import MessageId
from bridge.domain.ticket import TicketState
from bridge.store import Store
from tests.samples import POLICY, START, a_brief, a_ticket, a_user, an_actor, opens

Said = tuple[str, float, dict[str, Any]]


def line(kind: str, minute: float, **facts: Any) -> Said:
    """One line of a log, minutes after `START`; `message=` and `by=` are no facts."""
    return kind, minute, facts


async def logged(store: Store, said: Sequence[Said], *, policy: Policy = POLICY, ago: timedelta = timedelta(0)) -> None:
    """A ticket whose log says this, as it would stand by now."""
    user = a_user()
    start = START - ago
    entries = [_entry(seq, one, start) for seq, one in enumerate(said, 1)]
    ticket = replace(a_ticket(user, policy=policy, created_at=start), seq=len(entries))
    for entry in entries:
        match entry.kind:
            case "ticket.closed":
                ticket = replace(ticket, state=TicketState.CLOSED, closed_at=entry.at)
            case "ticket.reopened":
                ticket = replace(ticket, state=TicketState.OPEN, closed_at=None)
            case _:
                pass
    change = Change(ticket=ticket, code="opened", entries=tuple(entries), user=user, brief=a_brief(ticket.id))
    await store.writer.decide(opens(change))


def a_life(claimed: float, closed: float | None = None, route: str = "support") -> list[Said]:
    lines = [line("ticket.opened", 0, route=route), line("ticket.assigned", claimed)]
    return [*lines, line("ticket.closed", closed, outcome="resolved")] if closed is not None else lines


def _entry(seq: int, said: Said, start: datetime) -> Entry:
    kind, minute, facts = said
    by = facts.pop("by", ActorKind.MEMBER)
    message = facts.pop("message", None)
    return Entry(
        seq=seq, kind=kind, actor=an_actor(kind=by), at=start + timedelta(minutes=minute), facts=facts,
        message=MessageId(message) if message else None,
    )  # fmt: skip
