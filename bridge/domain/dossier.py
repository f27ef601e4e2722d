"""Everything that is kept about one user, for them to have: as JSON, and as a table no program takes for formulas."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.domain.change import Entry
from bridge.domain.envelope import Json, iso
from bridge.domain.files import KeptFile
from bridge.domain.ticket import Ticket
from bridge.domain.views import TicketView
from bridge.domain.words import Brief, Message, User

_FORMULA: Final = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - fullwidth ones too
_COLUMNS: Final = ("kind", "ticket", "at", "who", "what", "id", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A user, their tickets oldest first, and the files of each in the same order."""

    user: User
    tickets: Sequence[TicketView]
    files: Sequence[Sequence[KeptFile]]


def as_json(dossier: Dossier) -> dict[str, Json]:
    """All of it, notes about the user as well."""
    tickets: list[Json] = [
        _ticket_json(view, files) for view, files in zip(dossier.tickets, dossier.files, strict=True)
    ]
    return {"user": _user_json(dossier.user), "tickets": tickets}


def as_csv(dossier: Dossier) -> str:
    """One line per thing that is kept."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(_COLUMNS)
    for row in _rows(dossier):
        writer.writerow([cell(value) for value in row])
    return out.getvalue()


def cell(value: object) -> str:
    """A value as spreadsheets show it and never as they would compute it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _user_json(user: User) -> dict[str, Json]:
    return {
        "id": user.id, "bot": user.bot, "external_id": user.external_id, "name": user.name, "email": user.email,
        "locale": user.locale, "timezone": user.timezone, "avatar_url": user.avatar_url, "verified": user.verified,
    }  # fmt: skip


def _ticket_json(view: TicketView, files: Sequence[KeptFile]) -> dict[str, Json]:
    return {
        **_facts(view.ticket),
        "brief": _brief_json(view.brief),
        "messages": [_message_json(message) for message in view.messages],
        "files": [_file_json(file) for file in files],
        "log": [_entry_json(entry) for entry in view.entries],
    }


def _facts(ticket: Ticket) -> dict[str, Json]:
    return {
        "id": ticket.id, "number": ticket.number, "conversation": ticket.conversation, "state": ticket.state.value,
        "outcome": ticket.outcome, "route": ticket.policy.route, "language": ticket.language,
        "channel": ticket.channel, "opened_at": iso(ticket.created_at), "closed_at": iso(ticket.closed_at),
    }  # fmt: skip


def _brief_json(brief: Brief) -> dict[str, Json]:
    return {
        "title": brief.title, "description": brief.description, "summary": brief.summary,
        "reason_code": brief.reason_code, "reason_text": brief.reason_text, "confidence": brief.confidence,
        "tags": list(brief.tags), "attributes": dict(brief.attributes),
        "links": [{"title": link.title, "url": link.url} for link in brief.links], "metadata": brief.metadata,
    }  # fmt: skip


def _message_json(message: Message) -> dict[str, Json]:
    return {
        "id": message.id, "external_id": message.external_id, "kind": message.kind.value,
        "author": message.author.value, "author_name": message.author_name, "state": message.state.value,
        "text": message.text, "at": iso(message.at), "edited_at": iso(message.edited_at),
        "failure": message.failure, "attachments": [each.name for each in message.attachments],
    }  # fmt: skip


def _file_json(file: KeptFile) -> dict[str, Json]:
    return {
        "id": file.id, "name": file.name, "state": file.state.value, "content_type": file.content_type,
        "size": file.size, "sha256": file.digest, "url": file.url, "message": file.message,
        "at": iso(file.created_at),
    }  # fmt: skip


def _entry_json(entry: Entry) -> dict[str, Json]:
    return {
        "seq": entry.seq, "kind": entry.kind, "at": iso(entry.at), "by": entry.actor.kind.value,
        "message": entry.message, "facts": dict(entry.facts),
    }  # fmt: skip


def _rows(dossier: Dossier) -> Iterator[tuple[object, ...]]:
    user = dossier.user
    for name, value in _user_json(user).items():
        yield "user", "", "", user.external_id, name, user.id, value
    for view, files in zip(dossier.tickets, dossier.files, strict=True):
        number = view.ticket.number
        for name, value in {**_facts(view.ticket), **_brief_json(view.brief)}.items():
            yield "ticket", number, iso(view.ticket.created_at), view.ticket.bot, name, view.ticket.id, value
        for message in view.messages:
            who = message.author_name or message.author.value
            yield message.kind.value, number, iso(message.at), who, message.state.value, message.id, message.text
        for file in files:
            yield "file", number, iso(file.created_at), file.uploader, file.state.value, file.id, file.name
        for entry in view.entries:
            yield "log", number, iso(entry.at), entry.actor.kind.value, entry.kind, entry.seq, dict(entry.facts) or ""
