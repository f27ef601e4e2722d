"""HTTP mode: signed requests to the app's address, each retried as Slack retries."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from tests.wire.slack.events_out import Envelope, WayOut
from tests.wire.slack.workspace import Payload, Workspace

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as it went out, so that a test can send the very same again."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: str
    headers: Mapping[str, str]


class HttpMode(WayOut):
    """`url` is the request URL of the manifest. `pace` of the retries and the three seconds as in Socket Mode."""

    def __init__(self, workspace: Workspace, url: str, secret: str = SECRET) -> None:
        super().__init__(workspace)
        self.url = url
        self.secret = secret
        self.sent: list[Sent] = []
        self.answers: list[Answered] = []

    async def hand_over(self, envelope: Envelope) -> Envelope:
        loop = asyncio.get_running_loop()
        began = loop.time()
        headers = {}
        if envelope.retry:
            headers = {"X-Slack-Retry-Num": str(envelope.retry), "X-Slack-Retry-Reason": envelope.reason}
        self.envelopes.append(envelope)
        envelope.reason = "http_error"
        try:
            answer = await self.deliver(envelope.kind, envelope.payload, headers=headers)
        except TimeoutError:
            envelope.reason = "http_timeout"
        except aiohttp.ClientError:
            envelope.reason = "connection_failed"
        else:
            envelope.acked_after = loop.time() - began
            if answer.headers.get("X-Slack-No-Retry") == "1" or 200 <= answer.status < 300:
                envelope.acked.set()
            if envelope.kind != "events_api" and answer.status == 200 and answer.body:
                is_json = answer.headers.get("Content-Type", "").startswith("application/json")
                envelope.answer = json.loads(answer.body) if is_json else {"text": answer.body}
        return envelope

    async def deliver(
        self,
        kind: str,
        payload: Payload,
        *,
        secret: str | None = None,
        at: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """One request, signed by `secret` at the second `at`: both may be wrong.

        Raises: TimeoutError, aiohttp.ClientError.
        """
        if kind == "events_api":
            body, of = json.dumps(payload).encode(), "application/json"
        elif kind == "slash_commands":
            body, of = urlencode(payload).encode(), FORM
        else:
            body, of = urlencode({"payload": json.dumps(payload)}).encode(), FORM
        return await self.post(Sent(body, {"Content-Type": of, **self.signed(body, secret, at), **(headers or {})}))

    def signed(self, body: bytes, secret: str | None = None, at: int | None = None) -> dict[str, str]:
        moment = int(self.workspace.now().timestamp()) if at is None else at
        words = b"v0:%d:%s" % (moment, body)
        made = hmac.new((secret or self.secret).encode(), words, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": str(moment), "X-Slack-Signature": f"v0={made}"}

    async def post(self, sent: Sent) -> Answered:
        """Send exactly this; `post(http.sent[-1])` replays the last request."""
        self.sent.append(sent)
        timeout = aiohttp.ClientTimeout(total=self.ack_within)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(self.url, data=sent.body, headers=dict(sent.headers), allow_redirects=False) as answer,
        ):
            answered = Answered(answer.status, await answer.text(), answer.headers)
        self.answers.append(answered)
        return answered

    async def verify_url(self, challenge: str = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P") -> bool:
        """What Slack does when the address is entered in the app's settings."""
        payload = {"token": "verification", "type": "url_verification", "challenge": challenge}
        answer = await self.deliver("events_api", payload)
        if answer.headers.get("Content-Type", "").startswith("application/json"):
            return answer.status == 200 and json.loads(answer.body).get("challenge") == challenge
        return answer.status == 200 and answer.body.strip() == challenge
