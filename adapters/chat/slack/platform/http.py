"""HTTP mode: Slack posts to the daemon's own listener. Who signed it is judged first, then whom it concerns.

docs.slack.dev/authentication/verifying-requests-from-slack: v0=HMAC-SHA256("v0:timestamp:body"), five minutes.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from adapters.chat.slack.platform.canary import Canary
from bridge.ports.chat import Health
from bridge.ports.clock import Clock
from bridge.ports.knocking import Knock, Reply

log = structlog.get_logger(__name__)

TOLERANCE: Final = 300.0
FIELDS_AT_MOST: Final = 200
NOTED_EVERY: Final = 60.0
UNSIGNED: Final = "This is not signed with the signing secret this address knows (Basic Information → Signing Secret)."
NOT_YET: Final = "Not connected yet. Try again."


class SigningDoor:
    """The one address of a workspace in HTTP mode. Behind it is the same app that Socket Mode feeds."""

    def __init__(self, name: str, secret: SecretStr, canary: Canary, clock: Clock) -> None:
        self._name = name
        self._secret = secret
        self._canary = canary
        self._clock = clock
        self._app: AsyncApp | None = None
        self._refused = 0
        self._noted_at: float | None = None

    async def keep(self, app: AsyncApp) -> None:
        """Let requests in until cancelled."""
        self._app = app
        try:
            await asyncio.Event().wait()
        finally:
            self._app = None

    @property
    def health(self) -> Health:
        """Nothing is connected: it is well while Slack takes our token and both clocks agree."""
        since, skew = self._canary.well_since, self._canary.skew
        if skew is not None and abs(skew.total_seconds()) > TOLERANCE:
            off = f"{abs(skew.total_seconds()):.0f} s {'ahead of' if skew.total_seconds() > 0 else 'behind'} Slack's"
            trouble = f"This machine's clock is {off}: its requests are refused. Have the clock set by NTP."
            return Health(connected=False, since=since, trouble=trouble)
        return Health(connected=since is not None and self._app is not None, since=since)

    async def __call__(self, knock: Knock) -> Reply:
        refused = self._refusal(knock)
        if refused is not None:
            self._note(refused)
            return Reply(status=401, text=refused)
        body = _read(knock)
        if body is None:
            return Reply(status=400, text="This is no request of Slack's.")
        if body.get("type") == "url_verification":
            # Asked while the app is set up, before it has a token we could ask about it.
            return Reply(status=200, text=str(body.get("challenge") or ""))
        if body.get("ssl_check"):
            return Reply(status=200)
        if self._app is None:
            return Reply(status=503, text=NOT_YET)
        # As a dict, since Bolt's own reading of a form takes a command that says "payload" for a click.
        answer = await self._app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
        # 404 is Bolt's word for what nobody handles; Slack would send it three times more.
        status = 200 if answer.status == 404 else answer.status
        kind = "application/json" if answer.body.startswith("{") else "text/plain"
        return Reply(status=status, text=answer.body if status == 200 else "", content_type=kind)

    def _note(self, refused: str) -> None:
        """Once a minute: anybody may post here, and fill the log."""
        self._refused += 1
        now = self._clock.monotonic()
        if self._noted_at is None or now - self._noted_at >= NOTED_EVERY:
            log.warning("slack_request_refused", platform=self._name, why=refused, refused_so_far=self._refused)
            self._noted_at = now

    def _refusal(self, knock: Knock) -> str | None:
        """Why it is not believed; whatever goes wrong while it is judged counts against it."""
        try:
            stamp, given = knock.headers["x-slack-request-timestamp"], knock.headers["x-slack-signature"]
            signed = b"v0:" + stamp.encode("ascii") + b":" + knock.body
            wanted = "v0=" + hmac.new(self._secret.get_secret_value().encode(), signed, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(wanted.encode("ascii"), given.encode("ascii")):
                return UNSIGNED
            return _stale(int(stamp), self._clock.now())
        except Exception:  # noqa: BLE001  a stranger chooses these bytes: none of them may be worth a 500
            return UNSIGNED


def _stale(stamp: int, now: datetime) -> str | None:
    away = now.timestamp() - stamp
    if abs(away) <= TOLERANCE:
        return None
    return (
        f"Signed {abs(away):.0f} s {'ago' if away > 0 else 'ahead of now'} by this machine's clock, five minutes are "
        "allowed: it is a replay, or the clock is wrong. Have it set by NTP."
    )


def _read(knock: Knock) -> dict[str, Any] | None:
    """Events are JSON; clicks are JSON in a form's field; commands are a form."""
    try:
        text = knock.body.decode("utf-8")
        if knock.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
            body = json.loads(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_AT_MOST))
            body = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        return None
    return dict(body) if isinstance(body, Mapping) else None
