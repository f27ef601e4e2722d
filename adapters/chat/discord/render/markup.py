"""Words as Discord shows them: what others wrote is escaped, lines of ours keep their shape."""

import re
from collections.abc import Callable, Iterable

from bridge.domain.paint import Anchor, Moment, Span, Strong
from bridge.domain.text import excerpt

# A link ends before a mention of everybody: Discord does not say that none rings inside one.
_NOBODY = r"(?!@(?:everyone|here)\b)"
_URL = rf"https?://(?:{_NOBODY}[^\s<>|\\()\[\]*`\"])*{_NOBODY}[^\s<>|\\()\[\]*`\".,:;!?'_~]"
_LOUD = re.compile(
    rf"(?P<url>{_URL})"
    r"|(?P<everyone>@)(?=everyone|here)"
    r"|(?P<start>(?m:^[ \t]*)(?:-#|#{1,3}|[-+]|\d+(?=\.)))(?=[ .])"
    r"|(?P<char>[\\*_~|`<>\[\]])"
)
_CODE = re.compile(r"(```.*?```|``.+?``|`[^`\n]+`)", re.DOTALL)
_MASKED = re.compile(r"(?<!\\)\[(?P<title>[^\]\n]*)\]\(<?(?P<url>[^)\s>]*)>?(?:\s+\"[^\"]*\")?\)")
_SOFT = re.compile(
    rf"(?P<auto><{_URL}>)"
    rf"|(?P<url>{_URL})"
    r"|(?P<everyone>@)(?=everyone|here)"
    r"|(?P<small>(?m:^[ \t]*)-)(?=#)"
    r"|(?P<char>\|\||<)"
)
_NO_JOINER = "\u200b"


def escape(text: str) -> str:
    """Words of others, character by character: nothing in them is markup, a mention or a hidden link."""
    return _LOUD.sub(_quiet, text)


def soften(text: str) -> str:
    """Words of the team: CommonMark stays, but mentions, emoji codes and links under other words do not."""
    pieces = _CODE.split(text)
    # re.split with one group: odd places are code, where Discord reads no markup and no mention.
    return "".join(piece if place % 2 else _softened(piece) for place, piece in enumerate(pieces))


def fit(text: str, limit: int, paint: Callable[[str], str] = escape) -> str:
    """The beginning of text on one line, so cut that it is at most limit characters when painted."""
    size = limit
    while True:
        painted = paint(excerpt(text, size))
        if len(painted) <= limit:
            return painted
        size -= max(1, (len(painted) - limit) // 2)


def line(spans: Iterable[Span], limit: int) -> str:
    """A line of spans; what does not fit is left out and marked `…`."""
    shown = ""
    for span in spans:
        room = limit - len(shown) - 1
        if isinstance(span, str):
            piece = _words(span, room)
        else:
            piece = _span(span)
            piece = piece if len(piece) <= room else "…"
        if len(piece) > room:
            break
        shown += piece
    return shown


def moment(span: Moment) -> str:
    return f"<t:{int(span.at.timestamp())}:{'R' if span.relative else 't'}>"


def _words(text: str, room: int) -> str:
    painted = escape(text)
    return painted if len(painted) <= room else fit(text, room) if room > 1 else ""


def _span(span: Moment | Strong | Anchor) -> str:
    match span:
        case Moment():
            return moment(span)
        case Strong(text=text):
            return f"**{escape(text)}**" if text.strip() else ""
        case Anchor(title=title, url=url):
            return f"[{escape(title)}](<{_bare(url)}>)"


def _bare(url: str) -> str:
    """An address that cannot end its own link early."""
    return url.replace("<", "%3C").replace(">", "%3E").replace("(", "%28").replace(")", "%29").replace(" ", "%20")


def _quiet(found: re.Match[str]) -> str:
    if found["url"]:
        return f"<{found['url']}>"
    if found["everyone"]:
        return f"@{_NO_JOINER}"
    if found["start"]:
        head = found["start"]
        return f"{head}\\" if head[-1].isdigit() else f"{head[: len(head) - len(head.lstrip())]}\\{head.lstrip()}"
    return f"\\{found['char']}"


def _softened(text: str) -> str:
    return _SOFT.sub(_soft, _MASKED.sub(lambda found: f"{found['title']} ({found['url']})", text))


def _soft(found: re.Match[str]) -> str:
    if found["auto"]:
        return found["auto"]
    if found["url"]:
        return f"<{found['url']}>"
    if found["everyone"]:
        return f"@{_NO_JOINER}"
    if found["small"]:
        return f"{found['small'][:-1]}\\-"
    return "".join(f"\\{char}" for char in found["char"])
