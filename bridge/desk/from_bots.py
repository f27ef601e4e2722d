"""What bots and their users report."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bridge.crashpoint import crashpoint
from bridge.desk import attaching
from bridge.desk.asking import certain, chosen, hears, of_bot, spread_over, ticket_of, user_of
from bridge.desk.room import Room
from bridge.desk.who import bot_actor, user_actor
from bridge.domain import actions as act
from bridge.domain.availability import availability_of
from bridge.domain.change import Change, Verdict, facts_of
from bridge.domain.errors import NoSuchTicket, NotAllowed
from bridge.domain.events import (
    Activity,
    Escalated,
    FromBot,
    ReceiptGiven,
    TakenBack,
    TicketPatched,
    Turn,
    UserActive,
    UserDeleted,
    UserEdited,
    UserFacts,
    UserWrote,
)
from bridge.domain.fanout import spread
from bridge.domain.fanout.replies import received, was_told
from bridge.domain.lifecycle import decide
from bridge.domain.lifecycle.opening import Arrival, escalate
from bridge.domain.refs import ConversationRef, MessageId, TicketId, UserId, new_id
from bridge.domain.ticket import Ticket
from bridge.domain.words import Author, Brief, Message, User, WordsKind, WordsState
from bridge.rulebook.facts import facts_of_escalated, facts_of_ticket
from bridge.store.asks import Ask, ByConversation, Situation


async def escalated(room: Room, event: Escalated) -> Verdict:
    """Open a ticket, or join the one the conversation has."""
    book = room.rules.current
    ticket_id, user_id = TicketId(new_id("tkt")), UserId(new_id("usr"))
    messages = tuple(_turn(turn, event, ticket_id) for turn in _once(event.transcript))
    bot_hears, wants = hears(room, event.bot), chosen(room, event.bot)
    at_first = book.route(facts_of_escalated(event), event.at)
    room.crowds.at_once(at_first.route)

    def settle(seen: Situation) -> Change:
        _same_epoch(event, seen.ticket)
        pick = book.route(facts_of_escalated(event, seen.user), event.at) if seen.user is not None else at_first
        user = _user(event, seen.user, user_id)
        arrival = Arrival(
            event=event,
            ticket=ticket_id,
            user=user,
            policy=pick.route.policy,
            reason=pick.reason,
            actor=bot_actor(event.bot),
            messages=tuple(_by(message, user) for message in messages),
            availability=availability_of(pick.route, room.crowds.known(pick.route), event.at),
        )
        change = escalate(arrival, seen.ticket, seen.brief, tuple(seen.by_external))
        before = seen.ticket if seen.ticket is not None and seen.ticket.id == change.ticket.id else None
        crashpoint("intake.before_commit")
        return spread(before, change, bot_hears=bot_hears, chosen=wants)

    verdict = await room.store.writer.decide(
        Ask(
            find=ByConversation(ConversationRef(event.bot, event.conversation)),
            decide=settle,
            key=event.key,
            fingerprint=event.fingerprint,
            externals=tuple(turn.external_id for turn in event.transcript if turn.external_id is not None),
            user=event.user.external_id,
            brief=True,
        )
    )
    return certain(verdict)


def _once(turns: Iterable[Turn]) -> Iterator[Turn]:
    """The same external id twice is one turn."""
    seen: set[str] = set()
    for turn in turns:
        if turn.external_id is None or turn.external_id not in seen:
            yield turn
        if turn.external_id is not None:
            seen.add(turn.external_id)


def _turn(turn: Turn, event: Escalated, ticket: TicketId) -> Message:
    return Message(
        id=MessageId(new_id("msg")), ticket=ticket, kind=WordsKind.HISTORY, author=turn.author,
        author_key=event.bot, author_name=event.bot if turn.author is not Author.USER else None, text=turn.text,
        at=turn.at or event.at, state=WordsState.RECEIVED, external_id=turn.external_id,
    )  # fmt: skip


def _by(message: Message, user: User) -> Message:
    return replace(message, author_key=user.id) if message.author is Author.USER else message


def _user(event: Escalated, known: User | None, fresh: UserId) -> User:
    """The user as the bot describes them now; what it did not say stays as it was."""
    said: UserFacts = event.user
    base = known or User(id=fresh, bot=event.bot, external_id=said.external_id)
    return replace(
        base,
        name=said.name or base.name,
        locale=said.locale or base.locale,
        timezone=said.timezone or base.timezone,
        avatar_url=said.avatar_url or base.avatar_url,
        email=said.email or base.email,
        verified=base.verified if said.verified is None else said.verified,
    )


async def user_wrote(room: Room, event: UserWrote) -> Verdict:
    """Words of the user. The same external id twice is one message."""
    message_id = MessageId(new_id("msg"))
    known: list[Verdict] = []
    sent = attaching.with_ids(event.attachments)

    def settle(seen: Situation) -> Change | None:
        ticket, user = ticket_of(seen), user_of(seen)
        before = seen.by_external.get(event.external_id) if event.external_id else None
        if before is not None:
            known.append(Verdict(code="known", ticket=facts_of(ticket), message=before.id))
            return None
        _same_epoch(event, ticket)
        message = Message(
            id=message_id, ticket=ticket.id, kind=WordsKind.USER, author=Author.USER, author_key=user.id,
            author_name=None, text=event.text, at=event.at, state=WordsState.RECEIVED,
            external_id=event.external_id, attachments=attaching.judged(seen, ticket, event.bot, sent),
            reply_to=event.reply_to,
        )  # fmt: skip
        change = decide(ticket, act.UserSaid(message=message, opens=event.opens), user_actor(user.id), event.at)
        return spread_over(room, ticket, change)

    externals = (event.external_id,) if event.external_id else ()
    files = attaching.named(sent)
    verdict = await of_bot(room, event, event.ticket, settle, externals=externals, brief=True, files=files)
    if verdict is None:
        return known[-1]
    room.presence.user_is(event.ticket, Activity.ONLINE, event.at)
    return verdict


async def user_revised(room: Room, event: UserEdited | UserDeleted) -> Verdict:
    """The user edited or deleted a message."""
    text = event.text if isinstance(event, UserEdited) else None
    known: list[Verdict] = []

    def settle(seen: Situation) -> Change | None:
        ticket, user = ticket_of(seen), user_of(seen)
        _same_epoch(event, ticket)
        stored = seen.by_external.get(event.external_id)
        if stored is None or stored.author is not Author.USER:
            raise NoSuchTicket
        known.append(Verdict(code="known", ticket=facts_of(ticket), message=stored.id))
        change = decide(ticket, act.UserRevised(stored=stored, text=text), user_actor(user.id), event.at)
        return spread_over(room, ticket, change)

    verdict = await of_bot(room, event, event.ticket, settle, externals=(event.external_id,))
    return verdict or known[-1]


async def patched(room: Room, event: TicketPatched) -> Verdict:
    """The bot changed title, priority or attributes, and may ask for a fresh look at the routes."""

    def settle(seen: Situation) -> Change | None:
        ticket, user = ticket_of(seen), user_of(seen)
        _same_epoch(event, ticket)
        if seen.brief is None:
            raise NoSuchTicket
        attributes = {**seen.brief.attributes, **(event.attributes or {})}
        brief = replace(seen.brief, title=event.title or seen.brief.title, attributes=attributes)
        known = replace(ticket, priority=event.priority or ticket.priority)
        update = act.Update(
            brief=brief, priority=event.priority, retitled=brief.title != seen.brief.title,
            attributed=attributes != seen.brief.attributes, reroute=_elsewhere(room, event, known, brief, user),
        )  # fmt: skip
        change = decide(ticket, update, bot_actor(event.bot), event.at, via="api")
        return spread_over(room, ticket, change)

    return certain(await of_bot(room, event, event.ticket, settle, brief=True))


def _elsewhere(room: Room, event: TicketPatched, ticket: Ticket, brief: Brief, user: User) -> act.Reroute | None:
    """Route again by what is now known; where it fits already, nothing moves."""
    if not event.reroute:
        return None
    pick = room.rules.current.route(facts_of_ticket(ticket, brief, user), event.at)
    if pick.route.policy.route == ticket.policy.route:
        return None
    return act.Reroute(policy=pick.route.policy, reason=pick.reason)


async def taken_back(room: Room, event: TakenBack) -> Verdict:
    """The bot, or its user, takes the conversation back."""
    note_id = MessageId(new_id("msg"))

    def settle(seen: Situation) -> Change | None:
        ticket = ticket_of(seen)
        _same_epoch(event, ticket)
        action = act.TakeBack(outcome=event.outcome, note=event.note, message=note_id)
        return spread_over(room, ticket, decide(ticket, action, bot_actor(event.bot), event.at, via="api"))

    return certain(await of_bot(room, event, event.ticket, settle))


async def receipt(room: Room, event: ReceiptGiven) -> Verdict:
    """How a reply fared at the bot. Only words that were given to it exist for it."""
    known: list[Verdict] = []

    def settle(seen: Situation) -> Change | None:
        ticket = ticket_of(seen)
        _same_epoch(event, ticket)
        stored = seen.messages.get(event.message)
        if stored is None or stored.ticket != ticket.id or not was_told(stored):
            raise NoSuchTicket
        known.append(Verdict(code="known", ticket=facts_of(ticket), message=stored.id))
        return received(
            ticket, stored, event.receipt, bot_actor(event.bot), event.at, at=event.reported_at, reason=event.reason
        )

    verdict = await of_bot(room, event, event.ticket, settle, messages=(event.message,))
    return verdict or known[-1]


async def user_active(room: Room, event: UserActive) -> Verdict:
    """A passing sign of life: shown to who looks, kept nowhere."""
    ticket = await room.store.tickets.get(event.ticket, bot=event.bot)
    if ticket is None:
        raise NoSuchTicket
    room.presence.user_is(ticket.id, event.activity, event.at)
    room.store.commits.pulse({ticket.id})
    return Verdict(code="active", ticket=facts_of(ticket))


def _same_epoch(event: FromBot, ticket: Ticket | None) -> None:
    """A bot that speaks of an owner who is no longer is refused: somebody else has the conversation."""
    if event.if_epoch is None or ticket is None or ticket.epoch == event.if_epoch:
        return
    since = ticket.claimed_at or ticket.closed_at or ticket.opened_at
    raise NotAllowed(
        "stale_epoch", epoch=ticket.epoch, sent=event.if_epoch, owner=ticket.owner, number=ticket.number,
        since=since.isoformat() if since else None,
    )  # fmt: skip
