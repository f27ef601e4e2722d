"""Posting, editing, deleting, whispering and marking."""

import re
from collections.abc import Callable

from tests.wire.slack import blocks as block_kit
from tests.wire.slack import content
from tests.wire.slack.rules import TRUE
from tests.wire.slack.workspace import Channel, Payload, Refused, Workspace

EMOJI = re.compile(r"[a-z0-9_+'-]+(?:::skin-tone-[2-6])?")
Emit = Callable[[Payload], None]


class Chat:
    """`emit` sends an Events API event."""

    def __init__(self, workspace: Workspace, emit: Emit) -> None:
        self.workspace = workspace
        self.emit = emit
        self.ephemerals: list[Payload] = []
        """Everything shown to one person: {user, channel, thread_ts, ts, text, blocks}."""
        self.rung: set[str] = set()
        self.hidden_links: set[tuple[str, str]] = set()
        self.suspects: list[str] = []
        """What end users wrote, if a test told."""
        self.dedupes = False
        """Does a second post with the same client_msg_id become no message? Slack promises neither."""

    def do_chat_postMessage(self, given: Payload) -> Payload:  # noqa: N802  Slack's own spelling
        channel = self.workspace.channel(given["channel"])
        content.check(given, self.suspects)
        if self.dedupes and (twin := self._twin(channel, given)) is not None:
            return {"channel": channel.id, "ts": twin["ts"], "message": without_metadata(twin)}
        if given.get("unfurl_links") is not False or given.get("unfurl_media") is not False:
            raise Refused("complaint", detail="unfurl flags must be false")
        message: Payload = {"bot_id": self.workspace.bot_id, "app_id": self.workspace.app, "text": given["text"]}
        message |= {name: given[name] for name in ("thread_ts", "icons", "client_msg_id") if given.get(name)}
        message |= {name: content.parsed(given[name]) for name in ("blocks", "metadata") if given.get(name)}
        if "username" in given:
            message |= {"subtype": "bot_message", "username": given["username"]}
        else:
            message["user"] = self.workspace.bot_user
        if given.get("reply_broadcast") in TRUE:
            if "thread_ts" not in message:
                raise Refused("complaint", detail="reply_broadcast without a thread")
            message["subtype"] = "thread_broadcast"
        stored = self.workspace.add(channel, message)
        self._note_live(stored)
        echo = without_metadata(stored)
        self.said(channel, stored)
        return {"channel": channel.id, "ts": stored["ts"], "message": echo}

    @staticmethod
    def _twin(channel: Channel, given: Payload) -> Payload | None:
        mark = given.get("client_msg_id")
        return next((one for one in channel.messages.values() if mark and one.get("client_msg_id") == mark), None)

    def said(self, channel: Channel, stored: Payload) -> None:
        """Tell the app of a message, as of everybody's: its own come back to it too, but without their metadata."""
        echo = without_metadata(stored)
        self.emit({**echo, "channel": channel.id, "channel_type": channel.type, "event_ts": stored["ts"]})
        if stored.get("metadata"):
            told = {
                "app_id": self.workspace.app,
                "bot_id": self.workspace.bot_id,
                "user_id": self.workspace.bot_user,
                "team_id": self.workspace.team,
            }
            told |= {"channel_id": channel.id, "message_ts": stored["ts"], "event_ts": stored["ts"]}
            self.emit({"type": "message_metadata_posted", **told, "metadata": stored["metadata"]})

    def do_chat_update(self, given: Payload) -> Payload:
        channel = self.workspace.channel(given["channel"])
        message = self.workspace.message(channel, given["ts"])
        if message.get("bot_id") != self.workspace.bot_id:
            raise Refused("cant_update_message")
        if len(given["text"]) > content.LONGEST_EDIT:
            raise Refused("msg_too_long")
        content.check(given, self.suspects)
        before = dict(message)
        message["text"] = given["text"]
        message.pop("blocks", None)
        if given.get("blocks"):
            message["blocks"] = content.parsed(given["blocks"])
        else:
            message["edited"] = {"user": self.workspace.bot_user, "ts": self.workspace.next_ts()}
        if "metadata" in given:
            message["metadata"] = content.parsed(given["metadata"])
        self._note_live(message)
        self.emit(changed(channel, message, before, self.workspace.next_ts()))
        return {
            "channel": channel.id,
            "ts": message["ts"],
            "text": message["text"],
            "message": without_metadata(message),
        }

    def do_chat_delete(self, given: Payload) -> Payload:
        channel = self.workspace.channel(given["channel"])
        message = self.workspace.message(channel, given["ts"])
        if message.get("bot_id") != self.workspace.bot_id:
            raise Refused("cant_delete_message")
        self.delete(channel, message["ts"])
        return {"channel": channel.id, "ts": given["ts"]}

    def delete(self, channel: Channel, ts: str) -> None:
        before, tombstone = self.workspace.remove(channel, ts)
        at = self.workspace.next_ts()
        if tombstone is not None:
            self.emit(changed(channel, tombstone, before, at))
            return
        event = {"type": "message", "subtype": "message_deleted", "channel": channel.id, "channel_type": channel.type}
        before = without_metadata(before)
        self.emit({**event, "deleted_ts": ts, "hidden": True, "previous_message": before, "ts": at, "event_ts": at})

    def do_chat_postEphemeral(self, given: Payload) -> Payload:  # noqa: N802  Slack's own spelling
        channel = self.workspace.channel(given["channel"])
        if given["user"] not in channel.members:
            raise Refused("user_not_in_channel")
        content.check(given, self.suspects)
        return {"message_ts": self.whispered(given)}

    def whispered(self, given: Payload) -> str:
        ts = self.workspace.next_ts()
        self.ephemerals.append({**given, "ts": ts})
        return ts

    def do_chat_getPermalink(self, given: Payload) -> Payload:  # noqa: N802  Slack's own spelling
        channel = self.workspace.channel(given["channel"], joined=False)
        ts = self.workspace.message(channel, given["message_ts"])["ts"]
        root = channel.messages[ts].get("thread_ts", ts)
        under = f"?thread_ts={root}&cid={channel.id}" if root != ts else ""
        address = f"https://{self.workspace.domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}{under}"
        return {"channel": channel.id, "permalink": address}

    def do_reactions_add(self, given: Payload) -> Payload:
        users = self._reaction(given)
        if self.workspace.bot_user in users:
            raise Refused("already_reacted")
        users.append(self.workspace.bot_user)
        self._reacted("reaction_added", given)
        return {}

    def do_reactions_remove(self, given: Payload) -> Payload:
        users = self._reaction(given)
        if self.workspace.bot_user not in users:
            raise Refused("no_reaction")
        users.remove(self.workspace.bot_user)
        message = self.workspace.message(self.workspace.channel(given["channel"]), given["timestamp"])
        message["reactions"] = [one for one in message["reactions"] if one["users"]]
        self._reacted("reaction_removed", given)
        return {}

    def _reacted(self, kind: str, given: Payload) -> None:
        item = {"type": "message", "channel": given["channel"], "ts": given["timestamp"]}
        at = self.workspace.next_ts()
        self.emit(
            {"type": kind, "user": self.workspace.bot_user, "reaction": given["name"], "item": item, "event_ts": at}
        )

    def _reaction(self, given: Payload) -> list[str]:
        if not EMOJI.fullmatch(given["name"]):
            raise Refused("invalid_name")
        message = self.workspace.message(self.workspace.channel(given["channel"]), given["timestamp"])
        reactions = message.setdefault("reactions", [])
        found = next((one for one in reactions if one["name"] == given["name"]), None)
        if found is None:
            found = {"name": given["name"], "users": []}
            reactions.append(found)
        return found["users"]

    def _note_live(self, message: Payload) -> None:
        self.rung |= block_kit.live(message["text"], message.get("blocks"))
        self.hidden_links |= block_kit.masked(message["text"], message.get("blocks"))


def without_metadata(message: Payload) -> Payload:
    return {name: value for name, value in message.items() if name != "metadata"}


def changed(channel: Channel, message: Payload, before: Payload, ts: str) -> Payload:
    event = {"type": "message", "subtype": "message_changed", "channel": channel.id, "channel_type": channel.type}
    told = {"message": without_metadata(message), "previous_message": without_metadata(before)}
    return {**event, **told, "hidden": True, "ts": ts, "event_ts": ts}
