"""Slack's mrkdwn as it arrives → CommonMark with mentions, channels, links and emoji in plain words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

EVERYONE = "everyone"
MOST_NAMED = 20
"""Mentions of one text whose names are asked for: a hundred would use up a minute's calls."""

_TOKEN = re.compile(r"<([^<>]+)>")
_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_EMOJI = re.compile(r":([a-z0-9_+'-]+):(?::skin-tone-[2-6]:)?")
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])")
_STRUCK = re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])")
_BULLET = re.compile(r"^(\s*)[•◦▪] ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called: users by their display name, user groups by their handle."""

    users: Mapping[str, str]
    groups: Mapping[str, str]

    def of_user(self, user: str, label: str) -> str:
        return self.users.get(user) or label.removeprefix("@") or "somebody"

    def of_group(self, group: str, label: str) -> str:
        return self.groups.get(group) or label.removeprefix("@") or "a group"


def users_in(text: str) -> set[str]:
    """Ids of the members a text mentions; the first of them, where it mentions a crowd."""
    return set(_USER.findall(text)[:MOST_NAMED])


def mentions_in(text: str, names: Names, own: str) -> tuple[str, ...]:
    """Display names of whoever a text mentions, `everyone` for whole channels; our own bot is nobody to mention."""
    found: dict[str, None] = {}
    for token in _TOKEN.findall(text):
        head, _, label = token.partition("|")
        if head.startswith("@") and head[1:] != own:
            found[names.of_user(head[1:], _unescaped(label))] = None
        elif head.startswith("!subteam^"):
            found[names.of_group(head.removeprefix("!subteam^"), _unescaped(label))] = None
        elif head in {"!channel", "!here", "!everyone", "!group"}:
            found[EVERYONE] = None
    return tuple(found)


def to_commonmark(text: str, names: Names, emoji: Mapping[str, str]) -> str:
    """Translate one text. Slack's escaping of & < > is undone exactly once, at the very end."""
    parts = _CODE.split(_TOKEN.sub(lambda token: _escaped(_spoken(token[1], names)), text))
    for place in range(0, len(parts), 2):
        parts[place] = _marked(parts[place], emoji)
    for place in range(1, len(parts), 2):
        if parts[place].startswith("```") and "\n" in parts[place].strip("`\n"):
            parts[place] = _fenced(parts[place], after=parts[place - 1], before=parts[place + 1])
    return _unescaped("".join(parts))


def _fenced(code: str, *, after: str, before: str) -> str:
    """Slack sets code wherever the ticks stand; CommonMark takes what follows them on their line for a language."""
    inside = code[3:-3].removeprefix("\n").removesuffix("\n")
    head = "" if not after or after.endswith("\n") else "\n"
    tail = "" if not before or before.startswith("\n") else "\n"
    return f"{head}```\n{inside}\n```{tail}"


def emoji_in(blocks: object) -> dict[str, str]:
    """The emoji a message's rich text names, with what each looks like; one of the workspace's own becomes words."""
    found: dict[str, str] = {}
    for element in _elements(blocks):
        name = element.get("name")
        if element.get("type") == "emoji" and isinstance(name, str):
            found[name] = _drawn(element.get("unicode")) or f"({name.replace('_', ' ').replace('-', ' ')})"
    return found


def _elements(node: object) -> Sequence[Mapping[str, Any]]:
    """Every object under the blocks, however deep lists and quotes nest them."""
    found: list[Mapping[str, Any]] = []
    waiting = [node]
    while waiting:
        at = waiting.pop()
        if isinstance(at, list):
            waiting.extend(at)
        elif isinstance(at, dict):
            found.append(at)
            waiting.append(at.get("elements"))
    return found


def _drawn(codes: object) -> str | None:
    """`1f44b-1f3fc` → 👋🏼"""
    if not isinstance(codes, str):
        return None
    try:
        return "".join(chr(int(code, 16)) for code in codes.split("-"))
    except ValueError:
        return None


def _spoken(token: str, names: Names) -> str:
    """The inside of `<…>` in plain words."""
    head, _, label = token.partition("|")
    label = _unescaped(label)
    if head.startswith("@"):
        return f"@{names.of_user(head[1:], label)}"
    if head.startswith("#"):
        return f"#{label}" if label else "#channel"
    if head.startswith("!subteam^"):
        return f"@{names.of_group(head.removeprefix('!subteam^'), label)}"
    if head.startswith("!date^"):
        return label or _moment(head)
    if head.startswith("!"):
        # What Slack may invent next shows its label.
        return label or f"@{head[1:].partition('^')[0]}"
    url = _unescaped(head)
    bare = url.removeprefix("mailto:").removeprefix("tel:")
    return (
        bare if label in {"", url, bare, bare.removeprefix("https://").removeprefix("http://")} else f"{label} ({bare})"
    )


def _moment(head: str) -> str:
    """`!date^1795428000^{time}`: a time without a fallback, as plain as can be."""
    try:
        return datetime.fromtimestamp(int(head.split("^")[1]), UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, IndexError, OverflowError, OSError):
        return "a date"


def _marked(text: str, emoji: Mapping[str, str]) -> str:
    text = _EMOJI.sub(lambda found: emoji.get(found[1], found[0]), text)
    text = _BOLD.sub(r"**\1**", text)
    text = _STRUCK.sub(r"~~\1~~", text)
    return _BULLET.sub(r"\1- ", text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
