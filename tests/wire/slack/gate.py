"""What Slack looks at before it carries a call out: token, verb, encoding, scopes, arguments."""

import re
from datetime import datetime

from aiohttp import web

from tests.wire.slack.manifests import Grants
from tests.wire.slack.rules import RULES, TRUE, Rule
from tests.wire.slack.workspace import Payload, Refused, Workspace

STAMPS = {"ts", "thread_ts", "timestamp", "message_ts"}
TS = re.compile(r"\d{1,10}\.\d{1,6}")
TEXTS = STAMPS | {"channel", "channel_id", "user", "user_id", "text", "name", "username", "trigger_id", "hash"}
FLAGS = {"unfurl_links", "unfurl_media", "reply_broadcast", "inclusive", "include_all_metadata", "include_num_members"}


class Gate:
    """The tokens of one installation and what they allow. A dead token keeps the error it died of."""

    def __init__(self, workspace: Workspace, bot_token: str, app_token: str, scopes: set[str]) -> None:
        self.bot_token = bot_token
        self.app_token = app_token
        self.scopes = scopes
        self.app_scopes = {"connections:write"}
        self.revoked = False
        self.deactivated = False
        """The installation's account was switched off."""
        self.dead: set[str] = set()
        self.good_until: datetime | None = None
        """Only with token rotation."""
        self._workspace = workspace

    def knows(self, token: str) -> bool:
        return token in {self.bot_token, self.app_token, *self.dead}

    def opens(self, token: str) -> bool:
        """May this token fetch private files?"""
        alive = token == self.bot_token and not self.revoked and not self.deactivated
        return alive and "files:read" in self.scopes

    def check(self, request: web.Request, method: str, given: Payload) -> None:
        """Raises: Refused."""
        rule = RULES.get(method)
        if rule is None:
            raise Refused("complaint", detail=f"unknown method {method}")
        self._check_token(token_of(request), rule)
        if request.method != rule.verb:
            raise Refused("complaint", detail=f"{method} by {request.method}")
        if request.content_type == "application/json" and not rule.json:
            raise Refused("complaint", detail=f"{method} takes no JSON")
        self._check_scopes(rule, given)
        if wrong := wrong_types(given):
            raise Refused("invalid_arguments", detail=f"{method}: {wrong}")
        if missing := rule.required - given.keys():
            raise Refused("invalid_arguments", detail=f"{method} without {sorted(missing)}")
        # Slack knows client_msg_id but documents it nowhere: harmless, and nothing to rely on.
        if unknown := given.keys() - rule.required - rule.optional - {"client_msg_id"}:
            raise Refused("invalid_arguments", detail=f"{method} with {sorted(unknown)}")

    def check_features(self, method: str, given: Payload, grants: Grants) -> None:
        """Raises: Refused for what the manifest switched off."""
        if method == "views.publish" and not grants.home:
            raise Refused("not_enabled")
        if method == "chat.postMessage" and str(given.get("channel", "")).startswith("D") and not grants.messages:
            raise Refused("messages_tab_disabled")

    def _check_token(self, token: str, rule: Rule) -> None:
        if not rule.token:
            return
        if not token:
            raise Refused("not_authed")
        if not token.removeprefix("xoxe.").startswith(rule.token):
            raise Refused("not_allowed_token_type")
        if token in self.dead:
            raise Refused("token_revoked")
        if token not in {self.bot_token, self.app_token}:
            raise Refused("invalid_auth")
        if token == self.app_token:
            # It belongs to the app, not to the installation that was revoked.
            return
        if self.good_until is not None and self._workspace.now() >= self.good_until:
            raise Refused("token_expired")
        if self.deactivated:
            raise Refused("account_inactive")
        if self.revoked:
            raise Refused("token_revoked")

    def _check_scopes(self, rule: Rule, given: Payload) -> None:
        if rule.token == "xapp-":
            if "connections:write" not in self.app_scopes:
                raise Refused("missing_scope", needed="connections:write", provided="")
            return
        place = self._workspace.channels.get(str(given.get("channel")))
        scope = rule.needs(place.kind if place is not None else "public")
        needed = {scope} if scope else set()
        if given.keys() & {"username", "icon_url", "icon_emoji"}:
            needed.add("chat:write.customize")
        for scope in sorted(needed - self.scopes):
            raise Refused("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))


def wrong_types(given: Payload) -> list[str]:
    """A ts that went through a number has lost digits; names, ids and words are texts, flags are flags."""
    found = [f"{name} is no text" for name in TEXTS & given.keys() if not isinstance(given[name], str)]
    found += [
        f"{name} {given[name]!r} is no ts" for name in STAMPS & given.keys() if not TS.fullmatch(str(given[name]))
    ]
    flags = {True, False, *TRUE, "0", "false"}
    return found + [f"{name} is no flag" for name in FLAGS & given.keys() if given[name] not in flags]


def token_of(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer").strip()
