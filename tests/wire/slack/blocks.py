"""What Slack refuses in blocks, what people read of them, and what in them is live."""

import re
from collections.abc import Iterator
from typing import Any

from tests.wire.slack.elements import KEYS as ELEMENTS
from tests.wire.slack.elements import wrong_element, wrong_text

Block = dict[str, Any]

KEYS = {
    "section": {"type", "block_id", "text", "fields", "accessory", "expand"},
    "header": {"type", "block_id", "text"},
    "context": {"type", "block_id", "elements"},
    "actions": {"type", "block_id", "elements"},
    "divider": {"type", "block_id"},
    "rich_text": {"type", "block_id", "elements"},
    "image": {"type", "block_id", "alt_text", "title", "image_url", "slack_file"},
    "input": {"type", "block_id", "label", "element", "dispatch_action", "hint", "optional"},
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


def wrong(blocks: object, *, most: int = 50) -> Iterator[str]:
    """Every reason why Slack would refuse these blocks; `most` is 100 in modals and home tabs."""
    if not isinstance(blocks, list):
        yield "blocks is no list"
        return
    if len(blocks) > most:
        yield f"{len(blocks)} blocks, at most {most}"
    for block in blocks:
        yield from _wrong_block(block)
    ids = [element["action_id"] for element in interactive(blocks) if "action_id" in element]
    if len(ids) != len(set(ids)):
        yield "an action_id stands twice"
    named = [block["block_id"] for block in blocks if "block_id" in block]
    if len(named) != len(set(named)) or any(not 1 <= len(name) <= 255 for name in named):
        yield "a block_id stands twice, or is empty, or is over 255"
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
            yield from _wrong_section(block)
        case "header":
            yield from wrong_text(block.get("text"), 150, plain=True)
        case "context":
            if not 1 <= len(elements) <= 10:
                yield f"context of {len(elements)} elements, at most 10"
            for element in elements:
                if element.get("type") == "image":
                    yield from _wrong_image(element)
                else:
                    yield from wrong_text(element, 3000)
        case "actions":
            if not 1 <= len(elements) <= 25:
                yield f"actions of {len(elements)} elements, at most 25"
            for element in elements:
                yield from wrong_element(element, "actions")
        case "input":
            yield from wrong_text(block.get("label"), 2000, plain=True)
            yield from wrong_element(block.get("element"), "input")
            if "hint" in block:
                yield from wrong_text(block["hint"], 2000, plain=True)
        case "image":
            yield from _wrong_image(block)
        case "rich_text":
            if not elements:
                yield "empty rich_text"
            for element in elements:
                yield from _wrong_rich(element)


def _wrong_section(block: Block) -> Iterator[str]:
    fields = block.get("fields", [])
    if "text" in block or not fields:
        yield from wrong_text(block.get("text"), 3000)
    if len(fields) > 10:
        yield f"section of {len(fields)} fields, at most 10"
    for field in fields:
        yield from wrong_text(field, 2000)
    if (accessory := block.get("accessory")) is not None:
        if accessory.get("type") == "image":
            yield from _wrong_image(accessory)
        else:
            yield from wrong_element(accessory, "section")


def _wrong_image(image: Block) -> Iterator[str]:
    if not 1 <= len(image.get("alt_text", "")) <= 2000:
        yield "image without alt_text"
    if ("image_url" in image) == ("slack_file" in image) or len(image.get("image_url", "")) > 3000:
        yield "image: either image_url (3000) or slack_file"


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
    return [node for node in nodes(blocks) if node.get("type") in ELEMENTS]


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


def pressable(blocks: object, label: str) -> tuple[Block, Block]:
    """The button or choice of this label, and what an interaction tells of it."""
    for element in interactive(blocks):
        if element["type"] == "button" and element["text"]["text"] == label:
            return element, {"value": element.get("value"), "text": element["text"]}
        for option in element.get("options", ()):
            if option["text"]["text"] == label:
                many = element["type"] == "checkboxes"
                return element, {"selected_options": [option]} if many else {"selected_option": option}
    raise AssertionError(f"no button {label!r} in {shown(blocks)!r}")
