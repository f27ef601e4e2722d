"""What bots are told, described: one model per type makes the webhooks of the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, Field, create_model

from bridge.api.answers import Answer, AvailabilityOut, ConversationOut, TicketOut, Time, UserOut


class ActorOut(Answer):
    """Who did it."""

    kind: Literal["member", "bot", "user", "system"] = Field(description="What they are.", examples=["member"])
    name: str | None = Field(description="A member's name.", examples=["Ana"])
    avatar_url: str | None = Field(description="A picture.", examples=[None])


class ToldOut(Answer):
    """What every callback has."""

    ticket: TicketOut = Field(description="The ticket as it was then.")
    seq: int = Field(description="Counts what happened to the ticket.", examples=[7])
    conversation: ConversationOut = Field(description="The conversation.")
    user: UserOut = Field(description="The user.")
    actor: ActorOut = Field(description="Who did it.")
    metadata: Any = Field(description="What the bot gave when it escalated, echoed.", examples=[{"opaque": "echoed"}])
    test: bool = Field(description="A drill.", examples=[False])


class ReceiverOut(Answer):
    """The member who has the ticket now."""

    name: str | None = Field(description="Their name.", examples=["Ana Roth"])
    alias: str | None = Field(description="What the user may call them.", examples=["Ana from Acme"])
    avatar_url: str | None = Field(description="A picture.", examples=[None])


class AuthorOut(Answer):
    """Who the user sees as the writer."""

    name: str | None = Field(description="As the user may know them; null for a text of ours.", examples=["Ana"])
    avatar_url: str | None = Field(description="A picture.", examples=[None])


class WordsOut(Answer):
    """A message of the team to the user."""

    id: str = Field(description="Our id; receipts name it.", examples=["msg_01931f6c9a3d7c1e8b2f4d5e6a7b8c9d"])
    text: str | None = Field(description="CommonMark; null once it is deleted.", examples=["It left today."])
    text_truncated: bool = Field(description="Too long for a callback: the transcript has all of it.", examples=[False])
    author: AuthorOut = Field(description="Who wrote it.")
    attachments: list[Any] = Field(description="Files, with links that expire.", examples=[[]])
    reply_to: str | None = Field(description="What it answers.", examples=[None])


class Opened(ToldOut):
    """A ticket waits for a person."""

    availability: AvailabilityOut | None = Field(None, description="Whether somebody was there.")


class Given(ToldOut):
    """A member has it."""

    assignee: ReceiverOut = Field(description="Who.")
    via: str | None = Field(description="button, command, reply, console or auto.", examples=["button"])
    cause: str | None = Field(description="Why.", examples=["claimed"])


class PutBack(ToldOut):
    """Nobody has it any more."""

    cause: str | None = Field(None, description="Why.", examples=["released"])


class Updated(ToldOut):
    """Title, priority or attributes are others."""

    changed: str | None = Field(None, description="Which of them, by comma.", examples=["title, priority"])


class Rerouted(ToldOut):
    """It goes on under another route."""

    route: str | None = Field(None, description="The new one.", examples=["billing"])
    previous: str | None = Field(None, description="The old one.", examples=["french"])
    reason: str | None = Field(None, description="Why.", examples=["moved by Ana"])


class Snoozed(ToldOut):
    """It rests."""

    until: Time | None = Field(None, description="Until when, or until the user writes.")
    by: str | None = Field(None, description="Who put it to rest.", examples=["Ana"])


class Caused(ToldOut):
    """Something happened to the ticket."""

    cause: str | None = Field(None, description="Why.", examples=["the user wrote"])


class Delayed(ToldOut):
    """The team's platform is away; it is waited for."""

    since: Time | None = Field(None, description="Since when.")
    reason: str | None = Field(None, description="Why.", examples=["the team's platform is down"])


class Closed(ToldOut):
    """The conversation is the bot's again."""

    outcome: str = Field(description="resolved, returned_to_bot, cancelled, expired or spam.", examples=["resolved"])
    reason: str | None = Field(description="Why.", examples=["closed"])
    closed_by: str | None = Field(description="Who.", examples=["Ana"])
    durations: dict[str, int | None] = Field(
        description="Seconds: claim_seconds, first_response_seconds, resolution_seconds.",
        examples=[{"claim_seconds": 120, "first_response_seconds": 240, "resolution_seconds": 900}],
    )
    transcript: list[Any] = Field(description="What was said since the handoff, the newest that fits.", examples=[[]])


class Undeliverable(ToldOut):
    """Its channel cannot be used."""

    reason: str | None = Field(None, description="Why.", examples=["its channel cannot be used"])
    fallback: str | None = Field(None, description="Where it goes instead.", examples=["console"])


class QueueUpdated(ToldOut):
    """It stands at another place of its queue."""

    position: int = Field(description="1 is next.", examples=[3])
    estimated_wait_seconds: float | None = Field(None, description="What is usual.", examples=[240.0])


class Spoken(ToldOut):
    """What a member, or a text of ours, says to the user."""

    message: WordsOut = Field(description="The message.")


class NotShown(ToldOut):
    """One of the user's messages could not be shown to the team."""

    reason: str | None = Field(None, description="Why.", examples=["it could not be posted"])


class Activity(ToldOut):
    """A sign of life of the team."""

    activity: str = Field(description="typing or seen.", examples=["typing"])


class Reminded(ToldOut):
    """The team was reminded."""

    step: str | None = Field(None, description="How.", examples=["mention"])


class Erased(ToldOut):
    """A user's words and name are gone. `user.external_id` is the id the bot gave them; it stands here only."""

    receipt: str = Field(description="Id of the receipt.", examples=["ers_01931f6c9a3d7c1e8b2f4d5e"])


class Ping(Answer):
    """A trial of the callback address."""


TOLD: Final[Mapping[str, tuple[str, type[Answer]]]] = {
    "ticket.opened": ("A person was asked for", Opened),
    "ticket.assigned": ("A member took it", Given),
    "ticket.unassigned": ("It is back in the queue", PutBack),
    "ticket.reassigned": ("Another member has it", Given),
    "ticket.updated": ("The bot changed what it says of it", Updated),
    "ticket.rerouted": ("It moved to another route", Rerouted),
    "ticket.snoozed": ("It rests for a while", Snoozed),
    "ticket.resumed": ("It is awake again", Caused),
    "ticket.reopened": ("A closed ticket is open again", Caused),
    "ticket.delayed": ("A platform is down", Delayed),
    "ticket.closed": ("The conversation is the bot's again", Closed),
    "ticket.undeliverable": ("Its channel cannot be used", Undeliverable),
    "ticket.queue_updated": ("Its place in the queue; off by default", QueueUpdated),
    "message.failed": ("A message of the user was not shown", NotShown),
    "message.created": ("The team says something to the user", Spoken),
    "message.updated": ("A member changed it", Spoken),
    "message.deleted": ("A member took it back", Spoken),
    "activity.changed": ("The team is typing", Activity),
    "reminder.sent": ("The team was reminded; off by default", Reminded),
    "user.erased": ("A user was erased", Erased),
    "endpoint.ping": ("A trial", Ping),
}
"""Every type, with what it says and what its `data` holds."""


def envelopes() -> dict[str, type[BaseModel]]:
    """The whole body of each type."""
    return {kind: _envelope(kind, about, data) for kind, (about, data) in TOLD.items()}


def _envelope(kind: str, about: str, data: type[Answer]) -> type[BaseModel]:
    name = "".join(part.capitalize() for part in kind.replace("_", ".").split(".")) + "Callback"
    return create_model(
        name,
        __base__=Answer,
        __doc__=f"{about}.",
        type=(str, Field(description="What happened.", examples=[kind], json_schema_extra={"const": kind})),
        timestamp=(Time, Field(description="When it happened.", examples=["2026-11-22T09:00:03.120Z"])),
        data=(data, Field(description=(data.__doc__ or about).strip())),
    )
