"""What one batch has read and decided: pure bookkeeping between the reads before and the writes after.

Every decision sees the rows as the decisions before it left them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bridge.domain.audit import Audited
from bridge.domain.change import (
    Arm,
    Callback,
    Change,
    Disarm,
    Entry,
    Fate,
    Rewrite,
    Said,
    TicketFacts,
    Told,
    Verdict,
    answer,
    facts_of,
)
from bridge.domain.deliveries import Delivery, TellBot
from bridge.domain.events import EventKey
from bridge.domain.files import KeptFile
from bridge.domain.refs import (
    BotName,
    ConversationRef,
    DeliveryId,
    Lane,
    MemberKey,
    MessageId,
    TicketId,
    ToldId,
    UserId,
    new_id,
)
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.views import FeedRow
from bridge.domain.words import Brief, Message, User
from bridge.store.asks import Ask, ByConversation, ByTicket, Situation, TimerAt
from bridge.store.delivery_rows import Ordered

TimerKey = tuple[TicketId, str, str]
"""Ticket, kind, subject."""


@dataclass(slots=True)
class Sheet:
    """The rows of a batch. Plain names were read or decided; the names under `writes` go to the database at the end."""

    now: datetime
    answers: dict[EventKey, tuple[str, Verdict | None]] = field(default_factory=dict)  # None: about no ticket
    tickets: dict[TicketId, Ticket] = field(default_factory=dict)
    conversations: dict[ConversationRef, TicketId] = field(default_factory=dict)
    messages: dict[MessageId, Message] = field(default_factory=dict)
    externals: dict[tuple[TicketId, str], MessageId] = field(default_factory=dict)
    users: dict[UserId, User] = field(default_factory=dict)
    users_by_external: dict[tuple[BotName, str], UserId] = field(default_factory=dict)
    briefs: dict[TicketId, Brief] = field(default_factory=dict)
    timers: dict[TimerKey, datetime] = field(default_factory=dict)
    files: dict[str, KeptFile] = field(default_factory=dict)
    assigned: dict[MemberKey, set[TicketId]] = field(default_factory=dict)  # before the batch, of those asked about
    read: set[TicketId] = field(default_factory=set)
    """Tickets that were looked up, found or not."""

    # writes
    new_tickets: set[TicketId] = field(default_factory=set)
    changed_tickets: dict[TicketId, None] = field(default_factory=dict)
    changed_users: dict[UserId, None] = field(default_factory=dict)
    changed_briefs: dict[TicketId, None] = field(default_factory=dict)
    new_messages: dict[MessageId, None] = field(default_factory=dict)
    rewrites: dict[MessageId, Rewrite] = field(default_factory=dict)
    entries: list[tuple[TicketId, Entry]] = field(default_factory=list)
    told: list[FeedRow] = field(default_factory=list)
    callbacks: dict[MessageId, Callback] = field(default_factory=dict)
    orders: list[Ordered] = field(default_factory=list)
    dropped_timers: set[TimerKey] = field(default_factory=set)
    dropped_kinds: set[tuple[TicketId, str]] = field(default_factory=set)
    set_timers: dict[TimerKey, datetime] = field(default_factory=dict)
    new_answers: dict[EventKey, None] = field(default_factory=dict)
    audited: list[Audited] = field(default_factory=list)
    lanes: set[Lane] = field(default_factory=set)
    """Lanes that may have something to send now."""
    touched: set[TicketId] = field(default_factory=set)
    last_number: int | None = None
    """The counter of ticket numbers, once it was read and locked."""

    def find(self, ask: Ask) -> Ticket | None:
        match ask.find:
            case ByTicket(id=ticket_id, bot=bot):
                ticket = self.tickets.get(ticket_id)
                return ticket if ticket is not None and bot in (None, ticket.bot) else None
            case ByConversation(ref=ref):
                found = self.conversations.get(ref)
                return self.tickets[found] if found is not None else None

    def rival(self, ticket: Ticket) -> Ticket | None:
        """Another open ticket of the conversation: it has one at a time."""
        found = self.conversations.get(ticket.ref)
        if ticket.state is TicketState.CLOSED or found is None or found == ticket.id:
            return None
        other = self.tickets[found]
        return other if other.state is not TicketState.CLOSED else None

    def situation(self, ask: Ask) -> Situation:
        ticket = self.find(ask)
        return Situation(
            ticket=ticket,
            brief=self.briefs.get(ticket.id) if ticket else None,
            user=self._user(ask, ticket),
            messages={name: self.messages[name] for name in ask.messages if name in self.messages},
            by_external=self._externals(ask, ticket),
            timer_stands=self._stands(ask.timer, ticket),
            has_open=self._number_of(ask.assignee) if ask.assignee is not None else 0,
            files={name: self.files[name] for name in ask.files if name in self.files},
        )

    def around(self, ticket: Ticket | None, message: MessageId | None) -> Situation:
        """What follows from a delivery's outcome is decided on this."""
        return Situation(
            ticket=ticket,
            brief=self.briefs.get(ticket.id) if ticket else None,
            user=self.users.get(ticket.user) if ticket else None,
            messages={message: self.messages[message]} if message in self.messages and message else {},
        )

    def _user(self, ask: Ask, ticket: Ticket | None) -> User | None:
        if ask.user is not None:
            bot = ticket.bot if ticket else _bot_of(ask)
            found = self.users_by_external.get((bot, ask.user)) if bot else None
            return self.users[found] if found else None
        return self.users.get(ticket.user) if ticket else None

    def _externals(self, ask: Ask, ticket: Ticket | None) -> Mapping[str, Message]:
        if ticket is None:
            return {}
        found = {name: self.externals.get((ticket.id, name)) for name in ask.externals}
        return {name: self.messages[message] for name, message in found.items() if message is not None}

    def _number_of(self, member: MemberKey) -> int:
        """How many tickets the member has, with what this batch has decided so far."""
        before = self.assigned.get(member, set()) - self.changed_tickets.keys()
        now = [one.key for name in self.changed_tickets if (one := self.tickets[name].assignee) is not None]
        return len(before) + now.count(member)

    def _stands(self, timer: TimerAt | None, ticket: Ticket | None) -> bool:
        if timer is None:
            return True
        return ticket is not None and self.timers.get((ticket.id, timer.timer, timer.subject)) == timer.due

    # ── what was decided ──────────────────────────────────────────────────

    def consume(self, timer: TimerAt, ticket: TicketId) -> None:
        self._drop((ticket, timer.timer.value, timer.subject))

    def remember(self, key: EventKey, fingerprint: str, verdict: Verdict | None) -> None:
        self.answers[key] = (fingerprint, verdict)
        self.new_answers[key] = None

    def apply(self, change: Change, number: int) -> Verdict:
        """Take a change over; `number` is given to its ticket if that has none yet."""
        ticket = change.ticket if change.ticket.number else replace(change.ticket, number=number)
        self.note_ticket(ticket)
        self.entries.extend((ticket.id, entry) for entry in change.entries)
        if change.user is not None:
            self.keep_user(change.user)
            self.changed_users[change.user.id] = None
        if change.brief is not None:
            self.briefs[ticket.id] = change.brief
            self.changed_briefs[ticket.id] = None
        for message in change.messages:
            self.keep_message(message)
            self.new_messages[message.id] = None
            for name in self.files.keys() & {each.file_id for each in message.attachments}:
                self.files[name] = replace(self.files[name], ticket=ticket.id, message=message.id)
        for rewrite in change.rewrites:
            self._rewrite(rewrite)
        for timer in change.timers:
            self._wind(ticket.id, timer)
        self._settle(change.callbacks)
        self._order(change, self._tell(ticket, change.told))
        return answer(change, ticket)

    def note_ticket(self, ticket: Ticket) -> None:
        if ticket.id not in self.tickets:
            self.new_tickets.add(ticket.id)
        self.tickets[ticket.id] = ticket
        if ticket.state is not TicketState.CLOSED or ticket.id in self.new_tickets:
            self.conversations[ticket.ref] = ticket.id
        self.changed_tickets[ticket.id] = None
        self.touched.add(ticket.id)

    def said(self, ticket: TicketId) -> Said | None:
        """What an answer about this ticket is filled with, if all of it was read or decided here."""
        found = self.tickets[ticket]
        user, brief = self.users.get(found.user), self.briefs.get(ticket)
        return Said(user=user, brief=brief, policy=found.policy) if user is not None and brief is not None else None

    def keep_user(self, user: User) -> None:
        self.users[user.id] = user
        self.users_by_external[user.bot, user.external_id] = user.id

    def keep_message(self, message: Message) -> None:
        self.messages[message.id] = message
        if message.external_id is not None:
            self.externals[message.ticket, message.external_id] = message.id

    def _rewrite(self, rewrite: Rewrite) -> None:
        found = self.messages.get(rewrite.message)
        if found is not None:
            self.messages[rewrite.message] = replace(found, **said(rewrite))
        if rewrite.message not in self.new_messages:
            earlier = self.rewrites.get(rewrite.message)
            self.rewrites[rewrite.message] = replace(earlier, **said(rewrite)) if earlier else rewrite

    def _wind(self, ticket: TicketId, timer: Arm | Disarm) -> None:
        kind = timer.timer.value
        match timer:
            case Arm():
                key = (ticket, kind, timer.subject)
                self.timers[key] = self.set_timers[key] = timer.due
            case Disarm(subject=None):
                self.dropped_kinds.add((ticket, kind))
                for key in [key for key in self.timers if key[:2] == (ticket, kind)]:
                    self._drop(key)
            case Disarm(subject=subject):
                self._drop((ticket, kind, subject or ""))

    def _drop(self, key: TimerKey) -> None:
        self.timers.pop(key, None)
        self.set_timers.pop(key, None)
        self.dropped_timers.add(key)

    def _settle(self, callbacks: tuple[Callback, ...]) -> None:
        self.callbacks |= {callback.message: callback for callback in callbacks}
        gone = {callback.message for callback in callbacks if callback.fate is Fate.NEVER}
        if gone:  # Never sent and not yet stored: it leaves no trace at all.
            self.orders = [order for order in self.orders if not (order.message in gone and order.tells_a_bot)]

    def _tell(self, ticket: Ticket, told: tuple[Told, ...]) -> list[FeedRow]:
        def facts(one: Told) -> TicketFacts:
            # A reply that leaves with the close is told while a human still has the conversation.
            then = ticket if one.ticket is None else one.ticket
            return facts_of(then, counted=ticket)

        rows = [
            FeedRow(
                id=ToldId(new_id("evt")),
                bot=ticket.bot,
                cursor=0,
                type=one.type,
                at=one.at,
                seq=one.seq,
                ticket=facts(one),
                actor=one.actor,
                facts=one.facts,
                message=one.message,
            )
            for one in told
        ]
        self.told.extend(rows)
        return rows

    def _order(self, change: Change, told: list[FeedRow]) -> None:
        for delivery in change.deliveries:
            match delivery.content:
                case TellBot(told=index):
                    row = told[int(index)]
                    # One id for the feed row, the delivery and the webhook: the bot can match all three.
                    named = replace(delivery, id=DeliveryId(row.id), content=TellBot(row.id))
                    self.orders.append(Ordered(named, row.message))
                case _:
                    self.order(delivery)

    def order(self, delivery: Delivery) -> None:
        """One more delivery, under a key of its own."""
        named = replace(delivery, id=DeliveryId(new_id("dlv")))
        self.orders.append(Ordered(named, getattr(delivery.content, "message", None)))


def said(rewrite: Rewrite) -> dict[str, Any]:
    """The fields a rewrite changes; None keeps what is there."""
    names = ("text", "kind", "state", "revision", "edited_at", "failure", "attachments")
    return {name: value for name in names if (value := getattr(rewrite, name)) is not None}


def _bot_of(ask: Ask) -> BotName | None:
    match ask.find:
        case ByConversation(ref=ref):
            return ref.bot
        case ByTicket(bot=bot):
            return bot
