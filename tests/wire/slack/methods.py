"""The Web API methods Handrail uses, as Slack answers them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.wire.slack import blocks as block_kit
from tests.wire.slack.views import Views
from tests.wire.slack.workspace import APP, BOT_ID, BOT_USER, TEAM, Channel, Payload, Refused, Workspace

PER_CALL = {"token", "channel", "text", "blocks", "thread_ts", "icon_emoji", "icon_url", "username", "attachments"}


@dataclass(frozen=True, slots=True)
class Rule:
    """How a method may be called. `verb` is what slack-sdk and the documentation use."""

    verb: str
    json: bool
    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    scope: str | None = None
    token: str = "xoxb-"


def _rule(verb: str, json: bool, required: str, optional: str = "", scope: str | None = None, *, token: str = "xoxb-"):
    return Rule(verb, json, frozenset(required.split()), frozenset(optional.split()), scope, token)


RULES: Mapping[str, Rule] = {
    "auth.test": _rule("POST", True, ""),
    "apps.connections.open": _rule("POST", True, "", token="xapp-"),
    "chat.postMessage": _rule(
        "POST",
        True,
        "channel text",
        "blocks thread_ts username icon_url icon_emoji metadata unfurl_links unfurl_media reply_broadcast",
        "chat:write",
    ),
    "chat.update": _rule("POST", True, "channel ts text", "blocks metadata", "chat:write"),
    "chat.delete": _rule("POST", True, "channel ts", "", "chat:write"),
    "chat.postEphemeral": _rule("POST", True, "channel user text", "blocks thread_ts", "chat:write"),
    "conversations.history": _rule(
        "GET", False, "channel", "oldest latest inclusive include_all_metadata limit cursor", "channels:history"
    ),
    "conversations.info": _rule("GET", False, "channel", "include_num_members", "channels:read"),
    "conversations.replies": _rule(
        "GET", False, "channel ts", "oldest latest inclusive include_all_metadata limit cursor", "channels:history"
    ),
    "conversations.open": _rule("POST", True, "users", "return_im", "im:write"),
    "reactions.add": _rule("POST", True, "channel name timestamp", "", "reactions:write"),
    "reactions.remove": _rule("POST", True, "name", "channel timestamp", "reactions:write"),
    "views.open": _rule("POST", True, "trigger_id view"),
    "views.push": _rule("POST", True, "trigger_id view"),
    "views.update": _rule("POST", True, "view", "view_id external_id hash"),
    "views.publish": _rule("POST", True, "user_id view", "hash"),
    "users.info": _rule("GET", False, "user", "", "users:read"),
    "usergroups.list": _rule("GET", False, "", "include_users include_count", "usergroups:read"),
    "usergroups.users.list": _rule("GET", False, "usergroup", "", "usergroups:read"),
}
SCOPES = frozenset(rule.scope for rule in RULES.values() if rule.scope) | {"chat:write.customize"}

Emit = Callable[[Payload], None]


class Methods:
    """Carries methods out. `emit` sends an Events API event."""

    def __init__(self, workspace: Workspace, emit: Emit) -> None:
        self.workspace = workspace
        self.emit = emit
        self.page_cap = 1000
        self.ephemerals: list[Payload] = []
        """Everything shown to one person: {user, channel, thread_ts, ts, text, blocks}."""
        self.rung: set[str] = set()
        self.hidden_links: set[tuple[str, str]] = set()
        self.views = Views(workspace)

    def carry_out(self, method: str, given: Payload) -> Payload:
        name = "do_" + method.replace(".", "_")
        return getattr(self.views if method.startswith("views.") else self, name)(given)

    def do_auth_test(self, _: Payload) -> Payload:
        return {
            "url": "https://acme.slack.com/",
            "team": "Acme",
            "team_id": TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
        }

    def do_chat_postMessage(self, given: Payload) -> Payload:  # noqa: N802  Slack's own spelling
        channel = self.workspace.channel(given["channel"])
        self._check_content(given)
        if given.get("unfurl_links") is not False or given.get("unfurl_media") is not False:
            raise Refused("complaint", detail="unfurl flags must be false")
        message: Payload = {"bot_id": BOT_ID, "app_id": APP, "text": given["text"][:40_000]}
        message |= {name: given[name] for name in ("blocks", "thread_ts", "metadata", "icons") if given.get(name)}
        if "username" in given:
            message |= {"subtype": "bot_message", "username": given["username"]}
        else:
            message["user"] = BOT_USER
        stored = self.workspace.add(channel, message)
        self._note_live(stored)
        echo = {name: value for name, value in stored.items() if name != "metadata"}
        self.emit({**echo, "channel": channel.id, "channel_type": "channel", "event_ts": stored["ts"]})
        return {"channel": channel.id, "ts": stored["ts"], "message": echo}

    def do_chat_update(self, given: Payload) -> Payload:
        channel = self.workspace.channel(given["channel"])
        message = self.workspace.message(channel, given["ts"])
        if message.get("bot_id") != BOT_ID:
            raise Refused("cant_update_message")
        if len(given["text"]) > 4000:
            raise Refused("msg_too_long")
        self._check_content(given)
        before = dict(message)
        message["text"] = given["text"]
        message.pop("blocks", None)
        if given.get("blocks"):
            message["blocks"] = given["blocks"]
        if "metadata" in given:
            message["metadata"] = given["metadata"]
        self._note_live(message)
        self.emit(_changed(channel, message, before, self.workspace.next_ts()))
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": message}

    def do_chat_delete(self, given: Payload) -> Payload:
        channel = self.workspace.channel(given["channel"])
        message = self.workspace.message(channel, given["ts"])
        if message.get("bot_id") != BOT_ID:
            raise Refused("cant_delete_message")
        self.delete(channel, message["ts"])
        return {"channel": channel.id, "ts": given["ts"]}

    def delete(self, channel: Channel, ts: str) -> None:
        before, tombstone = self.workspace.remove(channel, ts)
        at = self.workspace.next_ts()
        if tombstone is not None:
            self.emit(_changed(channel, tombstone, before, at))
            return
        event = {"type": "message", "subtype": "message_deleted", "channel": channel.id, "channel_type": "channel"}
        self.emit({**event, "deleted_ts": ts, "previous_message": before, "ts": at, "event_ts": at})

    def do_chat_postEphemeral(self, given: Payload) -> Payload:  # noqa: N802  Slack's own spelling
        channel = self.workspace.channel(given["channel"])
        if given["user"] not in channel.members:
            raise Refused("user_not_in_channel")
        self._check_content(given)
        return {"message_ts": self.whispered(given)}

    def whispered(self, given: Payload) -> str:
        ts = self.workspace.next_ts()
        self.ephemerals.append({**given, "ts": ts})
        return ts

    def do_conversations_open(self, given: Payload) -> Payload:
        return {"channel": {"id": self.workspace.direct_channel(given["users"]).id}}

    def do_conversations_history(self, given: Payload) -> Payload:
        channel = self.workspace.channel(given["channel"])
        roots = [one for one in channel.messages.values() if one.get("thread_ts", one["ts"]) == one["ts"]]
        return self._page(list(reversed([one for one in roots if _within(one, given)])), given)

    def do_conversations_info(self, given: Payload) -> Payload:
        channel = self.workspace.channel(given["channel"], joined=False)
        private = channel.name == "private"
        if private and BOT_USER not in channel.members:
            raise Refused("channel_not_found")
        about = {"id": channel.id, "name": channel.name, "is_private": private, "is_archived": channel.archived}
        count = {"num_members": len(channel.members)} if given.get("include_num_members") == "true" else {}
        return {"channel": {**about, "is_member": BOT_USER in channel.members, **count}}

    def do_conversations_replies(self, given: Payload) -> Payload:
        channel = self.workspace.channel(given["channel"])
        root = channel.messages.get(given["ts"])
        if root is None:
            raise Refused("thread_not_found")
        replies = [one for one in channel.replies(given["ts"]) if _within(one, given)]
        return self._page([root, *replies], given)

    def _page(self, messages: list[Payload], given: Payload) -> Payload:
        start, size = int(given.get("cursor") or 0), min(int(given.get("limit", 100)), self.page_cap)
        keep_metadata = given.get("include_all_metadata") in {"1", "true", True}
        page = [
            {name: value for name, value in message.items() if name != "metadata" or keep_metadata}
            for message in messages[start : start + size]
        ]
        more = start + size < len(messages)
        cursor = str(start + size) if more else ""
        return {"messages": page, "has_more": more, "response_metadata": {"next_cursor": cursor}}

    def do_reactions_add(self, given: Payload) -> Payload:
        users = self._reaction(given)
        if BOT_USER in users:
            raise Refused("already_reacted")
        users.append(BOT_USER)
        return {}

    def do_reactions_remove(self, given: Payload) -> Payload:
        users = self._reaction(given)
        if BOT_USER not in users:
            raise Refused("no_reaction")
        users.remove(BOT_USER)
        message = self.workspace.message(self.workspace.channel(given["channel"]), given["timestamp"])
        message["reactions"] = [one for one in message["reactions"] if one["users"]]
        return {}

    def _reaction(self, given: Payload) -> list[str]:
        message = self.workspace.message(self.workspace.channel(given["channel"]), given["timestamp"])
        reactions = message.setdefault("reactions", [])
        found = next((one for one in reactions if one["name"] == given["name"]), None)
        if found is None:
            found = {"name": given["name"], "users": []}
            reactions.append(found)
        return found["users"]

    def do_users_info(self, given: Payload) -> Payload:
        if given["user"] not in self.workspace.users:
            raise Refused("user_not_found")
        return {"user": self.workspace.users[given["user"]]}

    def do_usergroups_list(self, given: Payload) -> Payload:
        count = given.get("include_count") == "true"
        return {
            "usergroups": [
                {k: v for k, v in group.items() if k != "users"}
                | ({"user_count": len(group["users"])} if count else {})
                for group in self.workspace.groups.values()
            ]
        }

    def do_usergroups_users_list(self, given: Payload) -> Payload:
        if given["usergroup"] not in self.workspace.groups:
            raise Refused("no_such_subteam")
        return {"users": self.workspace.groups[given["usergroup"]]["users"]}

    def _check_content(self, given: Payload) -> None:
        if not given["text"].strip():
            raise Refused("complaint", detail="a fallback text is always needed")
        for reason in block_kit.wrong(given.get("blocks") or []):
            raise Refused("msg_blocks_too_long" if reason == "msg_blocks_too_long" else "invalid_blocks", detail=reason)
        about: Any = given.get("metadata")
        if about is not None and set(about) != {"event_type", "event_payload"}:
            raise Refused("invalid_metadata_format", detail=str(set(about)))

    def _note_live(self, message: Payload) -> None:
        self.rung |= block_kit.live(message["text"], message.get("blocks"))
        self.hidden_links |= block_kit.masked(message["text"], message.get("blocks"))


def _within(message: Payload, given: Payload) -> bool:
    at, inclusive = float(message["ts"]), given.get("inclusive") in {"1", "true"}
    oldest, latest = float(given.get("oldest") or 0), float(given.get("latest") or "inf")
    return oldest <= at <= latest if inclusive else oldest < at < latest


def _changed(channel: Channel, message: Payload, before: Payload, ts: str) -> Payload:
    event = {"type": "message", "subtype": "message_changed", "channel": channel.id, "channel_type": "channel"}
    return {**event, "message": dict(message), "previous_message": before, "ts": ts, "event_ts": ts}
