"""What a modal carries, and what comes back when it is sent in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from adapters.chat.slack.events.clicks import Place
from adapters.chat.slack.events.people import Home, Known, person_of
from bridge.domain.events import EventKey, FormSubmitted, Verb
from bridge.domain.refs import TicketId

Payload = Mapping[str, Any]

MEMBER = "to"
"""The field that names a member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A modal's private metadata: what the form is for, and where it was opened. People cannot change it."""

    ticket: TicketId
    verb: Verb
    epoch: int
    channel: str = ""
    thread: str = ""

    def written(self) -> str:
        return "|".join((self.ticket, self.verb.value, str(self.epoch), self.channel, self.thread))

    def place(self, user: str) -> Place | None:
        """Where it was opened, if that was in a channel."""
        return Place(channel=self.channel, user=user, thread=self.thread or None) if self.channel else None


def about_of(view: Payload) -> About | None:
    """None for a modal that is none of ours."""
    parts = str(view.get("private_metadata") or "").split("|")
    if len(parts) != 5:
        return None
    try:
        return About(
            ticket=TicketId(parts[0]), verb=Verb(parts[1]), epoch=int(parts[2]), channel=parts[3], thread=parts[4]
        )
    except ValueError:
        return None


def with_epoch(about: About, epoch: int) -> About:
    return replace(about, epoch=epoch)


def filled_in(view: Payload) -> dict[str, str]:
    """Field → what stands in it; empty ones are left out."""
    found: dict[str, str] = {}
    for name, entered in ((view.get("state") or {}).get("values") or {}).items():
        for state in entered.values():
            chosen = state.get("selected_option") or {}
            value = state.get("value") or chosen.get("value") or state.get("selected_user")
            if value:
                found[name] = str(value)
    return found


def people_in_form(body: Payload) -> set[str]:
    named = filled_in(body.get("view") or {}).get(MEMBER)
    return {str(body["user"]["id"])} | ({named} if named else set())


def to_submitted(body: Payload, home: Home, known: Known, at: datetime) -> FormSubmitted | None:
    """None for a modal that is none of ours."""
    view, user = body.get("view") or {}, body["user"]
    about = about_of(view)
    if about is None:
        return None
    fields = filled_in(view)
    named = fields.pop(MEMBER, None)
    person = person_of(
        user["id"], home, known, in_channel=bool(about.channel), channel=about.channel,
        called=user.get("name") or user.get("username"), team=user.get("team_id"),
    )  # fmt: skip
    return FormSubmitted(
        # A modal is sent in once: twice is the same click, or an answer that was lost.
        key=EventKey(home.platform, f"form/{view.get('id')}/{view.get('hash')}"),
        person=person,
        at=at,
        ticket=about.ticket,
        verb=about.verb,
        epoch=about.epoch,
        fields=fields,
        named=person_of(named, home, known, in_channel=False, channel="") if named else None,
    )
