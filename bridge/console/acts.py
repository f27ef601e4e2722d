"""What members do here: acts, words, forms. Translated into events; the desk judges them."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web

from bridge.console.answers import card_of
from bridge.console.files import attached
from bridge.console.gate import HEADERS, Refused, member_key
from bridge.console.house import House
from bridge.console.pages import full_page
from bridge.console.painter import Canvas, oob
from bridge.console.scenes import (
    PAGE_TOKEN,
    list_scene,
    new_token,
    pane,
    screen_at,
    ticket_named,
    ticket_scene,
    view_of,
)
from bridge.console.viewer import Screen, Viewer, person_called
from bridge.domain.events import (
    ButtonPressed,
    EventKey,
    FormAsked,
    FormSubmitted,
    Intent,
    PersonDeleted,
    PersonEdited,
    PersonTyping,
    PersonWrote,
    Verb,
)
from bridge.domain.paint import Answer, Notice
from bridge.domain.people import Person
from bridge.domain.refs import CONSOLE, MessageId
from bridge.domain.ticket import Ticket

TEXT_AT_MOST = 40_000
CARD = re.compile(r"[A-Za-z0-9._-]{1,80}")
FIELDS = ("to", "outcome", "route", "note", "until")
RESTS = {"1h": timedelta(hours=1), "4h": timedelta(hours=4)}
MORNING = 9
INTENTS = {"reply": Intent.REPLY, "note": Intent.NOTE, "claim_and_reply": Intent.CLAIM_AND_REPLY}

Form = Mapping[str, str]


async def act(house: House, request: web.Request, viewer: Viewer, form: Form) -> web.Response:
    """A button: claim, close, snooze, decide about a held message, …"""
    ticket = await ticket_named(house, request.match_info["number"])
    verb = _verb(form)
    fields = {name: form[name] for name in FIELDS if form.get(name)}
    if verb is Verb.SNOOZE and form.get("rest"):
        fields["until"] = _rest_until(form, house.clock.now())
    event = ButtonPressed(
        key=_key(viewer, ticket, form, verb.value, fields), person=viewer.person, at=house.clock.now(),
        ticket=ticket.id, verb=verb, epoch=_whole(form.get("epoch")), message=_message(form), fields=fields,
        named=await _named(house, fields.get("to")) if verb is Verb.ASSIGN else None,
    )  # fmt: skip
    answer = await house.desk.handle(event)
    closed = verb is Verb.CLOSE and isinstance(answer, Notice) and not answer.refused
    return await _answered(house, request, viewer, ticket, answer, told="closed" if closed else "done")


async def say(house: House, request: web.Request, viewer: Viewer, form: Form) -> web.Response:
    """Words from the box. Under the same key they are taken once, however often they are sent."""
    ticket = await ticket_named(house, request.match_info["number"])
    attachments = attached(form)
    text = _words(form, may_be_none=bool(attachments))
    intent = INTENTS.get(form.get("mode", ""))
    if intent is None:
        raise Refused(422, "validation-error", "Choose whether this is a reply or a note.")
    event = PersonWrote(
        key=_said_key(viewer, ticket, form), person=viewer.person, at=house.clock.now(), text=text,
        ticket=ticket.id, intent=intent, attachments=attachments,
    )  # fmt: skip
    answer = await house.desk.handle(event)
    taken = not (isinstance(answer, Notice) and answer.refused)
    return await _answered(house, request, viewer, ticket, answer, told="taken" if taken else "done")


async def resay(house: House, request: web.Request, viewer: Viewer, form: Form) -> web.Response:
    """An edit of one's own message."""
    ticket = await ticket_named(house, request.match_info["number"])
    text = _words(form)
    event = PersonEdited(
        key=_key(viewer, ticket, form, "edit", {"text": text}), person=viewer.person, at=house.clock.now(), text=text,
        message=await _message_of(house, ticket, form),
    )  # fmt: skip
    return await _answered(house, request, viewer, ticket, await house.desk.handle(event))


async def unsay(house: House, request: web.Request, viewer: Viewer, form: Form) -> web.Response:
    """One's own message taken back: without a trace in the undo window."""
    ticket = await ticket_named(house, request.match_info["number"])
    event = PersonDeleted(
        key=_key(viewer, ticket, form, "delete", {}), person=viewer.person, at=house.clock.now(),
        message=await _message_of(house, ticket, form),
    )  # fmt: skip
    return await _answered(house, request, viewer, ticket, await house.desk.handle(event))


async def ask(house: House, request: web.Request, viewer: Viewer, form: Form) -> web.Response:
    """A button that needs a form first."""
    ticket = await ticket_named(house, request.match_info["number"])
    event = FormAsked(
        key=EventKey(CONSOLE, new_token()), person=viewer.person, at=house.clock.now(), ticket=ticket.id,
        verb=_verb(form),
    )  # fmt: skip
    return await _answered(house, request, viewer, ticket, await house.desk.handle(event))


async def fill(house: House, request: web.Request, viewer: Viewer, form: Form) -> web.Response:
    """A form the desk asked for."""
    ticket = await ticket_named(house, request.match_info["number"])
    verb = _verb(form)
    fields = {name[2:66]: value for name, value in form.items() if name.startswith("f.") and value}
    event = FormSubmitted(
        key=_key(viewer, ticket, form, f"form-{verb.value}", fields), person=viewer.person, at=house.clock.now(),
        ticket=ticket.id, verb=verb, fields=fields,
    )  # fmt: skip
    return await _answered(house, request, viewer, ticket, await house.desk.handle(event))


async def typing(house: House, request: web.Request, viewer: Viewer, form: Form) -> web.Response:
    """A sign of life from the box."""
    ticket = await ticket_named(house, request.match_info["number"])
    await house.desk.handle(
        PersonTyping(ticket=ticket.id, person=viewer.person, note=form.get("note") == "1", at=house.clock.now())
    )
    return web.Response(status=204, headers=HEADERS)


async def _answered(
    house: House,
    request: web.Request,
    viewer: Viewer,
    ticket: Ticket,
    answer: Answer,
    *,
    told: str = "done",
) -> web.Response:
    """The answer as a card, and the screen as it is now: nobody waits for the live stream to see their own act."""
    page = new_token()
    card = await card_of(house, viewer, ticket, answer, page=page)
    if request.headers.get("HX-Request") != "true":
        if not isinstance(answer, Notice) or not (answer.refused or answer.buttons):
            return web.Response(status=303, headers={**HEADERS, "Location": f"/t/{ticket.number}"})
        screen = Screen(number=ticket.number, ticket=ticket.id)
        canvas = Canvas(painter=house.painter, viewer=viewer, screen=screen, page=page)
        side = await pane(house, canvas, ticket)
        return await full_page(house, canvas, side, title=f"#{ticket.number}", toast=card)
    parts = [f'<div id="toasts" hx-swap-oob="beforeend">{card}</div>'] if card else []
    parts.append(await _screen_now(house, request, viewer, ticket))
    parts.append(f'<div id="rings" hx-swap-oob="innerHTML"><i data-told="{told}"></i></div>')
    if told == "taken":
        parts.append(
            f'<input type="hidden" name="key" id="say-key" value="{new_token()}" hx-swap-oob="outerHTML:#say-key">'
        )
    headers = {**HEADERS, "HX-Reswap": "none"}
    return web.Response(text="".join(parts), content_type="text/html", headers=headers)


async def _screen_now(house: House, request: web.Request, viewer: Viewer, ticket: Ticket) -> str:
    """The regions of the page the act came from, as the browser tells it."""
    at = request.headers.get("HX-Current-URL", "")
    page = request.headers.get("X-Page", "")
    canvas = Canvas(
        painter=house.painter, viewer=viewer, screen=screen_at(at, ticket),
        page=page if PAGE_TOKEN.fullmatch(page) else new_token(),
    )  # fmt: skip
    regions = await list_scene(house, canvas)
    if urlsplit(at).path in {f"/t/{ticket.number}", f"/t/{ticket.id}"}:
        regions += await ticket_scene(house, canvas, await view_of(house, ticket.id))
    return oob(regions)


async def _named(house: House, key: str | None) -> Person | None:
    """The console's member by that key, by the name they have here; others the desk looks up in the rulebook."""
    for member in await house.store.sessions.members():
        if member_key(house.rules, member.name) == key:
            return person_called(member.name)
    return None


# ── what came with the form ────────────────────────────────────────────────


def _verb(form: Form) -> Verb:
    value = form.get("verb", "")
    if value not in set(Verb):
        raise Refused(422, "validation-error", "This button is not known here.")
    return Verb(value)


def _message(form: Form) -> MessageId | None:
    value = form.get("message", "")
    return MessageId(value) if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value) else None


async def _message_of(house: House, ticket: Ticket, form: Form) -> MessageId:
    """A message of this very ticket."""
    name = _message(form)
    stored = await house.store.messages.get(name) if name else None
    if stored is None or stored.ticket != ticket.id:
        raise Refused(404, "not-found", "This message is not here any more.")
    return stored.id


def _words(form: Form, *, may_be_none: bool = False) -> str:
    text = form.get("text", "")
    if not text.strip() and not may_be_none:
        raise Refused(422, "validation-error", "There is nothing written yet.")
    if len(text) > TEXT_AT_MOST:
        raise Refused(422, "validation-error", f"A message has at most {TEXT_AT_MOST} characters.")
    return text


def _whole(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else None


def _key(viewer: Viewer, ticket: Ticket, form: Form, what: str, fields: Mapping[str, str]) -> EventKey:
    """Names this act as drawn on this page: pressed twice it has one effect, and nobody can press under another's."""
    card = form.get("card", "")
    if not CARD.fullmatch(card):
        card = new_token()
    content = "\0".join((viewer.name, ticket.id, what, form.get("message", ""), *map(str, sorted(fields.items()))))
    return EventKey(CONSOLE, f"{card}.{hashlib.sha256(content.encode()).hexdigest()[:24]}")


def _said_key(viewer: Viewer, ticket: Ticket, form: Form) -> EventKey:
    key = form.get("key", "")
    if not PAGE_TOKEN.fullmatch(key):
        key = new_token()
    owner = hashlib.sha256(f"{viewer.name}\0{ticket.id}".encode()).hexdigest()[:24]
    return EventKey(CONSOLE, f"say.{key}.{owner}")


def _rest_until(form: Form, now: datetime) -> str:
    """When to wake, as an ISO time: after a span, tomorrow morning, or a time chosen on the reader's clock."""
    rest = form.get("rest", "")
    if rest in RESTS:
        return (now + RESTS[rest]).isoformat()
    zone = _zone(form.get("zone"))
    if rest == "tomorrow":
        morning = (now.astimezone(zone) + timedelta(days=1)).replace(hour=MORNING, minute=0, second=0, microsecond=0)
        return morning.astimezone(UTC).isoformat()
    try:
        chosen = datetime.fromisoformat(form.get("at", ""))
        at = chosen if chosen.tzinfo else chosen.replace(tzinfo=zone)
        return at.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # the first and the last day there are lie in no other zone
        raise Refused(422, "validation-error", "Choose until when.") from None


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
