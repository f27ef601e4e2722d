"""What a message body must look like, also where Discord's OpenAPI description is too kind."""

import re
from typing import Any

from tests.wire.discord.refusals import Refusal, bad_form

Json = dict[str, Any]
Complaints = list[tuple[str, str]]

MESSAGE_KEYS = {
    "content", "nonce", "enforce_nonce", "tts", "embeds", "allowed_mentions", "message_reference", "components",
    "sticker_ids", "flags", "attachments", "poll",
}  # fmt: skip
EMBED_KEYS = {"title", "description", "url", "timestamp", "color", "footer", "author", "fields", "type", "image",
              "thumbnail"}  # fmt: skip
_MENTION = re.compile(r"(?<!\\)<@!?(?P<user>\d+)>|(?<!\\)<@&(?P<role>\d+)>|(?<!\\)@(?P<all>everyone|here)\b")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def message(body: Json, *, editing: bool = False) -> None:
    """Raise what Discord would answer to this message."""
    complaints: Complaints = [(key, "unknown key") for key in body.keys() - MESSAGE_KEYS]
    content = body.get("content") or ""
    if len(content) > 2000:
        complaints.append(("content", "Must be 2000 or fewer in length."))
    if len(str(body.get("nonce") or "")) > 25:
        complaints.append(("nonce", "Must be 25 or fewer in length."))
    if body.get("enforce_nonce") and not body.get("nonce"):
        complaints.append(("nonce", "required with enforce_nonce"))
    complaints += _embeds(body.get("embeds") or [])
    complaints += _components(body.get("components") or [])
    complaints += _mentions(body.get("allowed_mentions"))
    if complaints:
        raise bad_form(complaints)
    if (
        not editing
        and not content.strip()
        and not any(body.get(key) for key in ("embeds", "components", "attachments"))
    ):
        raise Refusal(400, 50006, "Cannot send an empty message")


def _embeds(embeds: list[Json]) -> Complaints:
    found: Complaints = []
    if len(embeds) > 10:
        found.append(("embeds", "Must be 10 or fewer in length."))
    total = 0
    for place, embed in enumerate(embeds):
        here = f"embeds.{place}"
        found += [(f"{here}.{key}", "unknown key") for key in embed.keys() - EMBED_KEYS]
        texts = [
            ("title", embed.get("title"), 256),
            ("description", embed.get("description"), 4096),
            ("footer.text", (embed.get("footer") or {}).get("text"), 2048),
            ("author.name", (embed.get("author") or {}).get("name"), 256),
        ]
        fields = embed.get("fields") or []
        if len(fields) > 25:
            found.append((f"{here}.fields", "Must be 25 or fewer in length."))
        for number, field in enumerate(fields):
            texts += [(f"fields.{number}.name", field["name"], 256), (f"fields.{number}.value", field["value"], 1024)]
        for name, text, limit in texts:
            total += len((text or "").strip())
            if text and len(text.strip()) > limit:
                found.append((f"{here}.{name}", f"Must be {limit} or fewer in length."))
        url = embed.get("url")
        if url is not None and not re.match(r"https?://", url):
            found.append((f"{here}.url", "Not a well formed URL."))
    if total > 6000:
        found.append(("embeds", "Embed size exceeds maximum size of 6000"))
    return found


def _components(rows: list[Json]) -> Complaints:
    found: Complaints = []
    if len(rows) > 5:
        found.append(("components", "Must be 5 or fewer in length."))
    seen: set[str] = set()
    for place, row in enumerate(rows):
        here = f"components.{place}"
        items = row.get("components") or []
        if row.get("type") != 1 or not items:
            found.append((here, "Must be an action row with components."))
        if len(items) > 5 or (len(items) > 1 and any(item["type"] != 2 for item in items)):
            found.append((f"{here}.components", "Component layout width exceeded"))
        for number, item in enumerate(items):
            found += [(f"{here}.components.{number}.{part}", why) for part, why in _item(item, seen)]
    return found


def _item(item: Json, seen: set[str]) -> Complaints:
    found: Complaints = []
    custom_id = item.get("custom_id")
    if item["type"] == 2 and item.get("style") == 5:
        if custom_id is not None or not 0 < len(item.get("url") or "") <= 512:
            found.append(("url", "A link button has a url of 512 or fewer and no custom_id."))
    elif not custom_id or len(custom_id) > 100:
        found.append(("custom_id", "Must be between 1 and 100 in length."))
    elif custom_id in seen:
        found.append(("custom_id", "Component custom id cannot be duplicated"))
    seen.add(custom_id or "")
    if item["type"] == 2 and not 0 < len(item.get("label") or "") <= 80:
        found.append(("label", "Must be between 1 and 80 in length."))
    if item["type"] == 3:
        options = item.get("options") or []
        if not 0 < len(options) <= 25 or len({option["value"] for option in options}) != len(options):
            found.append(("options", "Must be between 1 and 25 in length, with unique values."))
        if len(item.get("placeholder") or "") > 150:
            found.append(("placeholder", "Must be 150 or fewer in length."))
        for option in options:
            if not 0 < len(option["label"]) <= 100 or not 0 < len(option["value"]) <= 100:
                found.append(("options", "Label and value must be between 1 and 100 in length."))
    return found


def _mentions(allowed: Json | None) -> Complaints:
    if allowed is None:
        return []
    parse = set(allowed.get("parse") or [])
    return [
        ("allowed_mentions", f"parse:[{kind!r}] and {kind}: [ids] are mutually exclusive.")
        for kind in ("users", "roles")
        if kind in parse and allowed.get(kind)
    ]


def pinged(content: str, allowed: Json | None) -> list[str]:
    """Who hears a sound: ids of users and roles, `everyone`, `here`. Without allowed_mentions all that is written."""
    heard: list[str] = []
    parse = {"users", "roles", "everyone"} if allowed is None else set(allowed.get("parse") or [])
    users = {str(one) for one in (allowed or {}).get("users") or []}
    roles = {str(one) for one in (allowed or {}).get("roles") or []}
    for found in _MENTION.finditer(_CODE.sub("", content)):
        user, role, everybody = found["user"], found["role"], found["all"]
        if user and ("users" in parse or user in users):
            heard.append(user)
        elif role and ("roles" in parse or role in roles):
            heard.append(role)
        elif everybody and "everyone" in parse:
            heard.append(everybody)
    return heard
