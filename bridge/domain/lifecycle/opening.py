"""How a ticket begins: a new one, one that is merged into what is open, or one that comes back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.domain.availability import Availability
from bridge.domain.change import Change
from bridge.domain.events import Escalated
from bridge.domain.lifecycle.hands import open_again
from bridge.domain.lifecycle.hearing import hear
from bridge.domain.lifecycle.rules import start_waiting_ladder
from bridge.domain.lifecycle.stages import say_opened
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.people import Actor
from bridge.domain.policy import Policy
from bridge.domain.refs import TicketId
from bridge.domain.saying import availability_text
from bridge.domain.ticket import Ticket, TicketState, WhyEmptied
from bridge.domain.words import Author, Brief, Message, Scalar, User, WordsKind

TITLE_AT_MOST = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """All an escalation brings, with ids given: messages are its transcript, oldest first."""

    event: Escalated
    ticket: TicketId
    user: User
    policy: Policy
    reason: str
    actor: Actor
    messages: tuple[Message, ...] = ()
    availability: Availability | None = None
    """Whether somebody is there, as far as it is known."""


def escalate(arrival: Arrival, found: Ticket | None, brief: Brief | None, known: Sequence[str]) -> Change:
    """Open, merge or reopen. `found` is the conversation's open ticket, else its latest; `known` external ids."""
    if found is None:
        return _open(arrival, None)
    if found.state is not TicketState.CLOSED:
        return _merge(arrival, found, brief, known)
    if found.emptied is not None:
        # Nothing leads from somebody new to one who was erased.
        return _open(arrival, found if found.emptied.why is WhyEmptied.KEPT_LONG_ENOUGH else None)
    closed_at = found.closed_at or arrival.event.at
    if arrival.event.at - closed_at <= found.policy.reopen_within:
        return _come_back(arrival, found, brief, known)
    return _open(arrival, found)


def _open(arrival: Arrival, before: Ticket | None) -> Change:
    event = arrival.event
    last_user = next((m for m in reversed(arrival.messages) if m.author is Author.USER), None)
    ticket = Ticket(
        id=arrival.ticket, bot=event.bot, conversation=event.conversation, user=arrival.user.id,
        policy=arrival.policy, route_reason=arrival.reason, created_at=event.at, opened_at=event.at,
        waiting_since=event.at, kind=event.kind, priority=event.priority,
        language=event.language or event.user.locale, channel=event.channel, capabilities=event.capabilities,
        notices=event.notices, previous=before.id if before else None, test=event.test, version=0,
        last_user_at=last_user.at if last_user else None,
        last_assignee=before.last_assignee if before else None,
    )  # fmt: skip
    telling = Telling(ticket, arrival.actor, event.at, via="api")
    telling.keep(brief=_brief(arrival, None), user=arrival.user)
    for message in arrival.messages:
        telling.add(message)
    telling.log(
        "ticket.opened", tell=True, route=arrival.policy.route, route_reason=arrival.reason,
        priority=event.priority, reason_code=event.reason_code, previous_ticket=ticket.previous,
        more=_there(arrival),
    )  # fmt: skip
    say_opened(telling, arrival.availability, arrival.user)
    start_waiting_ladder(telling)
    return telling.done("opened", previous_number=before.number if before else None)


def _there(arrival: Arrival) -> dict[str, Scalar]:
    """Availability, as facts of the log."""
    known = arrival.availability
    if known is None:
        return {}
    language = arrival.event.language or arrival.user.locale
    return {
        "open": known.open,
        "next_opening": known.next_opening.isoformat() if known.next_opening is not None else None,
        "people_on_shift": known.people_on_shift,
        "queue_depth": known.queue_depth,
        "wait_p50": known.wait.p50.total_seconds() if known.wait.p50 is not None else None,
        "wait_p90": known.wait.p90.total_seconds() if known.wait.p90 is not None else None,
        "wait_count": known.wait.count,
        "say": availability_text(known, arrival.event.at, language, arrival.user.timezone),
    }


def _merge(arrival: Arrival, found: Ticket, brief: Brief | None, known: Sequence[str]) -> Change:
    telling = Telling(found, arrival.actor, arrival.event.at, via="api")
    _take_in(telling, arrival, brief, known)
    telling.log("ticket.updated", tell=True, changed="merged")
    return telling.done("merged", merged=True)


def _come_back(arrival: Arrival, found: Ticket, brief: Brief | None, known: Sequence[str]) -> Change:
    telling = Telling(found, arrival.actor, arrival.event.at, via="api")
    open_again(telling, "the bot escalated again", waiting=True)
    say_opened(telling, arrival.availability, arrival.user)
    _take_in(telling, arrival, brief, known)
    return telling.done("reopened", reopened=True)


def _take_in(telling: Telling, arrival: Arrival, brief: Brief | None, known: Sequence[str]) -> None:
    """New turns of the transcript join the ticket; a turn without an id cannot be told from an old one and is left."""
    telling.keep(brief=_brief(arrival, brief), user=arrival.user)
    for message in arrival.messages:
        if message.external_id is None or message.external_id in known:
            continue
        if message.author is Author.USER:
            telling.add(replace(message, ticket=telling.ticket.id, kind=WordsKind.USER))
            hear(telling, message.id)
        else:
            telling.add(replace(message, ticket=telling.ticket.id, kind=WordsKind.HISTORY))
    if telling.ticket.waiting_since is None:
        telling.become(replace(telling.ticket, waiting_since=arrival.event.at))


def _brief(arrival: Arrival, before: Brief | None) -> Brief:
    """What the bot says now, over what it said before."""
    event = arrival.event
    now = Brief(
        ticket=arrival.ticket, title=_title(arrival), description=event.description, summary=event.summary,
        reason_code=event.reason_code, reason_text=event.reason_text, confidence=event.confidence,
        tags=event.tags, attributes=event.attributes, links=event.links, metadata=event.metadata,
    )  # fmt: skip
    if before is None:
        return now
    return replace(
        now,
        ticket=before.ticket,
        title=event.title or before.title,
        description=now.description or before.description,
        summary=now.summary or before.summary,
        reason_code=now.reason_code or before.reason_code,
        reason_text=now.reason_text or before.reason_text,
        tags=tuple(dict.fromkeys((*before.tags, *now.tags))),
        attributes={**before.attributes, **now.attributes},
        links=tuple(dict.fromkeys((*before.links, *now.links))),
        metadata=now.metadata or before.metadata,
    )


def _title(arrival: Arrival) -> str:
    """The bot's title, else the user's last words, else who wants what."""
    event = arrival.event
    if event.title:
        return event.title[:TITLE_AT_MOST]
    for message in reversed(arrival.messages):
        if message.author is Author.USER and message.text.strip():
            words = " ".join(message.text.split())
            return words if len(words) <= TITLE_AT_MOST else words[: TITLE_AT_MOST - 1] + "…"
    return f"{arrival.user.called} asks for a person"
