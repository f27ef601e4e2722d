"""Discord's markup → CommonMark, with mentions in plain words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

_TOKEN = re.compile(
    r"(?P<code>```.*?```|``.+?``|`[^`\n]+`)"
    r"|<@!?(?P<user>\d+)>"
    r"|<@&(?P<role>\d+)>"
    r"|<#(?P<channel>\d+)>"
    r"|<a?:(?P<emoji>\w+):\d+>"
    r"|<t:(?P<time>-?\d{1,12})(?::[tTdDfFR])?>"
    r"|</(?P<command>[^:<>]+):\d+>"
    r"|(?P<everyone>@everyone|@here)\b"
    r"|(?m:^)(?P<rest>>>> )"
    r"|(?m:^)(?P<small>-# )",
    re.DOTALL,
)
_LIVE = re.compile(r"([\\\[\]<>*`])")


@dataclass(frozen=True, slots=True)
class Names:
    """What ids in a message are called."""

    users: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)


def to_commonmark(text: str, names: Names) -> str:
    quoted = False
    made = ""
    at = 0
    for found in _TOKEN.finditer(text):
        made += text[at : found.start()]
        at = found.end()
        if found["rest"] and not quoted:
            # ">>> " quotes all that follows; CommonMark wants a mark on each line.
            quoted = True
            head, made = made, ""
        else:
            made += _plain(found, names)
    made += text[at:]
    if quoted:
        made = head + "\n".join(f"> {one}" for one in made.split("\n"))
    return made


def mentioned(text: str, names: Names) -> tuple[str, ...]:
    """Display names of members and roles, and `everyone`, that the message calls; in order, each once."""
    found: dict[str, None] = {}
    for token in _TOKEN.finditer(text):
        if token["user"]:
            found[names.users.get(int(token["user"]), "someone")] = None
        elif token["role"]:
            found[names.roles.get(int(token["role"]), "a role")] = None
        elif token["everyone"]:
            found["everyone"] = None
    return tuple(found)


def _plain(found: re.Match[str], names: Names) -> str:
    kind = found.lastgroup
    value = found[kind] if kind else ""
    match kind:
        case "user":
            return f"@{_calm(names.users.get(int(value), 'someone'))}"
        case "role":
            return f"@{_calm(names.roles.get(int(value), 'a role'))}"
        case "channel":
            return f"#{_calm(names.channels.get(int(value), 'a channel'))}"
        case "emoji":
            return f":{value}:"
        case "time":
            return _moment(int(value))
        case "command":
            return f"/{value}"
        case "small":
            return ""
        case _:
            return found[0]


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return "some time"


def _calm(name: str) -> str:
    """A name is data: it may not start a link or emphasis."""
    return _LIVE.sub(r"\\\1", name)
