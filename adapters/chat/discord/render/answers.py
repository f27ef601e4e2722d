"""What one person is told: after a click, a command, or about a held message."""

from adapters.chat.discord.render.buttons import rows
from adapters.chat.discord.render.marker import Marker
from adapters.chat.discord.render.markup import fit, line
from adapters.chat.discord.render.speech import MAX_CONTENT
from bridge.domain.events import Verb
from bridge.domain.paint import Form, Listing, Notice

_NOBODY: dict[str, object] = {"parse": [], "roles": [], "users": [], "replied_user": False}
_LINE = 1500
_TYPED = {
    Verb.ASSIGN: "/handrail assign",
    Verb.SNOOZE: "/handrail snooze",
    Verb.CLOSE: "/handrail close",
    Verb.REPLY: "/handrail reply",
}


def notice(
    told: Notice, *, to: str | None = None, only: str | None = None, key: str | None = None
) -> dict[str, object]:
    """One sentence and its buttons. `to` names whom it is for; `only` binds the buttons to one person's id."""
    text = line(told.line, _LINE)
    if to is not None:
        text = f"**{fit(to, 80)}**: {text}"
    if key is not None:
        text = f"{text}\n-# {Marker.WORDS.of(key)}"
    return {"content": text or "Done.", "components": rows(told.buttons, only=only), "allowed_mentions": _NOBODY}


def listing(told: Listing) -> dict[str, object]:
    """A heading and its lines, as many as one message holds; the buttons stand below in the lines' order."""
    lines = [f"**{fit(told.title, 200)}**"]
    buttons = []
    size = len(lines[0])
    for place, (spans, button) in enumerate(told.rows):
        painted = line(spans, 300)
        if size + len(painted) + 1 > MAX_CONTENT - 30:
            lines.append(f"… and {len(told.rows) - place} more")
            break
        lines.append(painted)
        size += len(painted) + 1
        if button is not None:
            buttons.append(button)
    return {"content": "\n".join(lines), "components": rows(buttons), "allowed_mentions": _NOBODY}


def instead_of(form: Form) -> dict[str, object]:
    """No forms here yet: say what to type."""
    typed = _TYPED.get(form.verb)
    line_ = f"Please type {typed} in this thread." if typed is not None else "That is done in the console."
    return notice(Notice(line=(line_,)))
