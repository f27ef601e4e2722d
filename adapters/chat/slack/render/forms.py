"""Forms as modals: loading at once, then the inputs, or the sentence that came instead of them."""

from typing import Final

from adapters.chat.slack.render.spans import (
    LABEL,
    OPTION_VALUE,
    Block,
    actions,
    clip,
    one_line,
    plain_text,
    rich,
    section,
    text_element,
)
from bridge.domain.paint import Field, Form, Notice

CALLBACK: Final = "handrail.form"
TITLE: Final = 24
LONGEST: Final = 3_000
MOST_CHOICES: Final = 100
LINE: Final = 700
HINT: Final = 150


def loading_view(about: str) -> Block:
    """What stands there until the desk has answered. `about` comes back with everything done in it."""
    return _modal("Handrail", [section([text_element("One moment …")])], about)


def form_view(form: Form, about: str) -> Block:
    blocks = [_input(each) for each in form.fields]
    submit = plain_text(one_line(form.submit, TITLE) or "Send")
    return _modal(form.title, blocks, about) | {"submit": submit, "close": plain_text("Cancel")}


def said_view(notice: Notice, about: str) -> Block:
    """A sentence with its next acts; there is nothing to send in."""
    elements = rich(notice.line, LINE) or [text_element("Done.")]
    return _modal("Handrail", [section(elements), *actions(notice.buttons)], about) | {"close": plain_text("Close")}


def _modal(title: str, blocks: list[Block], about: str) -> Block:
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": about,
        "title": plain_text(one_line(title, TITLE) or "Handrail"),
        "blocks": blocks,
    }


def _input(field: Field) -> Block:
    return {
        "type": "input",
        "block_id": field.name,
        "label": plain_text(one_line(field.label, HINT) or "…"),
        "optional": field.optional,
        "element": _element(field) | {"action_id": field.name},
    }


def _element(field: Field) -> Block:
    if field.people:
        return {"type": "users_select"} | ({"initial_user": field.value} if field.value else {})
    if field.choices:
        options = [_option(value, label) for value, label in field.choices if len(value) <= OPTION_VALUE]
        chosen = next((option for option in options if option["value"] == field.value), None)
        select: Block = {"type": "static_select", "options": options[:MOST_CHOICES]}
        return select | ({"initial_option": chosen} if chosen in select["options"] else {})
    words: Block = {"type": "plain_text_input", "multiline": field.long, "max_length": LONGEST}
    return words | ({"initial_value": clip(field.value, LONGEST)} if field.value else {})


def _option(value: str, label: str) -> Block:
    return {"text": plain_text(one_line(label, LABEL) or "…"), "value": value}
