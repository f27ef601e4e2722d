"""Calls to Handrail, signed as Standard Webhooks. Copy this file into your own bot."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from standardwebhooks import Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`api_url` is Handrail's address without a path; the secrets are the `whsec_…` of `handrail bots new`."""

    api_url: str
    bot: str
    signing_secret: str
    callback_secret: str
    data_dir: Path
    api_key: str | None = None
    """A bearer key instead of signatures: enough for a first call, not meant for production."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`again_after` is set, in seconds, when nothing is decided yet: repeat the same call under the same key."""

    status: int
    body: dict[str, Any]
    again_after: float | None = None

    @property
    def ticket(self) -> dict[str, Any] | None:
        return self.body.get("ticket")

    @property
    def problem(self) -> str:
        """Code of a refusal, such as `ticket-closed`; empty for success."""
        return str(self.body.get("type", "")).rpartition("/")[2] if self.status >= 400 else ""


class Handrail:
    def __init__(self, http: aiohttp.ClientSession, settings: Settings) -> None:
        self._http = http
        self._settings = settings

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None, key: str) -> Answer:
        """One attempt. With the same `key`, an attempt that did arrive is answered again and not done again."""
        raw = "" if body is None else json.dumps(body)
        headers = {**self._proof(key, raw), "Content-Type": "application/json"}
        try:
            async with self._http.request(
                method, self._settings.api_url + path, data=raw.encode() or None, headers=headers, allow_redirects=False
            ) as got:
                text = await got.text()
                status, wait = got.status, got.headers.get("Retry-After", "")
                answer = json.loads(text) if text else {}
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return Answer(0, {}, again_after=0.0)
        # 401 is a matter of settings that an operator repairs; what the user wrote must not be lost meanwhile.
        if status in {401, 408, 429} or status >= 500 or (status == 409 and wait):
            return Answer(status, {}, again_after=float(wait) if wait.isdecimal() else 0.0)
        return Answer(status, answer)

    def _proof(self, key: str, raw: str) -> dict[str, str]:
        if self._settings.api_key:
            return {"Authorization": f"Bearer {self._settings.api_key}", "Idempotency-Key": key}
        now = datetime.now(UTC)  # aware: the library takes a naive time for UTC, and local time would be refused
        return {
            "handrail-bot": self._settings.bot,
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self._settings.signing_secret).sign(key, now, raw),
        }
