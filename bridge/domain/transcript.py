"""A ticket's story as Markdown or JSON. For members it has the notes, for bots it has none."""

from collections.abc import Iterable

from bridge.domain.envelope import NOT_SAID, Json, iso, message_json
from bridge.domain.files import named_with_size
from bridge.domain.ticket import Ticket
from bridge.domain.views import TicketView
from bridge.domain.words import Author, Message, User, WordsKind, WordsState

GONE = frozenset({WordsState.DELETED, WordsState.UNSENT})


def _shown(view: TicketView, *, inside: bool) -> list[Message]:
    public = {WordsKind.USER, WordsKind.REPLY, WordsKind.HISTORY}
    if inside:
        return list(view.messages)
    return [m for m in view.messages if m.kind in public and m.state not in NOT_SAID]


def _who(message: Message, view: TicketView) -> str:
    if message.author is Author.USER:
        return view.user.called
    return message.author_name or view.ticket.bot


def as_markdown(view: TicketView, *, inside: bool = False) -> str:
    """One heading, then one paragraph per message, oldest first. Words are quoted, so none can pose as a heading."""
    ticket = view.ticket
    lines = [f"# #{ticket.number} {view.brief.title}", ""]
    lines += [f"{view.user.called} · {ticket.bot} · {ticket.state.value} · opened {iso(ticket.created_at)}", ""]
    for message in _shown(view, inside=inside):
        kind = " (note, inside)" if message.kind is WordsKind.NOTE else ""
        state = f" ({message.state.value})" if inside and message.state in NOT_SAID and not kind else ""
        lines += _turn(message, _who(message, view), f"{kind}{state}")
    return "\n".join(lines)


def turns_as_markdown(heading: str, messages: Iterable[Message], user: User, ticket: Ticket) -> str:
    """The same for some turns: what was said before a thread began."""
    lines = [f"# {heading}", ""]
    for message in messages:
        name = user.called if message.author is Author.USER else message.author_name or ticket.bot
        lines += _turn(message, name)
    return "\n".join(lines)


def _turn(message: Message, name: str, remark: str = "") -> list[str]:
    """Who, when, and the words as a quote."""
    gone = message.state in GONE
    quoted = ["(deleted)"] if gone else message.text.splitlines() or [""]
    lines = [f"**{name}**{remark} · {iso(message.at)}", *(f"> {row}" for row in quoted)]
    if not gone:
        lines += [f"> 📎 {named_with_size(each.name, each.size)}" for each in message.attachments]
    return [*lines, ""]


def as_json(view: TicketView, *, inside: bool = False) -> list[Json]:
    """The same as a list of messages."""
    shown: list[Json] = []
    for message in _shown(view, inside=inside):
        said = message_json(message, whole=True)
        said["kind"] = message.kind.value
        shown.append(said)
    return shown
