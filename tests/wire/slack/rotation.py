"""Token rotation, which an app can be switched to: tokens of twelve hours, refresh tokens of one use."""

import itertools
from datetime import timedelta

from tests.wire.slack.gate import Gate
from tests.wire.slack.workspace import Payload, Refused, Workspace

LIFE = timedelta(hours=12)


class Rotation:
    """`start` switches it on. A refresh token that was used is worth nothing: whoever lost its answer is locked out."""

    def __init__(self, workspace: Workspace, gate: Gate) -> None:
        self.refresh: str | None = None
        """The one refresh token that is good now."""
        self._workspace = workspace
        self._gate = gate
        self._numbers = itertools.count(1)

    def start(self) -> str:
        """The first refresh token; from now on the bot's token dies after twelve hours of the test's clock."""
        self._gate.good_until = self._workspace.now() + LIFE
        self.refresh = f"xoxe-1-{self._workspace.team}-{next(self._numbers)}"
        return self.refresh

    def knows(self, refresh: object) -> bool:
        return self.refresh is not None and f"-{self._workspace.team}-" in str(refresh)

    def do_oauth_v2_access(self, given: Payload) -> Payload:
        if given.get("grant_type") != "refresh_token" or given.get("refresh_token") != self.refresh:
            raise Refused("invalid_refresh_token")
        refresh = self.start()
        self._gate.dead.add(self._gate.bot_token)
        self._gate.bot_token = f"xoxe.xoxb-{self._workspace.team}-{next(self._numbers)}"
        life = {"expires_in": int(LIFE.total_seconds()), "refresh_token": refresh}
        return {"access_token": self._gate.bot_token, "token_type": "bot", "app_id": self._workspace.app, **life}
