"""How a ticket presents itself: the same facts in the same order everywhere; adapters only paint."""

from datetime import datetime
from typing import TypeGuard

from bridge.domain.events import Verb
from bridge.domain.paint import Accent, Anchor, Button, Card, Line, Moment, Span, Strong, Style
from bridge.domain.policy import RelayMode, ReplyClaims
from bridge.domain.text import excerpt
from bridge.domain.ticket import Priority, Ticket, TicketState
from bridge.domain.views import LaneView, TicketView
from bridge.domain.words import WordsKind, WordsState

BODY_AT_MOST = 600
FACTS_AT_MOST = 8
FACT_AT_MOST = 60
ON_THE_WAY = frozenset({WordsState.SENDING, WordsState.STALE, WordsState.FAILED})
URGENT = frozenset({Priority.HIGH, Priority.URGENT})

LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish", "fi": "Finnish",
    "fr": "French", "hi": "Hindi", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish",
    "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip


def build_card(
    view: TicketView,
    *,
    now: datetime,
    trouble: LaneView | None = None,
    moved_to: str | None = None,
    link: str | None = None,
) -> Card:
    """The card of a ticket as it is now.

    `trouble` is the bot's lane while it fails; `moved_to` makes it the card of a thread the ticket has left,
    and `link` leads to where it is now.
    """
    ticket = view.ticket
    if moved_to is not None:
        return _moved(view, moved_to, link)
    accent, symbol, word = _state(ticket, trouble)
    return Card(
        ticket=ticket.id,
        number=ticket.number,
        epoch=ticket.epoch,
        accent=accent,
        symbol=symbol,
        state_word=word,
        title=view.brief.title,
        who=_who(view, now, trouble),
        status=_status(view, trouble),
        body=_body(view),
        facts=_facts(view),
        footer=(*_from_elsewhere(ticket), *_footer(view)),
        rule=ticket.policy.route,
        why=ticket.route_reason,
        buttons=_buttons(ticket, in_trouble=accent is Accent.TROUBLE),
        more=_more(ticket),
    )


def language_name(language: str | None) -> str | None:
    """`fr-FR` → French; a language we have no name for stays as it was said."""
    if not language:
        return None
    return LANGUAGES.get(language.replace("_", "-").split("-", maxsplit=1)[0].lower(), language)


def _moved(view: TicketView, moved_to: str, link: str | None) -> Card:
    """→ now in billing ↗ (Ana, 11:45)"""
    ticket = view.ticket
    status: list[Span] = ["now in ", Anchor(f"{moved_to} ↗", link)] if link is not None else [f"now in {moved_to}"]
    moved = next((entry for entry in reversed(view.entries) if entry.kind == "ticket.rerouted"), None)
    if moved is not None:
        status += [f" ({moved.actor.name}, ", Moment(moved.at), ")"]
    return Card(
        ticket=ticket.id, number=ticket.number, epoch=ticket.epoch, accent=Accent.MOVED, symbol="→",
        state_word="Moved", title=view.brief.title, who=(view.user.called,),
        status=tuple(status), rule=ticket.policy.route,
    )  # fmt: skip


def _state(ticket: Ticket, trouble: LaneView | None) -> tuple[Accent, str, str]:
    if ticket.state is TicketState.CLOSED:
        return Accent.CLOSED, "✓", (ticket.outcome or "closed").replace("_", " ").capitalize()
    if _fails(trouble):
        return Accent.TROUBLE, "⚠", "Trouble"
    if ticket.snoozed_until is not None:
        return Accent.SNOOZED, "☾", "Snoozed"
    if ticket.state is TicketState.ASSIGNED and ticket.assignee is not None:
        if ticket.waits_on_user:
            return Accent.WAITING, "◔", f"{ticket.assignee.name} has it"
        return Accent.ASSIGNED, "◐", f"{ticket.assignee.name} has it"
    if ticket.priority in URGENT:
        return Accent.URGENT, "●", ticket.priority.capitalize()
    return Accent.OPEN, "●", "Open"


def _who(view: TicketView, now: datetime, trouble: LaneView | None) -> Line:
    """Mara · French · waiting since 11:21"""
    ticket = view.ticket
    parts: list[Span] = [Strong(view.user.called)]
    language = language_name(ticket.language or view.user.locale)
    if language:
        parts += [" · ", language]
    if ticket.priority is not Priority.NORMAL and _state(ticket, trouble)[0] is not Accent.URGENT:
        parts += [" · ", f"{ticket.priority} priority"]
    if ticket.state is TicketState.CLOSED:
        pass
    elif ticket.waiting_since is not None:
        parts += [" · waiting since ", Moment(min(ticket.waiting_since, now))]
    return tuple(parts)


def _status(view: TicketView, trouble: LaneView | None) -> Line:
    ticket, user = view.ticket, view.user.called
    match ticket.state:
        case TicketState.CLOSED:
            return _closed(ticket)
        case TicketState.OPEN if ticket.snoozed_until is None:
            return ("Nobody has it.", *((" ", *_silent(view, trouble)) if _fails(trouble) else ()))
        case _:
            pass
    if _fails(trouble):
        return _silent(view, trouble)
    if ticket.snoozed_until is not None:
        return ("until ", Moment(ticket.snoozed_until), f" by {ticket.snoozed_by}, sooner if {user} writes")
    name = ticket.assignee.name if ticket.assignee else "Somebody"
    if ticket.waits_on_user:
        line: list[Span] = [f"{name} has it · waiting on {user}"]
        if ticket.last_reply_at is not None:
            line += [" since ", Moment(ticket.last_reply_at)]
        if ticket.closes_at is not None:
            line += [" · closes ", Moment(ticket.closes_at, relative=True)]
        return tuple(line)
    claimed: Line = (" since ", Moment(ticket.claimed_at)) if ticket.claimed_at else ()
    return (f"{name} has it", *claimed, f" · {user} waits for an answer")


def _fails(trouble: LaneView | None) -> TypeGuard[LaneView]:
    return trouble is not None and trouble.failing_since is not None


def _silent(view: TicketView, trouble: LaneView) -> Line:
    """shop-bot has not answered since 11:30. Mara has not seen 2 messages. Nothing is lost."""
    since: Line = (" since ", Moment(trouble.failing_since)) if trouble.failing_since is not None else ()
    return (f"{view.ticket.bot} has not answered", *since, f". {_unseen(view)}Nothing is lost.")


def _unseen(view: TicketView) -> str:
    """What the team said and the user has not got."""
    count = sum(m.kind is WordsKind.REPLY and m.state in ON_THE_WAY for m in view.messages)
    if not count:
        return ""
    return f"{view.user.called} has not seen {count} message{'' if count == 1 else 's'}. "


def _closed(ticket: Ticket) -> Line:
    """Resolved by Ana 11:52 · claimed in 2 min, first answer in 4 min"""
    outcome = (ticket.outcome or "closed").replace("_", " ").capitalize()
    by = f" by {ticket.last_assignee.name}" if ticket.last_assignee else ""
    line: list[Span] = [f"{outcome}{by} "]
    if ticket.closed_at is not None:
        line.append(Moment(ticket.closed_at))
    if ticket.opened_at and ticket.claimed_at and ticket.claimed_at >= ticket.opened_at:
        line.append(f" · claimed in {_minutes(ticket.opened_at, ticket.claimed_at)}")
        if ticket.first_reply_at and ticket.first_reply_at >= ticket.opened_at:
            line.append(f", first answer in {_minutes(ticket.opened_at, ticket.first_reply_at)}")
    return tuple(line)


def _minutes(start: datetime, end: datetime) -> str:
    seconds = max(0, int((end - start).total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


def _body(view: TicketView) -> tuple[str, ...]:
    brief = view.brief
    said = (brief.reason_text, brief.summary or brief.description)
    return tuple(excerpt(text.strip(), BODY_AT_MOST) for text in said if text and text.strip())


def _facts(view: TicketView) -> Line:
    """Plan pro · order_total 250 · Order ↗ · before: #987 (resolved, Ben)"""
    parts: list[Span] = [
        f"{name} {excerpt(str(value), FACT_AT_MOST)}"
        for name, value in list(view.brief.attributes.items())[:FACTS_AT_MOST]
        if value is not None
    ]
    parts += [Anchor(excerpt(link.title, FACT_AT_MOST), link.url) for link in view.brief.links[:FACTS_AT_MOST]]
    if view.before:
        last = view.before[0]
        how = ", ".join(part for part in (last.outcome, last.assignee) if part)
        parts.append(f"before: #{last.number}" + (f" ({how})" if how else ""))
    joined: list[Span] = []
    for part in parts:
        joined += [" · ", part] if joined else [part]
    return tuple(joined)


def _from_elsewhere(ticket: Ticket) -> Line:
    if ticket.displaced is None or ticket.displaced.lane == ticket.policy.lane or ticket.state is TicketState.CLOSED:
        return ()
    return ("It is here because its own channel cannot be used. ",)


def _footer(view: TicketView) -> Line:
    """What happens to what is written under the card."""
    ticket, user = view.ticket, view.user.called
    relay = ticket.policy.relay
    if ticket.state is TicketState.CLOSED:
        return (f"{ticket.bot} has the conversation again. Nothing written here reaches {user}.",)
    if relay.mode is RelayMode.EXPLICIT:
        return (f'Only Reply and "{relay.send_word}:" reach {user}. No ✅, not sent.',)
    if ticket.assignee is None and ticket.policy.reply_claims is ReplyClaims.ALWAYS:
        first = f"Whoever writes here first has it, and {user} reads it."
        return (f'{first} "{relay.note_word}:" keeps one inside. No ✅, not sent.',)
    # Where the writer is asked first, only what they then send goes out.
    alone = ticket.assignee is None and ticket.policy.reply_claims is ReplyClaims.ASK
    if relay.mode is RelayMode.EVERYONE and not alone:
        return (f'Everything here goes to {user}. "{relay.note_word}:" keeps one inside. No ✅, not sent.',)
    if ticket.assignee is None:
        return (f"Nothing written here reaches {user}.",)
    seconds = int(relay.undo.total_seconds())
    after = f" after {seconds} s" if seconds else ""
    goes_out = f"{ticket.assignee.name}'s messages here go to {user}{after}."
    return (f'{goes_out} "{relay.note_word}:" keeps one inside. No ✅, not sent.',)


def _button(ticket: Ticket, label: str, verb: Verb, style: Style = Style.PLAIN, *, form: bool = False) -> Button:
    return Button(label=label, verb=verb, ticket=ticket.id, epoch=ticket.epoch, style=style, form=form)


def _buttons(ticket: Ticket, *, in_trouble: bool) -> tuple[Button, ...]:
    if ticket.emptied is not None:
        return ()
    if ticket.state is TicketState.CLOSED:
        return (_button(ticket, "Reopen", Verb.REOPEN),)
    if ticket.snoozed_until is not None:
        return (_button(ticket, "Wake", Verb.WAKE, Style.PRIMARY), _button(ticket, "Close", Verb.CLOSE))
    if ticket.assignee is None:
        return (
            _button(ticket, "Claim", Verb.CLAIM, Style.PRIMARY),
            _button(ticket, "Assign…", Verb.ASSIGN, form=True),
            _button(ticket, "Close", Verb.CLOSE),
        )
    acts = [
        _button(ticket, "Hand over…", Verb.ASSIGN, form=True),
        _button(ticket, "Release", Verb.RELEASE),
        _button(ticket, "Close", Verb.CLOSE),
    ]
    if ticket.policy.relay.mode is RelayMode.EXPLICIT:
        acts.insert(0, _button(ticket, "Reply…", Verb.REPLY, Style.PRIMARY, form=True))
    if ticket.closes_at is not None:
        warned = Style.PRIMARY if ticket.idle_warned_at is not None else Style.PLAIN
        acts.insert(0, _button(ticket, "Keep open", Verb.KEEP_OPEN, warned))
    if in_trouble:
        acts.insert(0, _button(ticket, "Details", Verb.OPEN))
    return tuple(acts)


def _more(ticket: Ticket) -> tuple[Button, ...]:
    if ticket.state is TicketState.CLOSED:
        return (_button(ticket, "Why here?", Verb.WHY), _button(ticket, "Transcript", Verb.TRANSCRIPT))
    return (
        _button(ticket, "Snooze…", Verb.SNOOZE, form=True),
        _button(ticket, "Move…", Verb.MOVE, form=True),
        _button(ticket, "Close as…", Verb.CLOSE, form=True),
        _button(ticket, "Why here?", Verb.WHY),
        _button(ticket, "Transcript", Verb.TRANSCRIPT),
    )
