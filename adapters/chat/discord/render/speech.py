"""Something said, as one Discord message."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.chat.discord.render.buttons import rows
from adapters.chat.discord.render.marker import Marker
from adapters.chat.discord.render.markup import escape, fit, moment, soften
from bridge.domain.files import named_with_size
from bridge.domain.paint import Moment, Speaker, Speech
from bridge.domain.text import split

MAX_CONTENT = 2000
"""Discord's limit; the OpenAPI description allows 4000 and is wrong for bots (resources/message)."""
NO_PREVIEWS = 1 << 2
"""SUPPRESS_EMBEDS: a link in somebody's words shall not unfold into a picture."""
_MARKER_ROOM = len("\n-# ") + len(Marker.WORDS.of("any")) + len(" · ")
_TEAM = "team:"


def speech(said: Speech, key: str | None = None, *, user_word: str = "user") -> dict[str, object]:
    """The body of a message. With `key` it carries the marker by which it is found again."""
    return {
        "content": _content(said, Marker.WORDS.of(key) if key is not None else None, user_word),
        "components": rows(said.buttons),
        "allowed_mentions": _allowed(said.mention),
        "flags": NO_PREVIEWS,
    }


def parts(said: Speech, *, user_word: str = "user") -> Sequence[Speech]:
    """Cut so that each part is one message as rendered; the buttons stand under the last."""

    def measure(text: str) -> int:
        return len(_content(replace(said, text=text, part=98, parts=99), None, user_word)) + _MARKER_ROOM

    if len(_content(said, None, user_word)) + _MARKER_ROOM <= MAX_CONTENT:
        return [said]
    pieces = split(said.text, MAX_CONTENT, measure) or [""]
    if len(pieces) == 1:
        return [replace(said, text=pieces[0])]
    last = len(pieces) - 1
    return [
        replace(
            said,
            text=piece,
            part=place,
            parts=len(pieces),
            buttons=said.buttons if place == last else (),
            attachments=said.attachments if place == last else (),
            mention=said.mention if place == 0 else (),
        )
        for place, piece in enumerate(pieces)
    ]


def _content(said: Speech, marker: str | None, user_word: str) -> str:
    words = soften(said.text) if said.speaker in {Speaker.MEMBER, Speaker.HANDRAIL} else escape(said.text)
    lines = [" ".join(filter(None, [_calls(said.mention), _head(said, user_word)])), words]
    lines += [f"📎 {named_with_size(fit(each.name, 60), each.size)}" for each in said.attachments[:10]]
    lines.append(_hints(said, marker))
    return "\n".join(filter(None, lines))


def _head(said: Speech, user_word: str) -> str:
    name = f"**{fit(said.name, 80)}**" if said.name.strip() else ""
    match said.speaker:
        case Speaker.USER:
            head = f"{name} ({escape(user_word)})"
        case Speaker.BOT:
            head = f"{name} (bot)"
        case Speaker.MEMBER:
            head = name
        case Speaker.HANDRAIL:
            head = ""
    if said.inside:
        head = f"📝 note · {head}" if head else "📝 note"
    return f"{head} {said.part + 1}/{said.parts}".strip() if said.parts > 1 else head


def _hints(said: Speech, marker: str | None) -> str:
    hints = []
    if said.late:
        hints.append(f"written {moment(Moment(said.at))}")
    if said.edited:
        hints.append("edited")
    if marker is not None:
        hints.append(marker)
    return f"-# {' · '.join(hints)}" if hints else ""


def _calls(mention: Sequence[str]) -> str:
    return " ".join(
        f"<@&{one.removeprefix(_TEAM)}>" if one.startswith(_TEAM) else f"<@{one}>" for one in mention if _is_id(one)
    )


def _allowed(mention: Sequence[str]) -> dict[str, object]:
    """Nobody rings but those named: `parse` stays empty."""
    known = [one for one in mention if _is_id(one)]
    roles = sorted({one.removeprefix(_TEAM) for one in known if one.startswith(_TEAM)})
    users = sorted({one for one in known if not one.startswith(_TEAM)})
    return {"parse": [], "roles": roles, "users": users, "replied_user": False}


def _is_id(one: str) -> bool:
    return one.removeprefix(_TEAM).isdecimal()
