"""What bots sent → events. Translation only: no rule about tickets stands here."""

from datetime import datetime
from typing import TypedDict
from urllib.parse import unquote

from bridge.api.auth import Caller
from bridge.api.fields import compact
from bridge.api.models import (
    ActivityIn,
    AttachmentIn,
    CapabilitiesIn,
    EscalationIn,
    MessageEditIn,
    MessageIn,
    ReceiptIn,
    TakebackIn,
    TicketPatchIn,
    TurnIn,
    UserIn,
)
from bridge.domain.capabilities import BotCapabilities
from bridge.domain.events import (
    Activity,
    Escalated,
    EventKey,
    Receipt,
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
from bridge.domain.files import file_name
from bridge.domain.refs import BotName, MessageId, TicketId
from bridge.domain.ticket import Outcome, Priority
from bridge.domain.words import Attachment, Author, Link


class Common(TypedDict):
    """What every call of a bot has; the fields of `FromBot`."""

    bot: BotName
    key: EventKey | None
    fingerprint: str
    at: datetime
    if_epoch: int | None


def event_key(caller: Caller) -> EventKey | None:
    return EventKey(f"bot:{caller.bot}", caller.key) if caller.key is not None else None


def escalated(sent: EscalationIn, common: Common) -> Escalated:
    """Conversation and user stand in for each other when one of them is not named."""
    conversation = sent.conversation.external_id if sent.conversation is not None else None
    user = _user(sent.user) if sent.user is not None else UserFacts(external_id=conversation or "")
    reason = sent.reason
    return Escalated(
        **common,
        conversation=conversation or user.external_id,
        user=user,
        title=sent.title,
        description=sent.description,
        summary=sent.summary,
        reason_code=reason.code if reason else None,
        reason_text=reason.text if reason else None,
        confidence=reason.confidence if reason else None,
        channel=sent.channel,
        priority=Priority(sent.priority),
        language=sent.language,
        tags=tuple(sent.tags),
        attributes=sent.attributes,
        transcript=tuple(_turn(turn) for turn in sent.transcript),
        links=tuple(Link(title=link.title or link.url, url=link.url) for link in sent.links),
        capabilities=_capabilities(sent.capabilities),
        notices=sent.notices,
        metadata=compact(sent.metadata) if sent.metadata is not None else None,
        test=sent.test,
    )


def user_wrote(sent: MessageIn, ticket: TicketId, common: Common) -> UserWrote:
    return UserWrote(
        **common,
        ticket=ticket,
        text=sent.text,
        external_id=sent.external_id,
        attachments=tuple(_attachment(each) for each in sent.attachments),
        reply_to=sent.reply_to,
        opens=sent.opens,
    )


def user_edited(sent: MessageEditIn, ticket: TicketId, external_id: str, common: Common) -> UserEdited:
    return UserEdited(**common, ticket=ticket, external_id=external_id, text=sent.text)


def user_deleted(ticket: TicketId, external_id: str, common: Common) -> UserDeleted:
    return UserDeleted(**common, ticket=ticket, external_id=external_id)


def ticket_patched(sent: TicketPatchIn, ticket: TicketId, common: Common) -> TicketPatched:
    return TicketPatched(
        **common,
        ticket=ticket,
        title=sent.title,
        priority=Priority(sent.priority) if sent.priority is not None else None,
        attributes=sent.attributes,
        reroute=sent.reroute,
    )


def taken_back(sent: TakebackIn, ticket: TicketId, common: Common) -> TakenBack:
    return TakenBack(**common, ticket=ticket, outcome=Outcome(sent.outcome), note=sent.note)


def receipt_given(sent: ReceiptIn, ticket: TicketId, common: Common) -> ReceiptGiven:
    return ReceiptGiven(
        **common,
        ticket=ticket,
        message=MessageId(sent.message_id),
        receipt=Receipt(sent.status),
        reported_at=sent.at,
        reason=sent.reason or None,
    )


def user_active(sent: ActivityIn, ticket: TicketId, common: Common) -> UserActive:
    return UserActive(**common, ticket=ticket, activity=Activity(sent.activity))


def _user(sent: UserIn) -> UserFacts:
    return UserFacts(
        external_id=sent.external_id,
        name=sent.name or None,
        locale=sent.locale,
        timezone=sent.timezone,
        avatar_url=sent.avatar_url,
        email=sent.email or None,
        verified=sent.verified,
    )


def _turn(sent: TurnIn) -> Turn:
    return Turn(author=Author(sent.from_), text=sent.text, at=sent.at, external_id=sent.id)


def _attachment(sent: AttachmentIn) -> Attachment:
    """A file that is here already has its own name."""
    if sent.url is None:
        return Attachment(name="", file_id=sent.file_id)
    return Attachment(name=file_name(sent.name or _last_step(sent.url)), url=sent.url)


def _last_step(url: str) -> str:
    return unquote(url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2])


def _capabilities(sent: CapabilitiesIn | None) -> BotCapabilities:
    if sent is None:
        return BotCapabilities()
    return BotCapabilities(
        edit=sent.edit, delete=sent.delete, files=sent.files, typing=sent.typing, max_text=sent.max_text
    )
