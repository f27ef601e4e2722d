"""Small, valid records for tests. Every field can be said; what is not said does not matter to the test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bridge.domain.change import Change, Entry, Told
from bridge.domain.deliveries import Content, Delivery, OpenThread, PostWords, RefreshCard, Strand, TellBot, Urgency
from bridge.domain.events import EventKey, Intent, PersonWrote
from bridge.domain.people import Actor, ActorKind, Assignee, Person
from bridge.domain.policy import Ladder, Policy, Relay, Step, StepKind, Until
from bridge.domain.refs import (
    BotName,
    ConversationRef,
    Lane,
    MemberKey,
    MessageId,
    MessageRef,
    ThreadRef,
    TicketId,
    ToldId,
    UserId,
    bot_lane,
    new_id,
)
from bridge.domain.ticket import Outcome, Ticket, TicketState
from bridge.domain.words import Author, Brief, Message, User, WordsKind, WordsState
from bridge.store.asks import Ask, ByConversation, ByTicket

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SHOP = BotName("shop-bot")
SUPPORT = Lane("acme-slack", "C0SUPPORT")
SHOP_LANE = bot_lane(SHOP)

_counter = count(1)


def a_policy(**said: Any) -> Policy:
    ladder = Ladder(
        name="usual",
        clock=None,
        until=Until.CLAIMED,
        steps=(Step(after=timedelta(minutes=5), do=StepKind.MENTION, who="team"),),
    )
    return Policy(
        **{
            "route": "support",
            "rulebook": "digest-1",
            "lane": SUPPORT,
            "team": "support",
            "relay": Relay(),
            "waiting": ladder,
        }
        | said
    )


POLICY = a_policy()


def a_user(**said: Any) -> User:
    return User(
        **{
            "id": UserId(new_id("usr")),
            "bot": SHOP,
            "external_id": f"u-{next(_counter)}",
            "name": "Mara",
            "locale": "fr",
        }
        | said
    )


def a_ticket(user: User | None = None, **said: Any) -> Ticket:
    """Open, unclaimed, in a conversation of its own."""
    found: dict[str, Any] = {
        "id": TicketId(new_id("tkt")),
        "bot": SHOP,
        "conversation": f"conv-{next(_counter)}",
        "user": user.id if user else UserId(new_id("usr")),
        "policy": POLICY,
        "route_reason": "the only route",
        "created_at": START,
        "waiting_since": START,
        "opened_at": START,
    }
    return Ticket(**found | said)


def a_brief(ticket: TicketId, **said: Any) -> Brief:
    found: dict[str, Any] = {
        "ticket": ticket,
        "title": "Refund not received",
        "tags": ("refund",),
        "attributes": {"n": 1},
    }
    return Brief(**found | said)


def a_message(ticket: TicketId, text: str = "Where is my refund?", **said: Any) -> Message:
    """The user's, unless `kind` and `author` say otherwise."""
    found: dict[str, Any] = {
        "id": MessageId(new_id("msg")),
        "ticket": ticket,
        "kind": WordsKind.USER,
        "author": Author.USER,
        "author_key": "usr",
        "author_name": None,
        "text": text,
        "at": START,
        "state": WordsState.RECEIVED,
    }
    return Message(**found | said)


def a_reply(ticket: TicketId, text: str = "On its way.", **said: Any) -> Message:
    found: dict[str, Any] = {
        "kind": WordsKind.REPLY,
        "author": Author.MEMBER,
        "author_key": "ana",
        "author_name": "Ana",
        "state": WordsState.SENDING,
    }
    return a_message(ticket, text, **found | said)


def an_actor(**said: Any) -> Actor:
    found: dict[str, Any] = {
        "kind": ActorKind.MEMBER,
        "key": MemberKey("ana"),
        "name": "Ana",
        "teams": frozenset({"support"}),
        "platform": "acme-slack",
        "person": "U0ANA",
        "workspace": "T0ACME",
    }
    return Actor(**found | said)


ANA = Assignee(key=MemberKey("ana"), name="Ana", platform="acme-slack", person="U0ANA")
THE_BOT = Actor(kind=ActorKind.BOT, key=MemberKey("shop-bot"), name="shop-bot")


def a_person(**said: Any) -> Person:
    return Person(**{"platform": "acme-slack", "workspace": "T0ACME", "id": "U0ANA", "name": "Ana"} | said)


def a_thread_message(thread: ThreadRef, text: str = "hello", **said: Any) -> PersonWrote:
    ts = f"{next(_counter)}.0001"
    found: dict[str, Any] = {
        "key": EventKey(thread.lane.platform, f"{thread.lane.place}/{ts}"),
        "person": a_person(),
        "at": START,
        "text": text,
        "thread": thread,
        "origin": MessageRef(thread.lane, thread.root, ts),
        "intent": Intent.PLAIN,
    }
    return PersonWrote(**found | said)


# ── deliveries ─────────────────────────────────────────────────────────────


def a_root(ticket: TicketId, lane: Lane = SUPPORT, **said: Any) -> Delivery:
    return _delivery(ticket, lane, OpenThread(), {"strand": Strand.ROOT, "urgency": Urgency.ROOT} | said)


def words(ticket: TicketId, message: MessageId, lane: Lane = SUPPORT, **said: Any) -> Delivery:
    return _delivery(ticket, lane, PostWords(message), {"strand": Strand.WORDS, "urgency": Urgency.WORDS} | said)


def a_card(ticket: TicketId, lane: Lane = SUPPORT, **said: Any) -> Delivery:
    found = {"strand": Strand.CARD, "urgency": Urgency.CARD, "coalesce": "card"}
    return _delivery(ticket, lane, RefreshCard(), found | said)


def tell(ticket: TicketId, index: int = 0, lane: Lane = SHOP_LANE, **said: Any) -> Delivery:
    """A callback for the change's `told[index]`."""
    found = {"strand": Strand.WORDS, "urgency": Urgency.WORDS}
    return _delivery(ticket, lane, TellBot(ToldId(str(index))), found | said)


def _delivery(ticket: TicketId, lane: Lane, content: Content, said: dict[str, Any]) -> Delivery:
    return Delivery(**{"lane": lane, "content": content, "ticket": ticket} | said)


# ── changes ────────────────────────────────────────────────────────────────


def opening(
    conversation: str | None = None, *, user: User | None = None, title: str = "Refund not received", **said: Any
) -> Change:
    """A ticket as an escalation leaves it: user, brief, log entry, feed row and the delivery that opens its thread."""
    user = user or a_user(bot=said.get("bot", SHOP))
    if conversation is not None:
        said["conversation"] = conversation
    ticket = a_ticket(user, seq=1, **said)
    return Change(
        ticket=ticket,
        code="opened",
        entries=(Entry(seq=1, kind="ticket.opened", actor=THE_BOT, at=START),),
        told=(Told(type="ticket.opened", seq=1, at=START, actor=THE_BOT),),
        deliveries=(a_root(ticket.id),),
        user=user,
        brief=a_brief(ticket.id, title=title),
    )


def user_says(ticket: Ticket, text: str, **said: Any) -> Change:
    """The user wrote: one message, one log entry, one post in the thread."""
    message = a_message(ticket.id, text, **said)
    moved = replace(ticket, seq=ticket.seq + 1, version=ticket.version + 1)
    return Change(
        ticket=moved,
        code="accepted",
        entries=(Entry(seq=moved.seq, kind="message.created", actor=THE_BOT, at=START, message=message.id),),
        deliveries=(words(ticket.id, message.id),),
        messages=(message,),
    )


def member_replies(ticket: Ticket, text: str = "On its way.", *, callback: bool = True, **said: Any) -> Change:
    """A reply on its way to the bot."""
    message = a_reply(ticket.id, text, **said)
    moved = replace(ticket, seq=ticket.seq + 1, version=ticket.version + 1)
    actor = an_actor()
    return Change(
        ticket=moved,
        code="replied",
        entries=(Entry(seq=moved.seq, kind="message.created", actor=actor, at=START, message=message.id),),
        told=(Told(type="message.created", seq=moved.seq, at=START, actor=actor, message=message.id),),
        deliveries=(tell(ticket.id),) if callback else (),
        messages=(message,),
    )


def closing(ticket: Ticket, at: datetime = START) -> Change:
    closed = replace(
        ticket,
        state=TicketState.CLOSED,
        closed_at=at,
        outcome=Outcome.RESOLVED,
        waiting_since=None,
        seq=ticket.seq + 1,
        epoch=ticket.epoch + 1,
    )
    entry = Entry(seq=closed.seq, kind="ticket.closed", actor=an_actor(), at=at)
    told = Told(type="ticket.closed", seq=closed.seq, at=at, actor=an_actor())
    return Change(ticket=closed, code="closed", entries=(entry,), told=(told,))


def opens(change: Change, key: str | None = None, **said: Any) -> Ask:
    """Ask for this opening; the conversation's open ticket, if there is one, is left alone."""
    ref = ConversationRef(change.ticket.bot, change.ticket.conversation)
    event = EventKey(f"bot:{change.ticket.bot}", key) if key else None
    return Ask(find=ByConversation(ref), decide=lambda _: change, key=event, **said)


def asks(ticket: TicketId, decide: Any, **said: Any) -> Ask:
    return Ask(find=ByTicket(ticket), decide=decide, **said)
