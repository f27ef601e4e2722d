"""Something said in a thread: its blocks, and under whose name it stands there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, assert_never

from adapters.chat.slack.render.commonmark import rich_words
from adapters.chat.slack.render.spans import (
    Block,
    actions,
    context,
    fallback,
    one_line,
    section,
    text_element,
)
from bridge.domain.files import named_with_size
from bridge.domain.look_alikes import takes_the_name
from bridge.domain.paint import Line, Moment, Speaker, Speech
from bridge.domain.text import split
from bridge.domain.words import Attachment

MAX_TEXT: Final = 3_000
"""Characters of one part: posted as blocks it stays editable (chat.update refuses more than 4,000)."""
NAME: Final = 60
REMARKS: Final = 300

_GROUP = re.compile(r"team:(S[A-Z0-9]+)")
_USER = re.compile(r"[UW][A-Z0-9]+")


def parts_of(speech: Speech) -> Sequence[Speech]:
    """Cut it so that each part is one message. It rings with the first; buttons and files stand on the last."""
    pieces = split(speech.text, MAX_TEXT)
    if len(pieces) <= 1:
        return (speech,)
    last = len(pieces) - 1
    return tuple(
        replace(
            speech,
            text=piece,
            part=place,
            parts=len(pieces),
            mention=speech.mention if place == 0 else (),
            buttons=speech.buttons if place == last else (),
            attachments=speech.attachments if place == last else (),
            files=speech.files if place == last else (),
        )
        for place, piece in enumerate(pieces)
    )


def speech_blocks(speech: Speech) -> Block:
    """`text` and `blocks` of one part."""
    blocks = [
        *_mentions(speech.mention),
        *rich_words(speech.text),
        *named(speech.attachments),
        *_remarks(speech),
        *actions(speech.buttons),
    ]
    who = "" if speech.speaker is Speaker.HANDRAIL else f"{one_line(speech.name, NAME)}: "
    said = speech.text or ", ".join(file.name for file in speech.attachments)
    return {"text": fallback(f"{who}{said}"), "blocks": blocks or [section([text_element("…")])]}


def name_of(speech: Speech, user_word: str, staff: Iterable[str] = ()) -> Block:
    """`username` and icon of a post; chat.update cannot change them. A user never looks like a member or like us.

    `staff` are names that are somebody's here.
    """
    name = one_line(speech.name, NAME) or "Guest"
    match speech.speaker:
        case Speaker.HANDRAIL:
            return {}
        case Speaker.USER:
            word = speech.user_word or user_word
            if takes_the_name(name, staff):
                word += ", not of the team"
            return {"username": f"{name} ({word})"} | _icon(speech.avatar_url, ":bust_in_silhouette:")
        case Speaker.BOT:
            return {"username": f"{name} (bot)"} | _icon(speech.avatar_url, ":robot_face:")
        case Speaker.MEMBER:
            return {"username": f"{name} (team)"} | _icon(speech.avatar_url, ":busts_in_silhouette:")
        case never:
            assert_never(never)


def _icon(avatar_url: str | None, emoji: str) -> Block:
    return {"icon_url": avatar_url} if avatar_url and avatar_url.startswith("https://") else {"icon_emoji": emoji}


def _mentions(wanted: Sequence[str]) -> list[Block]:
    """The only live mentions there are; an id of another shape is none of Slack's."""
    tokens = []
    for who in wanted:
        if group := _GROUP.fullmatch(who):
            tokens.append(f"<!subteam^{group[1]}>")
        elif _USER.fullmatch(who):
            tokens.append(f"<@{who}>")
    # A section's text ends at 3,000 characters, a hundred mentions before.
    return [{"type": "section", "text": {"type": "mrkdwn", "text": " ".join(tokens[:100])}}] if tokens else []


def named(files: Sequence[Attachment]) -> list[Block]:
    """Files that stand there by name, with what is wrong with them."""
    lines = [f"📎 {_named(file)}" for file in files[:20]]
    if len(files) > 20:
        lines.append(f"… and {len(files) - 20} more")
    return [section([text_element("\n".join(lines))])] if lines else []


def _named(file: Attachment) -> str:
    said = named_with_size(one_line(file.name, 120), file.size)
    return f"{said}: {one_line(file.trouble, 200)}" if file.trouble else said


def remarks_of(speech: Speech) -> Line:
    """What has to be said about it: a note, late, changed, one part of several."""
    remarks: list[Line] = []
    if speech.inside:
        remarks.append(("Note, stays inside",))
    if speech.late:
        remarks.append(("written ", Moment(speech.at)))
    if speech.edited:
        remarks.append(("edited",))
    if speech.parts > 1:
        remarks.append((f"{speech.part + 1}/{speech.parts}",))
    line: Line = ()
    for remark in remarks:
        line += ((" · ",) if line else ()) + remark
    return line


def _remarks(speech: Speech) -> list[Block]:
    block = context(remarks_of(speech), REMARKS)
    return [block] if block is not None else []
