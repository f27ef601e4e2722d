"""What bots send. These models validate requests and describe them in OpenAPI: one source for both."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from bridge.api.fields import (
    Attributes,
    ExternalId,
    FileId,
    FileUrl,
    Metadata,
    Moment,
    Name,
    ShownUrl,
    Title,
    Word,
    Words,
    Zone,
)
from bridge.api.limits import ATTACHMENTS, TEXT_CHARACTERS, TRANSCRIPT_ENTRIES

MESSAGE_ID = r"^msg_[0-9a-f]{32}$"
PriorityName = Literal["low", "normal", "high", "urgent"]


class Request(BaseModel):
    """Base of all request models: unknown fields are refused, nothing is guessed from another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def names_one_of(**kinds: JsonValue) -> ConfigDict:
    """For the document: at least one of these fields has such a value. The model's validator is what judges."""
    branches: list[JsonValue] = [{"required": [name], "properties": {name: kind}} for name, kind in kinds.items()]
    return ConfigDict(json_schema_extra={"anyOf": branches})


class ConversationIn(Request):
    """The conversation as the bot names it."""

    external_id: ExternalId = Field(description="The bot's id of the conversation.", examples=["web-8812"])


class UserIn(Request):
    """The bot's end user. A field that is left out keeps what is known."""

    external_id: ExternalId = Field(description="The bot's id of the user.", examples=["u_17"])
    name: Name | None = Field(None, description="What the team calls them.", examples=["Mara"])
    locale: Word | None = Field(None, description="BCP 47 tag.", examples=["fr-FR"])
    timezone: Zone | None = Field(None, description="IANA name.", examples=["Europe/Paris"])
    avatar_url: ShownUrl | None = Field(
        None,
        description="A picture, http or https; shown, never fetched by us.",
        examples=["https://shop.example/a/17.png"],
    )
    email: Name | None = Field(None, description="Shown to the team.", examples=["mara@shop.example"])
    verified: bool | None = Field(None, description="Has the bot made sure who this is?", examples=[True])


class ReasonIn(Request):
    """Why a person is needed."""

    code: Word = Field(
        description="user_requested, low_confidence, policy, sensitive, repeated_failure, tool_error, "
        "approval_required, vip or other; an unknown code is kept.",
        examples=["user_requested"],
    )
    text: Words | None = Field(None, description="The same in words.", examples=["asked for a person"])
    confidence: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="How sure the bot was of its own answer, 0 to 1.", examples=[0.31]
    )


class TurnIn(Request):
    """One line of the conversation before the handoff."""

    id: ExternalId | None = Field(None, description="The bot's id of the message.", examples=["m1"])
    from_: Literal["user", "bot", "member", "system"] = Field(
        alias="from", description="Who said it.", examples=["user"]
    )
    text: Annotated[str, Field(max_length=40_000)] = Field(description="CommonMark.", examples=["Hi"])
    at: Moment | None = Field(None, description="When, ISO 8601 with offset.", examples=["2026-11-22T09:00:03Z"])


class LinkIn(Request):
    """A page worth a look."""

    title: Name = Field(description="What the link says.", examples=["Order"])
    url: ShownUrl = Field(
        description="http or https; shown, never fetched by us.", examples=["https://shop.example/o/4411"]
    )


class CapabilitiesIn(Request):
    """What the bot can do with a reply of the team. Unsaid means no."""

    edit: bool = Field(False, description="Change a message the user has read.", examples=[True])
    delete: bool = Field(False, description="Take one back.", examples=[False])
    files: bool = Field(False, description="Pass files on.", examples=[True])
    typing: bool = Field(False, description="Show that somebody types.", examples=[True])
    max_text: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="The longest text one message to the user may have.", examples=[4000]
    )


class EscalationIn(Request):
    """A bot needs a human. Only one of `conversation` and `user` is required; each stands in for the other."""

    model_config = names_one_of(conversation={"type": "object"}, user={"type": "object"})

    conversation: ConversationIn | None = Field(
        None, description="Which conversation.", examples=[{"external_id": "web-8812"}]
    )
    user: UserIn | None = Field(None, description="Who is waiting.", examples=[{"external_id": "u_17", "name": "Mara"}])
    title: Title | None = Field(None, description="One line for the card.", examples=["Refund not received"])
    description: Words | None = Field(None, description="More than one line.", examples=["Asked twice, order late"])
    reason: ReasonIn | None = Field(None, description="Why a person is needed.", examples=[{"code": "user_requested"}])
    channel: Word | None = Field(None, description="Where the user talks to the bot.", examples=["web"])
    priority: PriorityName = Field("normal", description="How urgent it is.", examples=["high"])
    language: Word | None = Field(None, description="The user's language.", examples=["fr"])
    tags: Annotated[list[Word], Field(max_length=50)] = Field(
        default_factory=list, description="For routing.", examples=[["refund"]]
    )
    attributes: Attributes = Field(
        default_factory=dict,
        description="Facts for the card and for routing, at most 8 KB.",
        examples=[{"plan": "pro", "order_total": 250}],
    )
    summary: Words | None = Field(
        None,
        description="What the team should know first.",
        examples=["Order 4411 returned on 3 Nov; the payment is not visible."],
    )
    transcript: Annotated[list[TurnIn], Field(max_length=TRANSCRIPT_ENTRIES)] = Field(
        default_factory=list,
        description="What was said before, oldest first.",
        examples=[[{"id": "m1", "from": "user", "text": "Hi", "at": "2026-11-22T09:00:03Z"}]],
    )
    links: Annotated[list[LinkIn], Field(max_length=20)] = Field(
        default_factory=list,
        description="Pages worth a look.",
        examples=[[{"title": "Order", "url": "https://shop.example/o/4411"}]],
    )
    capabilities: CapabilitiesIn | None = Field(
        None,
        description="What the bot can do with a reply.",
        examples=[{"edit": True, "max_text": 4000}],
    )
    notices: Literal["bot", "relay"] = Field(
        "bot",
        description="`bot`: the bot words the waiting texts; `relay`: we send the route's texts to the user.",
        examples=["bot"],
    )
    metadata: Metadata | None = Field(
        None, description="Opaque; echoed in every answer and callback, at most 8 KB.", examples=[{"opaque": "echoed"}]
    )
    test: bool = Field(False, description="A drill: marked as one everywhere.", examples=[False])

    @model_validator(mode="after")
    def _names_somebody(self) -> "EscalationIn":
        if self.conversation is None and self.user is None:
            raise PydanticCustomError("required", "Name the conversation or the user.")
        return self


class AttachmentIn(Request):
    """A file of a message: one that was sent in before, or one that we fetch from one of the bot's `file_hosts`."""

    file_id: FileId | None = Field(
        None, description="Id that POST /v1/files gave.", examples=["fil_01931f6c9a3d7c1e8b2f4d5e6a7b8c9d"]
    )
    url: FileUrl | None = Field(
        None, description="http or https, port 80 or 443.", examples=["https://cdn.shop.example/receipt.pdf"]
    )
    name: Name | None = Field(None, description="With `url`: file name as the team sees it.", examples=["receipt.pdf"])

    @model_validator(mode="after")
    def _is_one_file(self) -> "AttachmentIn":
        if (self.file_id is None) == (self.url is None):
            raise PydanticCustomError("one-of", "Name one of file_id and url.")
        if self.file_id is not None and self.name is not None:
            raise PydanticCustomError("one-of", "A file that was sent in has its own name; name goes with url.")
        return self


class MessageIn(Request):
    """What the end user said."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["text"], "properties": {"text": {"minLength": 1}}},
                {"required": ["attachments"], "properties": {"attachments": {"minItems": 1}}},
            ]
        }
    )

    external_id: ExternalId | None = Field(
        None, description="The bot's id of the message; the same id again is the same message.", examples=["m7"]
    )
    attachments: Annotated[list[AttachmentIn], Field(max_length=ATTACHMENTS)] = Field(
        default_factory=list,
        description="Files.",
        examples=[[{"url": "https://cdn.shop.example/receipt.pdf", "name": "receipt.pdf"}]],
    )
    text: Annotated[str, Field(max_length=TEXT_CHARACTERS)] = Field(
        "",
        validate_default=True,
        description="CommonMark, at most 40,000 characters. Only a message with files may have none.",
        examples=["and the refund?"],
    )
    reply_to: ExternalId | None = Field(None, description="Id of the message it answers.", examples=["m6"])
    opens: bool = Field(
        True, description="False: a mere thanks, which does not reopen a closed ticket.", examples=[True]
    )

    @field_validator("text")
    @classmethod
    def _says_something(cls, text: str, info: ValidationInfo) -> str:
        if not text and not info.data.get("attachments"):
            raise PydanticCustomError("missing", "Say something, or attach a file.")
        return text


class MessageEditIn(Request):
    """The end user changed a message."""

    text: Words = Field(description="The whole new text.", examples=["and my refund?"])


class TicketPatchIn(Request):
    """What changes; the rest stays."""

    model_config = names_one_of(
        title={"type": "string"}, priority={"type": "string"}, attributes={"type": "object"}, reroute={"const": True}
    )

    title: Title | None = Field(None, description="The new title.", examples=["Refund not received, asked again"])
    priority: PriorityName | None = Field(None, description="The new priority.", examples=["urgent"])
    attributes: Attributes | None = Field(
        None, description="New and changed attributes; the rest stays.", examples=[{"order_total": 300}]
    )
    reroute: bool = Field(False, description="Route again with the facts as they are now.", examples=[True])

    @model_validator(mode="after")
    def _changes_something(self) -> "TicketPatchIn":
        if self.title is None and self.priority is None and self.attributes is None and not self.reroute:
            raise PydanticCustomError("required", "Name at least one change.")
        return self


class ActivityIn(Request):
    """A passing sign of life of the user."""

    activity: Literal["typing", "seen", "left", "online"] = Field(
        description="What the user does.", examples=["typing"]
    )


class TakebackIn(Request):
    """The bot or the user takes the conversation back."""

    outcome: Literal["cancelled", "resolved", "expired"] = Field(
        "resolved", description="How it ended.", examples=["cancelled"]
    )
    note: Words | None = Field(None, description="For the team.", examples=["The user found it herself."])


class ReceiptIn(Request):
    """How a reply of the team fared at the bot. In any order, as often as wanted: the most that was said counts."""

    message_id: Annotated[str, Field(pattern=MESSAGE_ID)] = Field(
        description="Our id of the message, from `message.created`.",
        examples=["msg_01931f6c9a3d7c1e8b2f4d5e6a7b8c9d"],
    )
    status: Literal["delivered", "seen", "failed"] = Field(
        description="delivered: it stands before the user; seen: they have seen it; failed: it will not get there, and "
        "its writer is asked what to do.",
        examples=["delivered"],
    )
    at: Moment | None = Field(None, description="When, by the bot's clock.", examples=["2026-11-22T11:32:00Z"])
    reason: Name | None = Field(
        None, description="Why it failed; shown to the team.", examples=["the user has left the chat"]
    )
