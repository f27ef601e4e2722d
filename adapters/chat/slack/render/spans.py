"""The small parts blocks are made of: spans, text objects, buttons. Limits are those of docs.slack.dev/reference."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

from adapters.chat.slack.events.values import written
from bridge.domain.paint import Anchor, Button, Line, Moment, Span, Strong, Style, plain
from bridge.domain.text import excerpt, split

Block: TypeAlias = dict[str, Any]

MOST_BLOCKS: Final = 50
MOST_CONTEXT: Final = 10
MOST_ACTIONS: Final = 25
MOST_OPTIONS: Final = 5
LABEL: Final = 75
OPTION_VALUE: Final = 150
FALLBACK: Final = 700
"""Escaped it may grow fivefold, and chat.update refuses texts over 4,000."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def escape(text: str) -> str:
    """Disarm everything mrkdwn reads in angle brackets: mentions, links, dates."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clean(text: str) -> str:
    """Without characters that no message may hold: controls, halves of surrogate pairs."""
    return _UNSEEN.sub("", text)


def one_line(text: str, limit: int) -> str:
    """A name or title: one line, and nothing in it that turns the direction of what stands beside it."""
    return excerpt(_TURNS.sub("", clean(text)), limit)


def fallback(text: str) -> str:
    """The line of notifications and screen readers; Slack reads markup in it."""
    return escape(one_line(text, FALLBACK)) or "…"


def clip(text: str, limit: int) -> str:
    """The first part of a longer text, lines kept."""
    pieces = split(clean(text), limit - 2)
    if not pieces:
        return ""
    return pieces[0] if len(pieces) == 1 else f"{pieces[0]} …"


def plain_text(text: str) -> Block:
    """An object in which nothing is read as markup; `:smile:` stays as it is written."""
    return {"type": "plain_text", "text": text, "emoji": False}


def rich(line: Line, limit: int, *, strong: bool = False) -> list[Block]:
    """The line as elements of a rich_text_section."""
    return [_element(span, strong=strong) for span in clipped(line, limit)]


def section(elements: Sequence[Block]) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def text_element(text: str, *, strong: bool = False) -> Block:
    return {"type": "text", "text": text, "style": {"bold": True}} if strong else {"type": "text", "text": text}


def context(line: Line, limit: int) -> Block | None:
    """The line small and grey, or None if there is nothing in it. A line of too many pieces stands as rich text."""
    spans = _joined(clipped(line, limit))
    if not spans:
        return None
    if len(spans) > MOST_CONTEXT or any(isinstance(span, Anchor) for span in spans):
        return section([_element(span) for span in spans])
    return {"type": "context", "elements": [_context_element(span) for span in spans]}


def time_token(moment: Moment) -> str:
    """Slack shows it in the reader's own zone; the fallback is for clients that cannot."""
    return f"<!date^{int(moment.at.timestamp())}^{_format(moment)}|{_utc(moment)}>"


def clipped(line: Line, limit: int) -> list[Span]:
    """The spans that fit into `limit` characters, cleaned; a time counts as twenty."""
    kept: list[Span] = []
    for span in line:
        if limit <= 0:
            break
        match span:
            case Moment():
                kept.append(span)
                limit -= 20
                continue
            case str():
                text = _short(span, limit)
                kept.append(text)
            case Strong(text=words):
                text = _short(words, limit)
                kept.append(Strong(text))
            case Anchor(title=title, url=url):
                text = _short(title, limit)
                kept.append(Anchor(text, url) if len(url) <= 3000 else text)
        limit -= len(text)
    return [span for span in kept if isinstance(span, Moment) or _words(span)]


def button(made: Button, place: int) -> Block:
    """One button; `place` makes its action_id unique in its message."""
    block: Block = {
        "type": "button",
        "text": plain_text(one_line(made.label, LABEL) or "…"),
        "action_id": f"{made.verb.value}.{place}",
    }
    if made.url is not None:
        return block | {"url": made.url}
    if made.style is not Style.PLAIN:
        block["style"] = made.style.value
    return block | {"value": written(made)}


def actions(buttons: Sequence[Button], more: Sequence[Button] = ()) -> list[Block]:
    """A row of buttons with the rest under dots; nothing if there is none."""
    inside = [made for made in more if made.url is None and len(written(made)) <= OPTION_VALUE]
    shown = [*buttons, *(made for made in more if made not in inside)]
    if len(inside) % MOST_OPTIONS == 1:
        # Dots over a single choice only hide it.
        shown.append(inside.pop())
    elements = [button(made, place) for place, made in enumerate(shown)]
    elements += [_overflow(inside[at : at + MOST_OPTIONS], at) for at in range(0, len(inside), MOST_OPTIONS)]
    return [{"type": "actions", "elements": elements[:MOST_ACTIONS]}] if elements else []


def row_actions(buttons: Sequence[Button], line: Line) -> list[Block]:
    """The buttons under a line of a list: a screen reader says of which line each is, where all look alike."""
    blocks = actions(buttons)
    when = next((place for place, span in enumerate(line) if isinstance(span, Moment)), None)
    said = plain(line[:when])
    about = (said if when is None else said.rpartition(" · ")[0] or said).lstrip("● ")
    for element in blocks[0]["elements"] if blocks else ():
        element["accessibility_label"] = one_line(f"{element['text']['text']} {about}", LABEL)
    return blocks


def _overflow(choices: Iterable[Button], place: int) -> Block:
    options = [{"text": plain_text(one_line(made.label, LABEL) or "…"), "value": written(made)} for made in choices]
    return {"type": "overflow", "action_id": f"more.{place}", "options": options}


def _short(text: str, limit: int) -> str:
    """Like `one_line`, but blanks at the ends count: they stand between spans."""
    line = re.sub(r"\s+", " ", _TURNS.sub("", clean(text)))
    return line if len(line) <= limit else excerpt(line, limit)


def _words(span: Span) -> str:
    match span:
        case str():
            return span
        case Strong(text=text):
            return text
        case Anchor(title=title):
            return title
        case Moment():
            return _utc(span)


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Neighbouring words as one piece; small grey lines know no bold."""
    joined: list[Span] = []
    for span in spans:
        words = span.text if isinstance(span, Strong) else span
        if isinstance(words, str) and joined and isinstance(joined[-1], str):
            joined[-1] += words
        else:
            joined.append(words)
    return [span for span in joined if _words(span).strip()]


def _element(span: Span, *, strong: bool = False) -> Block:
    match span:
        case str():
            return text_element(span, strong=strong)
        case Strong(text=text):
            return text_element(text, strong=True)
        case Anchor(title=title, url=url):
            return {"type": "link", "url": url, "text": title}
        case Moment():
            return {
                "type": "date",
                "timestamp": int(span.at.timestamp()),
                "format": _format(span),
                "fallback": _utc(span),
            }


def _context_element(span: Span) -> Block:
    if isinstance(span, Moment):
        return {"type": "mrkdwn", "text": time_token(span), "verbatim": True}
    return plain_text(_words(span))


def _format(moment: Moment) -> str:
    return "{ago}" if moment.relative else "{date_short_pretty} {time}"


def _utc(moment: Moment) -> str:
    return moment.at.strftime("%Y-%m-%d %H:%M UTC")
