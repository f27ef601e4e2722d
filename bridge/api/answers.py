"""What bots get back, described: these models make the answers' part of the OpenAPI document."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Answer(BaseModel):
    """Base of all answer models. Answers may gain fields; readers ignore what they do not know."""

    model_config = ConfigDict(extra="allow")


class AssigneeOut(Answer):
    """The member who has the ticket."""

    name: str = Field(description="What the user may know them by.", examples=["Ana from Acme"])
    avatar_url: str | None = Field(description="A picture.", examples=[None])


class TicketOut(Answer):
    """The ticket. While `owner` is not `bot`, the bot stays silent: that is the whole contract."""

    id: str = Field(description="Opaque id.", examples=["tkt_01931f6c9a3d7c1e8b2f4d5e6a7b8c9d"])
    number: int = Field(description="What people call it.", examples=[1042])
    state: Literal["open", "assigned", "closed"] = Field(description="Where it is in its life.", examples=["open"])
    owner: Literal["bot", "queue", "human"] = Field(description="Who may speak to the user.", examples=["queue"])
    epoch: int = Field(description="Rises by one whenever the owner changes.", examples=[1])
    version: int = Field(description="Counts changes.", examples=[1])
    route: str = Field(description="Name of the route it took.", examples=["french"])
    route_reason: str = Field(description="Why it took that one.", examples=["language starts with fr"])
    assignee: AssigneeOut | None = Field(description="Who has it.", examples=[None])
    thread: str | None = Field(
        description="Web address of its thread; null until that stands, so often in the callback about the opening.",
        examples=[None],
    )
    outcome: str | None = Field(description="How it ended.", examples=[None])
    created_at: Time = Field(description="When it was opened first.", examples=["2026-11-22T09:00:04.120Z"])
    closed_at: Time | None = Field(description="When it was closed.", examples=[None])


class ConversationOut(Answer):
    """The conversation as the bot names it."""

    external_id: str = Field(description="The bot's id.", examples=["web-8812"])


class UserOut(Answer):
    """The bot's end user."""

    external_id: str = Field(description="The bot's id.", examples=["u_17"])
    name: str | None = Field(description="What the team calls them.", examples=["Mara"])
    locale: str | None = Field(description="BCP 47 tag.", examples=["fr-FR"])
    timezone: str | None = Field(description="IANA name.", examples=["Europe/Paris"])
    verified: bool = Field(description="Has the bot made sure who this is?", examples=[True])


class TicketAnswer(Answer):
    """A ticket with its conversation and user: the same nesting as in every callback."""

    ticket: TicketOut = Field(description="The ticket.")
    conversation: ConversationOut = Field(description="The conversation.")
    user: UserOut | None = Field(description="The user.")
    metadata: Any = Field(description="What the bot gave when it escalated, echoed.", examples=[{"opaque": "echoed"}])


class WaitOut(Answer):
    """From opened to first claimed, over the last 28 days of this route."""

    p50_seconds: float | None = Field(description="Half waited at most so long. null: nobody did.", examples=[140.0])
    p90_seconds: float | None = Field(description="Nine of ten waited at most so long.", examples=[600.0])
    count: int = Field(description="Claims these figures come from.", examples=[212])


class AvailabilityOut(Answer):
    """Whether somebody is there."""

    open: bool = Field(
        description="Inside the route's hours: those of its waiting ladder's clock, else of the calendar it is matched "
        "by; a route without either is always open.",
        examples=[True],
    )
    next_opening: Time | None = Field(description="When it opens, if closed.", examples=[None])
    people_on_shift: int | None = Field(
        description="Members who were in the console in the last five minutes, on routes that live in the console "
        "alone. null: not known.",
        examples=[None],
    )
    queue_depth: int | None = Field(description="Tickets on the route that nobody has.", examples=[3])
    wait: WaitOut = Field(description="What people waited lately.")
    route: str = Field(description="The route it is about.", examples=["french"])
    say: str = Field(
        description="A sentence for the user, in their language if it is en, fr, de, es, pt, it or nl, on their clock.",
        examples=["A member of our team will answer you here, usually within 3 minutes."],
    )


class AvailabilityAnswer(Answer):
    """The answer before an escalation."""

    availability: AvailabilityOut = Field(description="Whether somebody is there.")


class PreviousOut(Answer):
    """The ticket of the same conversation before this one."""

    id: str = Field(description="Opaque id.", examples=["tkt_01931f6c9a3d7c1e8b2f4d5e6a7b8c9c"])
    number: int = Field(description="What people call it.", examples=[987])
    closed_at: Time | None = Field(description="When it was closed.", examples=["2026-11-02T10:00:00Z"])
    outcome: str | None = Field(description="How it ended.", examples=["resolved"])


class EscalationAnswer(TicketAnswer):
    """The answer to an escalation."""

    availability: AvailabilityOut | None = Field(
        description="Whether somebody is there. null: today's rules have no such route."
    )
    merged: bool = Field(description="The conversation had an open ticket: added to it.", examples=[False])
    reopened: bool = Field(description="The conversation's closed ticket was opened again.", examples=[False])
    previous: PreviousOut | None = Field(description="The conversation's earlier ticket.", examples=[None])


class MessageOut(Answer):
    """A message of the user as it is kept."""

    id: str = Field(description="Our id.", examples=["msg_01931f6c9a3d7c1e8b2f4d5e6a7b8c9d"])
    external_id: str | None = Field(description="The bot's id.", examples=["m7"])


class MessageAnswer(TicketAnswer):
    """The ticket, and the message that was kept."""

    message: MessageOut = Field(description="The message.")
    reopened: bool = Field(description="The message opened a closed ticket again.", examples=[False])


class FileOut(Answer):
    """A file that is kept. A file that no message names within a day is forgotten."""

    id: str = Field(description="A message names it.", examples=["fil_01931f6c9a3d7c1e8b2f4d5e6a7b8c9d"])
    name: str = Field(description="As people see it.", examples=["receipt.pdf"])
    content_type: str = Field(description="What its bytes say it is.", examples=["application/pdf"])
    size: int = Field(description="Bytes.", examples=[31044])
    created_at: Time = Field(description="When it came.", examples=["2026-11-22T09:00:03.000Z"])


class FileAnswer(Answer):
    """The file that was kept."""

    file: FileOut = Field(description="The file.")


class TicketPage(Answer):
    """One page of tickets, latest first."""

    tickets: list[TicketAnswer] = Field(description="The tickets of this page.")
    next: str | None = Field(description="Give it as `cursor` for the next page; null at the end.", examples=[None])


class EventOut(Answer):
    """One callback: the same envelope, whether it is posted or polled."""

    cursor: str = Field(description="Its place in this bot's feed.", examples=["12"])
    id: str = Field(description="Stable id: the same event always has the same.", examples=["tld_01931f"])
    type: str = Field(description="What happened.", examples=["message.created"])
    timestamp: Time = Field(description="When it happened.", examples=["2026-11-22T09:00:03Z"])
    data: dict[str, Any] = Field(description="ticket, seq, conversation, user, actor, metadata, and the type's own.")


class ErasedOut(Answer):
    """What was erased."""

    id: str = Field(description="Of the receipt; operators find it again.", examples=["ers_01931f6c9a3d7c1e8b2f4d5e"])
    erased_at: Time = Field(description="When.", examples=["2026-11-22T09:00:03.000Z"])
    tickets: int = Field(description="Tickets that have no words any more.", examples=[2])
    messages: int = Field(description="Messages that were overwritten.", examples=[14])
    files: int = Field(description="Files that were deleted.", examples=[1])


class ErasureAnswer(Answer):
    """The receipt. It names nobody."""

    erasure: ErasedOut = Field(description="What was erased.")


class EventPage(Answer):
    """What happened after the cursor, in order."""

    events: list[EventOut] = Field(description="Empty when nothing happened in the time waited.")
    next: str = Field(description="Give it as `after` in the next call.", examples=["12"])
    gap: bool = Field(
        description="Events right after `after` are no longer kept (30 days): what follows begins later. "
        "Read the tickets for what was missed. A reply that has not arrived is always kept.",
        examples=[False],
    )


class SaidOut(Answer):
    """One message of the transcript."""

    id: str = Field(description="Our id.", examples=["msg_01931f6c9a3d7c1e8b2f4d5e6a7b8c9d"])
    from_: str = Field(alias="from", description="user, member or bot.", examples=["user"])
    kind: str = Field(description="user, reply, or history from before the handoff.", examples=["user"])
    text: str | None = Field(description="CommonMark.", examples=["and the refund?"])
    at: Time | None = Field(description="When it was said.", examples=["2026-11-22T09:00:03.000Z"])


class TranscriptAnswer(TicketAnswer):
    """The conversation as JSON; with `Accept: text/markdown` as Markdown."""

    messages: list[SaidOut] = Field(description="What was said, oldest first, without the team's notes.")


class FaultOut(Answer):
    """One wrong place."""

    pointer: str = Field(description="JSON Pointer to it.", examples=["/user/name"])
    code: str = Field(description="What is wrong, for programs.", examples=["string-too-long"])
    detail: str = Field(
        description="What is wrong, for people.", examples=["String should have at most 300 characters"]
    )


class ProblemOut(Answer):
    """RFC 9457."""

    type: str = Field(description="Stable address of the kind of refusal.", examples=["/docs/problems/ticket-closed"])
    title: str = Field(description="The kind in words.", examples=["The ticket is closed"])
    status: int = Field(description="The HTTP status again.", examples=[409])
    detail: str = Field(
        description="This case in words.", examples=["#1042 is closed. Escalate the conversation again."]
    )
    instance: str = Field(description="Id of the request; the operator's log has it.", examples=["req_01931f"])
    errors: list[FaultOut] | None = Field(None, description="Only with 422: every wrong place.")
