"""What Slack refuses in a modal or a home tab, and what is filled in there."""

import json
from collections.abc import Iterator
from typing import Any

from tests.wire.slack import blocks as block_kit
from tests.wire.slack.elements import wrong_text

View = dict[str, Any]

KEYS = {
    "modal": {
        "type",
        "title",
        "blocks",
        "close",
        "submit",
        "private_metadata",
        "callback_id",
        "clear_on_close",
        "notify_on_close",
        "external_id",
        "submit_disabled",
    },
    "home": {"type", "blocks", "private_metadata", "callback_id", "external_id"},
}
LARGEST = 250_000


def wrong(view: object, kind: str) -> Iterator[str]:
    """Every reason why Slack would refuse this view where a `kind` (modal, home) is wanted."""
    if not isinstance(view, dict) or view.get("type") != kind:
        yield f"no {kind}: {view!r:.80}"
        return
    if extra := set(view) - KEYS[kind]:
        yield f"{kind}: unknown keys {extra}"
    if len(json.dumps(view)) > LARGEST:
        yield "view_too_large"
    blocks = view.get("blocks")
    yield from (reason for reason in block_kit.wrong(blocks, most=100) if reason != "msg_blocks_too_long")
    for name, most in {"private_metadata": 3000, "callback_id": 255, "external_id": 255}.items():
        if len(view.get(name, "")) > most:
            yield f"{name} of {len(view[name])} characters, at most {most}"
    if kind == "modal":
        yield from wrong_text(view.get("title"), 24, plain=True)
        for name in ("submit", "close"):
            if name in view:
                yield from wrong_text(view[name], 24, plain=True)
        if any(block.get("type") == "input" for block in blocks or []) and "submit" not in view:
            yield "missing required field: submit"


def inputs(view: View) -> list[tuple[View, View]]:
    """(block, element) of everything that keeps what a person enters."""
    found = [(block, block["element"]) for block in view["blocks"] if block["type"] == "input"]
    for block in view["blocks"]:
        standing = [*block.get("elements", []), block.get("accessory") or {}] if block["type"] != "input" else []
        found += [(block, one) for one in standing if one.get("type") not in {None, "button", "overflow", "image"}]
    return [(block, one) for block, one in found if "action_id" in one]


def at_first(element: View) -> View:
    """What stands in an untouched input, as `view.state.values` has it."""
    match element["type"]:
        case "plain_text_input" | "number_input" | "email_text_input" | "url_text_input":
            return {"value": element.get("initial_value")}
        case "checkboxes" | "multi_static_select":
            return {"selected_options": element.get("initial_options", [])}
        case "multi_users_select":
            return {"selected_users": element.get("initial_users", [])}
        case "static_select" | "external_select" | "radio_buttons":
            return {"selected_option": element.get("initial_option")}
        case "users_select":
            return {"selected_user": element.get("initial_user")}
        case "conversations_select":
            return {"selected_conversation": element.get("initial_conversation")}
        case "channels_select":
            return {"selected_channel": element.get("initial_channel")}
        case "datepicker":
            return {"selected_date": element.get("initial_date")}
        case "timepicker":
            return {"selected_time": element.get("initial_time")}
        case "datetimepicker":
            return {"selected_date_time": element.get("initial_date_time")}
        case kind:
            raise AssertionError(f"the wire server cannot fill in a {kind} yet")


def entered(element: View, value: object) -> View:
    """What stands in an input after somebody entered `value`: words, an option's label, a user id, a list of them."""
    key = next(iter(at_first(element)))
    if key == "value":
        most, words = element.get("max_length", 3000), str(value)
        assert len(words) <= most, f"the field takes {most} characters, not {len(words)}"
        return {key: words}
    if key == "selected_option":
        return {key: _option(element, value)}
    if key == "selected_options":
        assert isinstance(value, list)
        return {key: [_option(element, one) for one in value]}
    return {key: value}


def _option(element: View, label: object) -> View:
    groups = element.get("option_groups") or [{"options": element.get("options", [])}]
    options = [option for group in groups for option in group["options"]]
    found = next((option for option in options if option["text"]["text"] == label), None)
    assert found is not None, f"no option {label!r}, but {[option['text']['text'] for option in options]}"
    return found


def is_empty(state: View) -> bool:
    return all(not value for key, value in state.items() if key != "type")
