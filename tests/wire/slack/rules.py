"""How each Web API method may be called, after its page at docs.slack.dev. Only methods Handrail has a use for."""

from collections.abc import Mapping
from dataclasses import dataclass

KINDS = {"public": "channels", "private": "groups", "im": "im"}


@dataclass(frozen=True, slots=True)
class Rule:
    """`verb` is what slack-sdk and the documentation use. A scope `*:read` depends on the kind of the channel."""

    verb: str
    json: bool
    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    scope: str | None = None
    token: str = "xoxb-"
    """How the token begins; empty for methods that take none."""
    tier: int = 3
    """1 to 4 as documented; 5 is Slack's `special`, which for all but posts means generous."""

    def needs(self, kind: str) -> str | None:
        return self.scope.replace("*", KINDS[kind]) if self.scope else None


def _post(required: str, optional: str = "", scope: str | None = None, *, tier: int = 3, token: str = "xoxb-") -> Rule:
    return Rule("POST", True, frozenset(required.split()), frozenset(optional.split()), scope, token, tier)


def _form(required: str) -> Rule:
    return Rule("POST", False, frozenset(required.split()), frozenset(), None, "", 5)


def _read(required: str, optional: str = "", scope: str | None = None, *, tier: int = 3) -> Rule:
    return Rule("GET", False, frozenset(required.split()), frozenset(optional.split()), scope, "xoxb-", tier)


PAGED = "oldest latest inclusive include_all_metadata limit cursor"

RULES: Mapping[str, Rule] = {
    "auth.test": _post("", tier=5),
    "apps.connections.open": _post("", token="xapp-"),
    "bots.info": _read("bot", "team_id", "users:read"),
    "chat.postMessage": _post(
        "channel text",
        "blocks thread_ts username icon_url icon_emoji metadata unfurl_links unfurl_media reply_broadcast",
        "chat:write",
        tier=5,
    ),
    "chat.update": _post("channel ts text", "blocks metadata reply_broadcast", "chat:write"),
    "chat.delete": _post("channel ts", "", "chat:write"),
    "chat.postEphemeral": _post("channel user text", "blocks thread_ts", "chat:write", tier=4),
    "chat.getPermalink": _read("channel message_ts", tier=5),
    "conversations.history": _read("channel", PAGED, "*:history"),
    "conversations.info": _read("channel", "include_num_members include_locale", "*:read"),
    "conversations.join": _post("channel", "", "channels:join"),
    "conversations.members": _read("channel", "cursor limit", "*:read", tier=4),
    "conversations.replies": _read("channel ts", PAGED, "*:history"),
    "conversations.open": _post("users", "return_im prevent_creation", "im:write"),
    # The page takes no JSON, and slack-sdk posts the arguments in the query.
    "files.getUploadURLExternal": Rule(
        "POST", False, frozenset({"length", "filename"}), frozenset({"snippet_type", "alt_txt"}), "files:write", tier=4
    ),
    "files.completeUploadExternal": _post(
        "files",
        "channel_id thread_ts channels initial_comment blocks username icon_url icon_emoji",
        "files:write",
        tier=4,
    ),
    "files.info": _read("file", "count cursor limit page", "files:read", tier=4),
    "files.delete": _post("file", "", "files:write"),
    # Goes by the app's own id and secret; only ever to refresh a token here.
    "oauth.v2.access": _form("client_id client_secret grant_type refresh_token"),
    "reactions.add": _post("channel name timestamp", "", "reactions:write"),
    "reactions.remove": _post("name", "channel timestamp", "reactions:write", tier=2),
    "users.info": _read("user", "include_locale", "users:read", tier=4),
    "users.lookupByEmail": _read("email", "", "users:read.email"),
    "usergroups.list": _read("", "include_users include_count include_disabled", "usergroups:read", tier=2),
    "usergroups.users.list": _read("usergroup", "include_disabled", "usergroups:read", tier=2),
    "views.open": _post("trigger_id view", tier=4),
    "views.push": _post("trigger_id view", tier=4),
    "views.update": _post("view", "view_id external_id hash", tier=4),
    "views.publish": _post("user_id view", "hash", tier=4),
}
TRUE = {"1", "true", True}
