"""Reading back: channels and threads page by page, with metadata only when asked for, and late if told so."""

import base64
import binascii

from tests.wire.slack.chat import without_metadata
from tests.wire.slack.rules import TRUE
from tests.wire.slack.workspace import Channel, Payload, Refused, Workspace

MOST = 1000
FEW_OBJECTS = 15
"""Objects per answer for an app that is distributed outside the Marketplace."""


class Reading:
    """conversations.history and .replies.

    `lag` in seconds of the test's clock hides what is younger; `blind` is how many reads in a row see nothing of it.
    `root_on_every_page` settles what nobody documents: does a thread's root stand before each page of replies?
    """

    def __init__(self, workspace: Workspace) -> None:
        self.page_cap = MOST
        self.lag = 0.0
        self.blind = 0
        self.root_on_every_page = False
        self.workspace = workspace

    def do_conversations_history(self, given: Payload) -> Payload:
        channel = self.workspace.channel(given["channel"], writing=False)
        mine = [one for one in self._visible(channel) if self._in_channel(one) and _within(one, given)]
        return self._page(channel, list(reversed(mine)), given)

    def do_conversations_replies(self, given: Payload) -> Payload:
        channel = self.workspace.channel(given["channel"], writing=False)
        visible = {one["ts"]: one for one in self._visible(channel)}
        root = visible.get(given["ts"])
        if root is None:
            raise Refused("thread_not_found")
        if root.get("thread_ts", root["ts"]) != root["ts"]:
            return self._page(channel, [root], given)
        replies = [one for one in channel.replies(root["ts"]) if one["ts"] in visible and _within(one, given)]
        if self.root_on_every_page:
            return self._page(channel, replies, given, before=root)
        return self._page(channel, [root, *replies], given)

    @staticmethod
    def _in_channel(message: Payload) -> bool:
        return message.get("thread_ts", message["ts"]) == message["ts"] or message.get("subtype") == "thread_broadcast"

    def _visible(self, channel: Channel) -> list[Payload]:
        if self.blind:
            self.blind -= 1
            return [one for one in channel.messages.values() if self._age(channel, one) > max(self.lag, 60.0)]
        return [one for one in channel.messages.values() if not self.lag or self._age(channel, one) >= self.lag]

    def _age(self, channel: Channel, message: Payload) -> float:
        return (self.workspace.now() - channel.written[message["ts"]]).total_seconds()

    def _page(
        self, channel: Channel, found: list[Payload], given: Payload, *, before: Payload | None = None
    ) -> Payload:
        start, size = _start(given), min(_limit(given), self.page_cap)
        whole = given.get("include_all_metadata") in TRUE
        page = ([before] if before is not None else []) + found[start : start + size]
        more = start + size < len(found)
        cursor = base64.b64encode(f"next:{start + size}".encode()).decode() if more else ""
        told = [described(channel, one) if whole else without_metadata(described(channel, one)) for one in page]
        return {"messages": told, "has_more": more, "response_metadata": {"next_cursor": cursor}}


def described(channel: Channel, message: Payload) -> Payload:
    """A message as reading shows it: a root counts its replies, a reply names its root's author."""
    replies = channel.replies(message["ts"])
    if replies:
        users = list(dict.fromkeys(one.get("user") or one.get("bot_id") for one in replies))
        counted = {"reply_count": len(replies), "reply_users_count": len(users), "latest_reply": replies[-1]["ts"]}
        return {**message, "thread_ts": message["ts"], **counted, "reply_users": users[:5]}
    root = channel.messages.get(message.get("thread_ts", ""))
    if root is not None and root["ts"] != message["ts"] and root.get("user"):
        return {**message, "parent_user_id": root["user"]}
    return dict(message)


def _within(message: Payload, given: Payload) -> bool:
    at, inclusive = float(message["ts"]), given.get("inclusive") in TRUE
    oldest, latest = _moment(given, "oldest", "0"), _moment(given, "latest", "inf")
    return oldest <= at <= latest if inclusive else oldest < at < latest


def _moment(given: Payload, name: str, default: str) -> float:
    try:
        return float(given.get(name) or default)
    except ValueError:
        raise Refused(f"invalid_ts_{name}") from None


def _limit(given: Payload) -> int:
    limit = int(given.get("limit") or 100)
    if not 1 <= limit <= MOST:
        raise Refused("invalid_limit")
    return limit


def _start(given: Payload) -> int:
    if not given.get("cursor"):
        return 0
    try:
        return int(base64.b64decode(given["cursor"]).decode().removeprefix("next:"))
    except (ValueError, binascii.Error):
        raise Refused("invalid_cursor") from None
