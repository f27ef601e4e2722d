"""What Slack refuses in the things people press, choose and fill in."""

from collections.abc import Iterator, Mapping
from typing import Any

Block = dict[str, Any]

_FOCUS = {"type", "action_id", "focus_on_load"}
_CHOICE = _FOCUS | {"placeholder", "confirm"}
KEYS: Mapping[str, set[str]] = {
    "button": {"type", "text", "action_id", "value", "url", "style", "confirm", "accessibility_label"},
    "overflow": {"type", "action_id", "options", "confirm"},
    "static_select": _CHOICE | {"options", "option_groups", "initial_option"},
    "multi_static_select": _CHOICE | {"options", "option_groups", "initial_options", "max_selected_items"},
    "external_select": _CHOICE | {"initial_option", "min_query_length"},
    "users_select": _CHOICE | {"initial_user"},
    "multi_users_select": _CHOICE | {"initial_users", "max_selected_items"},
    "conversations_select": _CHOICE
    | {"initial_conversation", "default_to_current_conversation", "response_url_enabled", "filter"},
    "channels_select": _CHOICE | {"initial_channel", "response_url_enabled"},
    "checkboxes": _FOCUS | {"options", "initial_options", "confirm"},
    "radio_buttons": _FOCUS | {"options", "initial_option", "confirm"},
    "datepicker": _CHOICE | {"initial_date"},
    "timepicker": _CHOICE | {"initial_time", "timezone"},
    "datetimepicker": _FOCUS | {"initial_date_time", "confirm"},
    "plain_text_input": _FOCUS
    | {"initial_value", "multiline", "min_length", "max_length", "dispatch_action_config", "placeholder"},
    "number_input": _FOCUS
    | {"is_decimal_allowed", "initial_value", "min_value", "max_value", "dispatch_action_config", "placeholder"},
    "email_text_input": _FOCUS | {"initial_value", "dispatch_action_config", "placeholder"},
    "url_text_input": _FOCUS | {"initial_value", "dispatch_action_config", "placeholder"},
}
TYPED = {"plain_text_input", "number_input", "email_text_input", "url_text_input"}
MULTI = {"multi_static_select", "multi_users_select"}
PLACES: Mapping[str, set[str]] = {
    "actions": set(KEYS) - TYPED - MULTI,
    "section": set(KEYS) - TYPED,
    "input": set(KEYS) - {"button", "overflow"},
}
MOST_OPTIONS = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}


def wrong_text(text: object, most: int, *, plain: bool = False) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
        yield f"no text object: {text!r:.80}"
        return
    allowed = {"type", "text", "emoji"} if text["type"] == "plain_text" else {"type", "text", "verbatim"}
    if extra := set(text) - allowed:
        yield f"text object with {extra}"
    if not isinstance(text.get("text"), str) or not 1 <= len(text["text"]) <= most:
        yield f"text of {len(text.get('text') or '')} characters, 1 to {most}"


def wrong_element(element: object, place: str) -> Iterator[str]:
    """`place` is the block it stands in: actions, section or input."""
    kind = element.get("type") if isinstance(element, dict) else None
    if not isinstance(element, dict) or kind not in KEYS:
        yield f"unknown element {kind}"
        return
    if kind not in PLACES[place]:
        yield f"{kind} has no place in {place}"
    if extra := set(element) - KEYS[kind]:
        yield f"{kind}: unknown keys {extra}"
    if not 1 <= len(element.get("action_id", "")) <= 255:
        yield f"{kind} without an action_id"
    if "placeholder" in element:
        yield from wrong_text(element["placeholder"], 150, plain=True)
    if "confirm" in element:
        yield from _wrong_confirm(element["confirm"])
    if kind == "button":
        yield from _wrong_button(element)
    elif kind == "plain_text_input":
        yield from _wrong_text_input(element)
    elif "options" in KEYS[kind]:
        yield from _wrong_choice(element)


def _wrong_button(element: Block) -> Iterator[str]:
    yield from wrong_text(element.get("text"), 75, plain=True)
    if len(element.get("value", "")) > 2000 or len(element.get("url", "")) > 3000:
        yield "button: value over 2000 or url over 3000"
    if element.get("style", "primary") not in {"primary", "danger"}:
        yield f"button: style {element['style']}"


def _wrong_text_input(element: Block) -> Iterator[str]:
    most, least = element.get("max_length", 3000), element.get("min_length", 0)
    if not 1 <= most <= 3000 or not 0 <= least <= 3000 or least > most:
        yield f"plain_text_input: min_length {least}, max_length {most}; at most 3000"
    if len(element.get("initial_value", "")) > most:
        yield f"plain_text_input: an initial_value of {len(element['initial_value'])} over its {most}"


def _wrong_choice(element: Block) -> Iterator[str]:
    kind = element["type"]
    groups = element.get("option_groups")
    if (groups is None) == ("options" not in element):
        yield f"{kind}: either options or option_groups"
        return
    options = element["options"] if groups is None else [one for group in groups for one in group.get("options", [])]
    for group in groups or ():
        yield from wrong_text(group.get("label"), 75, plain=True)
    most = MOST_OPTIONS.get(kind, 100)
    if not 1 <= len(options) <= most:
        yield f"{kind} of {len(options)} options, at most {most}"
    for option in options:
        yield from _wrong_option(option, kind)
    chosen = [element["initial_option"]] if "initial_option" in element else element.get("initial_options", [])
    if any(option not in options for option in chosen):
        yield f"{kind}: what is chosen at first is none of its options"


def _wrong_option(option: Block, kind: str) -> Iterator[str]:
    yield from wrong_text(option.get("text"), 75, plain=kind not in {"checkboxes", "radio_buttons"})
    if not 1 <= len(option.get("value", "")) <= 150:
        yield "option: value over 150"
    if "description" in option:
        yield from wrong_text(option["description"], 75, plain=kind not in {"checkboxes", "radio_buttons"})
    if extra := set(option) - {"text", "value", "description", "url"}:
        yield f"option: unknown keys {extra}"


def _wrong_confirm(confirm: object) -> Iterator[str]:
    if not isinstance(confirm, dict) or set(confirm) - {"title", "text", "confirm", "deny", "style"}:
        yield f"confirm: {confirm!r:.80}"
        return
    yield from wrong_text(confirm.get("title"), 100, plain=True)
    yield from wrong_text(confirm.get("text"), 300, plain=True)
    yield from wrong_text(confirm.get("confirm"), 30, plain=True)
    yield from wrong_text(confirm.get("deny"), 30, plain=True)
