"""What Slack refuses in blocks, what people read of them, and what in them is live."""

import re
from collections.abc import Iterator
from typing import Any

Block = dict[str, Any]

PLACES = {
    "actions": {"button", "overflow", "static_select", "users_select"},
    "context": {"plain_text", "mrkdwn", "image"},
    "section": {"button", "overflow", "static_select", "users_select"},
}
KEYS = {
    "section": {"type", "block_id", "text", "fields", "accessory", "expand"},
    "header": {"type", "block_id", "text"},
    "context": {"type", "block_id", "elements"},
    "actions": {"type", "block_id", "elements"},
    "divider": {"type", "block_id"},
    "rich_text": {"type", "block_id", "elements"},
}
RICH = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
RICH_LEAVES = {
    "text": {"type", "text", "style"},
    "link": {"type", "url", "text", "unsafe", "style"},
    "date": {"type", "timestamp", "format", "url", "fallback"},
    "emoji": {"type", "name", "unicode"},
    "user": {"type", "user_id", "style"},
    "usergroup": {"type", "usergroup_id", "style"},
    "broadcast": {"type", "range"},
    "channel": {"type", "channel_id", "style"},
}
MOST_IN_ALL = 13_200
LIVE = re.compile(r"<(?:@([UW][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+)|!(here|channel|everyone))(?:\|[^>]*)?>")
MASKED = re.compile(r"<(https?://[^|>]+)\|([^>]+)>")


def wrong(blocks: object) -> Iterator[str]:
    """Every reason why Slack would refuse these blocks."""
    if not isinstance(blocks, list):
        yield "blocks is no list"
        return
    if len(blocks) > 50:
        yield f"{len(blocks)} blocks, at most 50"
    for block in blocks:
        yield from _wrong_block(block)
    ids = [element["action_id"] for element in interactive(blocks)]
    if len(ids) != len(set(ids)):
        yield "an action_id stands twice"
    if sum(len(text) for text in texts(blocks)) > MOST_IN_ALL:
        yield "msg_blocks_too_long"


def _wrong_block(block: Block) -> Iterator[str]:
    kind = block.get("type")
    if kind not in KEYS:
        yield f"unknown block {kind}"
        return
    if extra := set(block) - KEYS[kind]:
        yield f"{kind}: unknown keys {extra}"
    elements = block.get("elements", [])
    match kind:
        case "section":
            yield from _wrong_text(block.get("text"), 3000)
            if "accessory" in block:
                yield from _wrong_element(block["accessory"])
        case "header":
            yield from _wrong_text(block.get("text"), 150, plain=True)
        case "context":
            if not 1 <= len(elements) <= 10:
                yield f"context of {len(elements)} elements, at most 10"
            for element in elements:
                yield from _wrong_text(element, 3000)
        case "actions":
            if not 1 <= len(elements) <= 25:
                yield f"actions of {len(elements)} elements, at most 25"
            for element in elements:
                yield from _wrong_element(element)
        case "rich_text":
            if not elements:
                yield "empty rich_text"
            for element in elements:
                yield from _wrong_rich(element)


def _wrong_text(text: object, most: int, *, plain: bool = False) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
        yield f"no text object: {text!r:.80}"
        return
    allowed = {"type", "text", "emoji"} if text["type"] == "plain_text" else {"type", "text", "verbatim"}
    if extra := set(text) - allowed:
        yield f"text object with {extra}"
    if not isinstance(text.get("text"), str) or not 1 <= len(text["text"]) <= most:
        yield f"text of {len(text.get('text') or '')} characters, 1 to {most}"


def _wrong_element(element: Block) -> Iterator[str]:
    kind = element.get("type")
    if not 1 <= len(element.get("action_id", "")) <= 255:
        yield f"{kind} without an action_id"
    match kind:
        case "button":
            yield from _wrong_text(element.get("text"), 75, plain=True)
            if len(element.get("value", "")) > 2000 or len(element.get("url", "")) > 3000:
                yield "button: value over 2000 or url over 3000"
            if element.get("style", "primary") not in {"primary", "danger"}:
                yield f"button: style {element['style']}"
            if extra := set(element) - {"type", "text", "action_id", "value", "url", "style", "confirm"}:
                yield f"button: unknown keys {extra}"
        case "overflow":
            options = element.get("options", [])
            if not 1 <= len(options) <= 5:
                yield f"overflow of {len(options)} options, at most 5"
            for option in options:
                yield from _wrong_text(option.get("text"), 75, plain=True)
                if not 1 <= len(option.get("value", "")) <= 150:
                    yield "option: value over 150"
        case _:
            yield f"unknown element {kind}"


def _wrong_rich(element: Block) -> Iterator[str]:
    kind = element.get("type")
    if kind in RICH:
        if not element.get("elements"):
            yield f"empty {kind}"
        for inner in element.get("elements", []):
            yield from _wrong_rich(inner)
    elif kind not in RICH_LEAVES:
        yield f"unknown rich text {kind}"
    else:
        if extra := set(element) - RICH_LEAVES[kind]:
            yield f"rich text {kind}: unknown keys {extra}"
        if kind == "text" and not element.get("text"):
            yield "rich text of no characters"
        if kind == "date" and not (isinstance(element.get("timestamp"), int) and element.get("format")):
            yield "date without timestamp or format"


def nodes(at: object) -> Iterator[Block]:
    """Every object in the blocks."""
    if isinstance(at, list):
        for item in at:
            yield from nodes(item)
    elif isinstance(at, dict):
        yield at
        for value in at.values():
            yield from nodes(value)


def interactive(blocks: object) -> list[Block]:
    return [node for node in nodes(blocks) if node.get("type") in PLACES["actions"]]


def texts(blocks: object) -> list[str]:
    return [node["text"] for node in nodes(blocks) if isinstance(node.get("text"), str)]


def shown(blocks: object) -> str:
    """What people read: words, links with their titles, times as their fallback, labels of buttons."""
    lines = []
    for block in blocks if isinstance(blocks, list) else []:
        words = [_word(node) for node in nodes(block)]
        lines.append("".join(words) if block["type"] == "rich_text" else " ".join(word for word in words if word))
    return "\n".join(lines)


def _word(node: Block) -> str:
    if node.get("type") == "date":
        return str(node.get("fallback", ""))
    text = node.get("text")
    return text if isinstance(text, str) else ""


def live(text: str, blocks: object) -> set[str]:
    """Whom a message makes ring: user ids, `team:<group>`, `everyone`."""
    marked = [text, *(node["text"] for node in nodes(blocks) if node.get("type") == "mrkdwn")]
    found: set[str] = set()
    for user, group, _ in (match for one in marked for match in LIVE.findall(one)):
        found.add(user or (f"team:{group}" if group else "everyone"))
    for node in nodes(blocks):
        match node.get("type"):
            case "user" if "user_id" in node:
                found.add(node["user_id"])
            case "usergroup":
                found.add(f"team:{node['usergroup_id']}")
            case "broadcast":
                found.add("everyone")
    return found


def masked(text: str, blocks: object) -> set[tuple[str, str]]:
    """Links whose words hide where they lead: (address, words)."""
    marked = [text, *(node["text"] for node in nodes(blocks) if node.get("type") == "mrkdwn")]
    found = {link for one in marked for link in MASKED.findall(one)}
    return found | {
        (node["url"], node["text"]) for node in nodes(blocks) if node.get("type") == "link" and "text" in node
    }
