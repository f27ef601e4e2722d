"""Domain records ↔ rows: the one place that knows which column holds what."""

import hashlib
import json
from datetime import datetime
from typing import Any

from bridge.domain.change import Entry, TicketFacts, Verdict
from bridge.domain.events import EventKey
from bridge.domain.people import Actor
from bridge.domain.policy import Policy
from bridge.domain.refs import BotName, Lane, MessageId, MessageRef, TicketId, ToldId, UserId
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.views import FeedRow
from bridge.domain.words import Attachment, Author, Brief, Message, User, WordsKind, WordsState
from bridge.store.bulk import Values
from bridge.store.codec import codec_for, record_without
from bridge.store.models import EntryRow, FeedEntryRow, MessageRow, UserRow

BRIEF = "brief"
"""The `kind` of the messages row that holds what an escalation said."""

_TICKET = record_without(Ticket, "policy")
_POLICY = codec_for(Policy)
_BRIEF = codec_for(Brief)
_ACTOR = codec_for(Actor)
_FACTS = codec_for(TicketFacts)
_VERDICT = record_without(Verdict, "said")
_ATTACHMENTS = codec_for(tuple[Attachment, ...])


def open_key(bot: str, conversation: str) -> str:
    return f"{bot} {conversation}"


def policy_body(policy: Policy) -> tuple[str, Any]:
    """The policy's digest and what is stored of it."""
    body = _POLICY.encode(policy)
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest(), body


def to_policy(body: Any) -> Policy:
    found: Policy = _POLICY.decode(body)
    return found


def ticket_row(ticket: Ticket, digest: str) -> Values:
    lane = ticket.policy.lane
    closed = ticket.state is TicketState.CLOSED
    return {
        "id": ticket.id,
        "number": ticket.number,
        "bot": ticket.bot,
        "conversation": ticket.conversation,
        "user": ticket.user,
        "kind": ticket.kind.value,
        "state": ticket.state.value,
        "assignee_key": ticket.assignee.key if ticket.assignee else None,
        "priority": ticket.priority.value,
        "on_user": int(ticket.waits_on_user),
        "queued_at": ticket.waiting_since or ticket.opened_at or ticket.created_at,
        "created_at": ticket.created_at,
        "closed_at": ticket.closed_at,
        "snoozed_until": ticket.snoozed_until,
        "platform": lane.platform if lane else None,
        "place": lane.place if lane else None,
        "policy": digest,
        "open_key": None if closed else open_key(ticket.bot, ticket.conversation),
        "emptied": 1 if ticket.emptied is not None else None,
        "body": _TICKET.encode(ticket),
    }


def to_ticket(body: Any, policy: Policy) -> Ticket:
    return Ticket(policy=policy, **_TICKET.decode(body))


def entry_row(ticket: TicketId, entry: Entry) -> Values:
    body = {"actor": _ACTOR.encode(entry.actor), "facts": dict(entry.facts)}
    return {
        "ticket": ticket,
        "seq": entry.seq,
        "kind": entry.kind,
        "at": entry.at,
        "message": entry.message,
        "body": body,
    }


def to_entry(row: EntryRow) -> Entry:
    return Entry(
        seq=row.seq,
        kind=row.kind,
        actor=_ACTOR.decode(row.body["actor"]),
        at=row.at,
        facts=row.body["facts"],
        message=MessageId(row.message) if row.message else None,
    )


def message_row(message: Message) -> Values:
    origin = message.origin
    return {
        "id": message.id,
        "ticket": message.ticket,
        "kind": message.kind.value,
        "author": message.author.value,
        "author_key": message.author_key,
        "author_name": message.author_name,
        "text": message.text,
        "at": message.at,
        "state": message.state.value,
        "external_id": message.external_id,
        "origin_platform": origin.lane.platform if origin else None,
        "origin_place": origin.lane.place if origin else None,
        "origin_thread": origin.thread if origin else None,
        "origin_message": origin.message if origin else None,
        "revision": message.revision,
        "edited_at": message.edited_at,
        "reply_to": message.reply_to,
        "failure": message.failure,
        "body": attachments_body(message.attachments),
    }


def attachments_body(attachments: tuple[Attachment, ...]) -> Any:
    return _ATTACHMENTS.encode(attachments)


def to_message(row: MessageRow) -> Message:
    origin = None
    if row.origin_message is not None:
        lane = Lane(row.origin_platform or "", row.origin_place or "")
        origin = MessageRef(lane, row.origin_thread, row.origin_message)
    return Message(
        id=MessageId(row.id),
        ticket=TicketId(row.ticket),
        kind=WordsKind(row.kind),
        author=Author(row.author),
        author_key=row.author_key,
        author_name=row.author_name,
        text=row.text,
        at=row.at,
        state=WordsState(row.state),
        external_id=row.external_id,
        origin=origin,
        revision=row.revision,
        edited_at=row.edited_at,
        attachments=_ATTACHMENTS.decode(row.body),
        reply_to=row.reply_to,
        failure=row.failure,
    )


def brief_row(brief: Brief, at: datetime) -> Values:
    """`text` is the title, so that it can be searched."""
    return {
        "id": f"{BRIEF}-{brief.ticket}",
        "ticket": brief.ticket,
        "kind": BRIEF,
        "author": Author.BOT.value,
        "author_key": "",
        "text": brief.title,
        "at": at,
        "state": WordsState.RECEIVED.value,
        "revision": 1,
        "body": _BRIEF.encode(brief),
    }


def to_brief(row: MessageRow) -> Brief:
    found: Brief = _BRIEF.decode(row.body)
    return found


def user_row(user: User) -> Values:
    return {
        "id": user.id,
        "bot": user.bot,
        "external_id": user.external_id,
        "name": user.name,
        "locale": user.locale,
        "timezone": user.timezone,
        "avatar_url": user.avatar_url,
        "email": user.email,
        "verified": user.verified,
    }


def to_user(row: UserRow) -> User:
    return User(
        id=UserId(row.id),
        bot=BotName(row.bot),
        external_id=row.external_id,
        name=row.name,
        locale=row.locale,
        timezone=row.timezone,
        avatar_url=row.avatar_url,
        email=row.email,
        verified=row.verified,
    )


def feed_row(told: FeedRow, cursor: int) -> Values:
    body = {
        "type": told.type,
        "at": told.at.isoformat(),
        "seq": told.seq,
        "ticket": _FACTS.encode(told.ticket),
        "actor": _ACTOR.encode(told.actor),
        "facts": dict(told.facts),
        "message": told.message,
    }
    return {"id": told.id, "bot": told.bot, "cursor": cursor, "ticket": told.ticket.id, "body": body}


def to_feed(row: FeedEntryRow) -> FeedRow:
    body = row.body
    return FeedRow(
        id=ToldId(row.id),
        bot=BotName(row.bot),
        cursor=row.cursor,
        type=body["type"],
        at=datetime.fromisoformat(body["at"]),
        seq=body["seq"],
        ticket=_FACTS.decode(body["ticket"]),
        actor=_ACTOR.decode(body["actor"]),
        facts=body["facts"],
        message=MessageId(body["message"]) if body["message"] else None,
    )


def key_row(key: EventKey, fingerprint: str, verdict: Verdict | None, at: datetime) -> Values:
    return {
        "scope": key.scope,
        "key": key.key,
        "fingerprint": fingerprint,
        "verdict": _VERDICT.encode(verdict) if verdict is not None else {},
        "created_at": at,
    }


def to_verdict(body: Any) -> Verdict | None:
    return None if not body else Verdict(**_VERDICT.decode(body))
