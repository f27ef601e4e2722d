"""What routing may know: taken from an escalation, from a ticket, or from a payload on paper. The one place for it."""

from collections.abc import Mapping

from bridge.domain.events import Escalated, UserFacts
from bridge.domain.routing import RouteFacts
from bridge.domain.ticket import Ticket
from bridge.domain.words import Brief, Scalar, User

GIVEN = (
    "attributes",
    "bot",
    "channel",
    "confidence",
    "description",
    "kind",
    "language",
    "priority",
    "reason",
    "risk",
    "summary",
    "tags",
    "title",
    "tool",
    "user",
)
"""Keys of a payload or of a test's `given:` that mean something."""


def facts_of_escalated(event: Escalated, known: User | None = None) -> RouteFacts:
    """`known` is the user as stored: what the bot left unsaid this time still counts."""
    return RouteFacts(
        bot=event.bot,
        kind=event.kind,
        channel=event.channel,
        priority=event.priority,
        language=event.language,
        reason_code=event.reason_code,
        confidence=event.confidence,
        tags=event.tags,
        title=event.title,
        user=_said(event.user, known),
        attributes=event.attributes,
    )


def facts_of_ticket(ticket: Ticket, brief: Brief, user: User) -> RouteFacts:
    return RouteFacts(
        bot=ticket.bot,
        kind=ticket.kind,
        channel=ticket.channel,
        priority=ticket.priority,
        language=ticket.language,
        reason_code=brief.reason_code,
        confidence=brief.confidence,
        tags=brief.tags,
        title=brief.title,
        user=_stored(user),
        attributes=brief.attributes,
    )


def facts_of_payload(payload: Mapping[str, object], bot: str = "") -> RouteFacts:
    """From the JSON a bot sends to `POST /v1/tickets`, or a test's `given:`; what does not fit counts as not given.

    Besides the nested form a dotted key works: `{"attributes.plan": "pro"}`.
    """
    given = _nested(payload)
    reason, tool, user = _mapping(given, "reason"), _mapping(given, "tool"), _mapping(given, "user")
    confidence = reason.get("confidence", given.get("confidence"))
    tags = given.get("tags")
    named = _text(given, "bot")
    return RouteFacts(
        bot=named or bot,
        kind=_text(given, "kind") or "conversation",
        channel=_text(given, "channel"),
        priority=_text(given, "priority") or "normal",
        language=_text(given, "language"),
        reason_code=_text(reason, "code"),
        risk=_text(given, "risk"),
        confidence=confidence if isinstance(confidence, (int, float)) and not isinstance(confidence, bool) else None,
        tool_name=_text(tool, "name"),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, (list, tuple)) else (),
        title=_text(given, "title"),
        user=_scalars(user),
        attributes=_scalars(_mapping(given, "attributes")),
    )


def _said(facts: UserFacts, known: User | None) -> dict[str, Scalar]:
    before = _stored(known) if known is not None else {}
    said: dict[str, Scalar] = {
        "external_id": facts.external_id,
        "name": facts.name,
        "locale": facts.locale,
        "timezone": facts.timezone,
        "email": facts.email,
        "verified": facts.verified,
    }
    return {**before, **{key: value for key, value in said.items() if value is not None}}


def _stored(user: User) -> dict[str, Scalar]:
    return {
        "external_id": user.external_id,
        "name": user.name,
        "locale": user.locale,
        "timezone": user.timezone,
        "email": user.email,
        "verified": user.verified,
    }


def _nested(payload: Mapping[str, object]) -> dict[str, object]:
    nested: dict[str, object] = {}
    for key, value in payload.items():
        group, dot, rest = str(key).partition(".")
        if dot and group in {"attributes", "reason", "tool", "user"}:
            nested[group] = {**_mapping(nested, group), rest: value}
        elif isinstance(value, Mapping):
            nested[group] = {**_mapping(nested, group), **value}
        else:
            nested[group] = value
    return nested


def _mapping(values: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = values.get(key)
    return found if isinstance(found, Mapping) else {}


def _text(values: Mapping[str, object], key: str) -> str | None:
    found = values.get(key)
    return found if isinstance(found, str) else None


def _scalars(values: Mapping[str, object]) -> dict[str, Scalar]:
    return {str(key): value for key, value in values.items() if isinstance(value, (str, int, float, bool))}
