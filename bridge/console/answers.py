"""The desk's answers as cards on the screen, with their next acts as buttons."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from markupsafe import Markup

from bridge.console.house import House
from bridge.console.painter import fields_of, is_web_address
from bridge.console.scenes import receivers
from bridge.console.viewer import Viewer
from bridge.domain.events import Verb
from bridge.domain.paint import Answer, Button, Form, HomePage, Line, Listing, Nothing, Notice, Style
from bridge.domain.ticket import Ticket

UNDO_SECONDS = 10
SAID_SECONDS = 6
QUESTION_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button on a card: a link, or a form that acts."""

    label: str
    link: str | None = None
    action: str = ""
    verb: str = ""
    epoch: int = 0
    primary: bool = False
    fields: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    words: Line
    rows: Sequence[tuple[Line, None]] = ()
    buttons: Sequence[Choice] = field(default_factory=tuple)
    refused: bool = False
    seconds: int = SAID_SECONDS


async def card_of(house: House, viewer: Viewer, ticket: Ticket, answer: Answer, *, page: str) -> Markup:
    """The card; empty where the screen itself shows what happened."""
    match answer:
        case Nothing() | HomePage():
            return Markup()
        case Form():
            people = await receivers(house, ticket.policy.team)
            return house.painter.paint(
                "form.html", form=answer, viewer=viewer, card=f"{page}.{ticket.version}.form", people=people,
                number=ticket.number,
            )  # fmt: skip
        case Notice():
            undo = any(button.verb is Verb.UNDO_CLOSE for button in answer.buttons)
            seconds = UNDO_SECONDS if undo else QUESTION_SECONDS if answer.buttons else SAID_SECONDS
            buttons = tuple(_choice(button) for button in answer.buttons)
            card = Card(words=answer.line, buttons=buttons, refused=answer.refused, seconds=seconds)
        case Listing():
            buttons = tuple(_choice(button) for _, button in answer.rows if button is not None)
            rows = tuple((line, None) for line, _ in answer.rows)
            card = Card(words=(answer.title,), rows=rows, buttons=buttons, seconds=QUESTION_SECONDS)
        case _:
            assert_never(answer)
    return house.painter.paint(
        "toast.html", words=card.words, rows=card.rows, buttons=card.buttons, refused=card.refused,
        seconds=card.seconds, stay=False, viewer=viewer, card=f"{page}.{ticket.version}.said",
    )  # fmt: skip


def _choice(button: Button) -> Choice:
    if button.url is not None and is_web_address(button.url):
        return Choice(label=button.label, link=button.url)
    if button.verb is Verb.OPEN:
        return Choice(label=button.label, link=f"/t/{button.ticket}")
    return Choice(
        label=button.label,
        action=f"/t/{button.ticket}/{'ask' if button.form else 'act'}",
        verb=button.verb.value,
        epoch=button.epoch,
        primary=button.style is Style.PRIMARY,
        fields=tuple(fields_of(button).items()),
    )
