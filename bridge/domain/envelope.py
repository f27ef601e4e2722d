"""What a bot reads: the same nesting (ticket, conversation, user, metadata) in every answer and every callback."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeAlias

from bridge.domain.change import TicketFacts
from bridge.domain.file_links import NO_LINKS, Links
from bridge.domain.people import Actor, ActorKind
from bridge.domain.refs import ThreadRef
from bridge.domain.views import FilledRow
from bridge.domain.words import Attachment, Author, Brief, Message, Scalar, User, WordsKind, WordsState

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

TRANSCRIPT_BYTES = 12_000
"""Of a callback's 20 KB; a longer stretch is fetched from the transcript call."""
TEXT_AT_MOST = 12_000
"""Characters of one message inside a callback."""


def iso(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds, `2026-11-22T09:00:03.120Z`."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ticket_json(facts: TicketFacts, *, thread: str | None = None) -> dict[str, Json]:
    """A ticket's facts. `thread` is a web address, where one is known."""
    assignee: Json = None
    if facts.assignee_key is not None:
        alias = facts.assignee_alias or facts.assignee_name
        assignee = {"name": facts.assignee_name, "alias": alias, "avatar_url": facts.assignee_avatar}
    return {
        "id": facts.id,
        "number": facts.number,
        "state": facts.state.value,
        "owner": facts.owner.value,
        "epoch": facts.epoch,
        "version": facts.version,
        "route": facts.route,
        "route_reason": facts.route_reason,
        "assignee": assignee,
        "thread": thread,
        "outcome": facts.outcome,
        "created_at": iso(facts.created_at),
        "closed_at": iso(facts.closed_at),
    }


def user_json(user: User) -> dict[str, Json]:
    return {
        "external_id": user.external_id,
        "name": user.name,
        "locale": user.locale,
        "timezone": user.timezone,
        "verified": user.verified,
    }


def metadata_json(brief: Brief) -> Json:
    """The bot's own opaque value, as it gave it."""
    if brief.metadata is None:
        return None
    value: Json = json.loads(brief.metadata)
    return value


def message_json(
    message: Message,
    *,
    author_name: str | None = None,
    avatar_url: str | None = None,
    whole: bool = False,
    links: Links = NO_LINKS,
) -> dict[str, Json]:
    """A message; its text is CommonMark, cut unless it is wanted `whole`. Files can be read where `links` has them."""
    gone = message.state in {WordsState.DELETED, WordsState.UNSENT}
    long = len(message.text) > TEXT_AT_MOST and not whole
    return {
        "id": message.id,
        "external_id": message.external_id,
        "from": message.author.value,
        "text": None if gone else message.text[:TEXT_AT_MOST] if long else message.text,
        "text_truncated": long and not gone,
        "author": {"name": _author(message, author_name), "avatar_url": avatar_url},
        "attachments": [] if gone else [_attachment_json(each, links) for each in message.attachments],
        "reply_to": message.reply_to,
        "revision": message.revision,
        "at": iso(message.at),
        "edited_at": iso(message.edited_at),
    }


def _attachment_json(attachment: Attachment, links: Links) -> dict[str, Json]:
    said: dict[str, Json] = {
        "name": attachment.name,
        "content_type": attachment.content_type,
        "size": attachment.size,
    }
    link = links.get(attachment.file_id or "")
    return said if link is None else {**said, "url": link.url, "expires_at": iso(link.expires_at)}


def _author(message: Message, called: str | None) -> str | None:
    return None if message.author is Author.SYSTEM else called or message.author_name


def actor_json(actor: Actor) -> dict[str, Json]:
    name = actor.name if actor.kind is ActorKind.MEMBER else None
    return {"kind": actor.kind.value, "name": name, "avatar_url": actor.avatar_url}


def envelope(
    filled: FilledRow, links: Links = NO_LINKS, permalink: Callable[[ThreadRef], str | None] = lambda _: None
) -> dict[str, Json]:
    """`{"type", "timestamp", "data"}` of one feed row, with its words as they are now."""
    row = filled.row
    data: dict[str, Json] = {
        "ticket": ticket_json(row.ticket, thread=permalink(filled.thread) if filled.thread is not None else None),
        "seq": row.seq,
        "conversation": {"external_id": row.ticket.conversation},
        "user": user_json(_user(filled)),
        "actor": actor_json(row.actor),
        "metadata": metadata_json(filled.brief),
        "test": row.ticket.test,
    }
    facts = dict(row.facts)
    author = facts.pop("author_name", None)
    avatar = facts.pop("author_avatar", None)
    message = _as_told(filled)
    if message is not None and _may_leave(message):
        data["message"] = message_json(message, author_name=_text(author), avatar_url=_text(avatar), links=links)
    data.update(_extra(row.type, facts))
    if row.type == "ticket.closed":
        data["transcript"] = transcript_json(filled.transcript)
    return {"type": row.type, "timestamp": iso(row.at), "data": data}


def _user(filled: FilledRow) -> User:
    """Of one who was erased the bot is told by the id it gave them: here, and nowhere else any more."""
    known = filled.row.facts.get("external_id")
    return replace(filled.user, external_id=known) if isinstance(known, str) else filled.user


def _as_told(filled: FilledRow) -> Message | None:
    """A reply that was called back is gone for its bot, also where its words stay inside as a note."""
    message = filled.message
    if message is None or filled.row.type != "message.deleted":
        return message
    return replace(message, kind=WordsKind.REPLY, state=WordsState.DELETED)


def _may_leave(message: Message) -> bool:
    """Whatever names them: a note, and words that were not sent, are never filled in."""
    return message.kind is not WordsKind.NOTE and message.state not in KEPT_HERE


def _text(value: Scalar) -> str | None:
    return value if isinstance(value, str) else None


def _extra(kind: str, facts: Mapping[str, Scalar]) -> dict[str, Json]:
    match kind:
        case "ticket.assigned" | "ticket.reassigned":
            alias = facts.get("alias") or facts.get("name")
            assignee: Json = {"name": facts.get("name"), "alias": alias, "avatar_url": facts.get("avatar_url")}
            return {"assignee": assignee, "via": facts.get("via"), "cause": facts.get("cause")}
        case "ticket.opened":
            return {
                **{name: facts.get(name) for name in ("route_reason", "priority", "reason_code")},
                "availability": _availability(facts),
            }
        case "ticket.closed":
            return {
                "outcome": facts.get("outcome"),
                "reason": facts.get("reason"),
                "closed_by": facts.get("closed_by"),
                "durations": {
                    "claim_seconds": facts.get("claim_seconds"),
                    "first_response_seconds": facts.get("first_response_seconds"),
                    "resolution_seconds": facts.get("resolution_seconds"),
                },
            }
        case _:
            inside = {"offered_to", "previous_ticket", "in_thread", "stale_at", "external_id"}
            return {name: value for name, value in facts.items() if name not in inside}


def _availability(facts: Mapping[str, Scalar]) -> Json:
    """As it was when the ticket opened; None for one of an earlier version."""
    if facts.get("open") is None:
        return None
    opening = facts.get("next_opening")
    return {
        "open": facts.get("open"),
        "next_opening": iso(datetime.fromisoformat(opening)) if isinstance(opening, str) else None,
        "people_on_shift": facts.get("people_on_shift"),
        "queue_depth": facts.get("queue_depth"),
        "wait": {
            "p50_seconds": facts.get("wait_p50"),
            "p90_seconds": facts.get("wait_p90"),
            "count": facts.get("wait_count"),
        },
        "route": facts.get("route"),
        "say": facts.get("say"),
    }


def transcript_json(messages: Sequence[Message]) -> list[Json]:
    """What user and team said to each other since the handoff; the newest that fit, never a note."""
    said: list[Json] = []
    room = TRANSCRIPT_BYTES
    for message in reversed(messages):
        if message.kind not in {WordsKind.USER, WordsKind.REPLY} or message.state in NOT_SAID:
            continue
        line: dict[str, Json] = {
            "from": FROM.get(message.author, "team"),
            "text": message.text,
            "at": iso(message.at),
        }
        room -= len(json.dumps(line))
        if room < 0:
            break
        said.append(line)
    return said[::-1]


FROM = {Author.USER: "user", Author.SYSTEM: "system"}
KEPT_HERE = frozenset({WordsState.HELD, WordsState.PENDING, WordsState.INSIDE, WordsState.STALE})
NOT_SAID = KEPT_HERE | {WordsState.UNSENT, WordsState.DELETED, WordsState.FAILED}
