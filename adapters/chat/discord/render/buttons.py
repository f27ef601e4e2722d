"""Buttons and what stands behind them: a click carries its whole meaning in its custom_id, so it works for ever."""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from bridge.domain.events import Verb
from bridge.domain.paint import Button, Style
from bridge.domain.refs import MessageId, TicketId
from bridge.domain.text import excerpt

ACT = r"tkt:(?P<act>.+)"
"""Every custom_id of a button of ours; `MENU` is that of the "…" under a card. No id matches both."""
MENU = r"more:(?P<menu>.+)"

MAX_ID, MAX_LABEL, MAX_OPTIONS, PER_ROW = 100, 80, 25, 5
_HEX = re.compile(r"[0-9a-f]{32}")
_STYLES = {Style.PLAIN: 2, Style.PRIMARY: 1, Style.DANGER: 4}
_LINK = 5
_VERBS = frozenset(str(verb) for verb in Verb)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a click says."""

    ticket: TicketId
    verb: Verb
    epoch: int
    message: MessageId | None = None
    only: str | None = None
    """The one person who may press it."""
    fields: dict[str, str] = field(default_factory=dict)
    form: bool = False
    """Needs a form before it can act."""


def custom_id(button: Button, only: str | None = None) -> str | None:
    """`tkt:<id>:<verb>:<epoch>`, then what else it carries; None if Discord's 100 characters do not hold it."""
    steps = ["tkt", button.ticket.removeprefix("tkt_"), str(button.verb), str(button.epoch)]
    if button.message is not None:
        steps.append(f"m{_short(button.message.removeprefix('msg_'))}")
    if only is not None:
        steps.append(f"p{_short_number(only)}")
    if button.form:
        steps.append("q")
    if button.fields:
        steps.append(f"f{urlencode(dict(button.fields))}")
    made = ":".join(steps)
    return made if len(made) <= MAX_ID else None


def read_custom_id(raw: str) -> Act | None:
    """The act behind a custom_id; None if it is none of ours."""
    head, *steps = raw.split(":")
    if head != "tkt" or len(steps) < 3 or steps[1] not in _VERBS or not steps[2].isdigit():
        return None
    rest = {step[0]: step[1:] for step in steps[3:] if step}
    return Act(
        ticket=TicketId(f"tkt_{steps[0]}"),
        verb=Verb(steps[1]),
        epoch=int(steps[2]),
        message=MessageId(f"msg_{_long(rest['m'])}") if "m" in rest else None,
        only=str(int(rest["p"], 36)) if "p" in rest else None,
        fields=dict(parse_qsl(rest.get("f", ""), keep_blank_values=True)),
        form="q" in rest,
    )


def rows(buttons: Sequence[Button], more: Sequence[Button] = (), *, only: str | None = None) -> list[dict[str, object]]:
    """Action rows: five buttons each, then the menu of what else there is. At most five rows."""
    shown = [one for button in _pressable(buttons) if (one := _button(button, only)) is not None]
    options = [one for button in _pressable(more) if (one := _option(button, only)) is not None][:MAX_OPTIONS]
    width = PER_ROW * (4 if options else 5)
    made: list[dict[str, object]] = [
        {"type": 1, "components": shown[start : start + PER_ROW]} for start in range(0, min(len(shown), width), PER_ROW)
    ]
    if options and more:
        menu = f"more:{more[0].ticket.removeprefix('tkt_')}:{more[0].epoch}"
        select = {"type": 3, "custom_id": menu[:MAX_ID], "placeholder": "⋯", "options": options}
        made.append({"type": 1, "components": [select]})
    return made


def _pressable(buttons: Iterable[Button]) -> Iterable[Button]:
    """Each act once: Discord refuses a message with the same custom_id twice."""
    seen: set[str | None] = set()
    for button in buttons:
        name = button.url or custom_id(button)
        if name is not None and name not in seen:
            seen.add(name)
            yield button


def _button(button: Button, only: str | None) -> dict[str, object] | None:
    label = excerpt(button.label, MAX_LABEL) or "·"
    if button.url is not None:
        return {"type": 2, "style": _LINK, "label": label, "url": button.url} if len(button.url) <= 512 else None
    name = custom_id(button, only)
    return None if name is None else {"type": 2, "style": _STYLES[button.style], "label": label, "custom_id": name}


def _option(button: Button, only: str | None) -> dict[str, object] | None:
    name = custom_id(button, only)
    return None if name is None or button.url else {"label": excerpt(button.label, MAX_LABEL) or "·", "value": name}


def _short(word: str) -> str:
    """A 32-digit hex id takes 22 characters; any other word stands as it is, behind `.`."""
    if _HEX.fullmatch(word):
        return base64.urlsafe_b64encode(bytes.fromhex(word)).decode().rstrip("=")
    return f".{word}"


def _long(word: str) -> str:
    return word[1:] if word.startswith(".") else base64.urlsafe_b64decode(word + "==").hex()


def _short_number(digits: str) -> str:
    """A user's id in base 36: the twenty digits of a snowflake would not fit beside a message's id."""
    number, short = int(digits), ""
    while number:
        number, digit = divmod(number, 36)
        short = _DIGITS[digit] + short
    return short or "0"
