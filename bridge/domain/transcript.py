"""A ticket's story as Markdown or JSON. For members it has the notes, for bots it has none."""

from bridge.domain.envelope import NOT_SAID, Json, iso, message_json
from bridge.domain.files import named_with_size
from bridge.domain.views import TicketView
from bridge.domain.words import Author, Message, WordsKind, WordsState

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
        lines.append(f"**{_who(message, view)}**{kind}{state} · {iso(message.at)}")
        text = "(deleted)" if message.state in GONE else message.text
        lines += [f"> {row}" for row in text.splitlines() or [""]]
        if message.state not in GONE:
            lines += [f"> 📎 {named_with_size(each.name, each.size)}" for each in message.attachments]
        lines.append("")
    return "\n".join(lines)


def as_json(view: TicketView, *, inside: bool = False) -> list[Json]:
    """The same as a list of messages."""
    shown: list[Json] = []
    for message in _shown(view, inside=inside):
        said = message_json(message, whole=True)
        said["kind"] = message.kind.value
        shown.append(said)
    return shown
