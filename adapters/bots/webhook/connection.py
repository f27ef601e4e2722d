"""The way out to a bot's webhook endpoint: sign, post, read the answer."""

import asyncio
import contextlib
from datetime import timedelta

import aiohttp
from aiohttp.abc import AbstractResolver

from adapters.bots.webhook.body import body_of
from adapters.bots.webhook.errors import from_exception, from_status
from adapters.bots.webhook.options import WebhookOptions
from adapters.bots.webhook.signature import signed_headers
from adapters.bots.webhook.skew import skew_of
from bridge.domain.addresses import Reach
from bridge.ports.bots import Envelope
from bridge.ports.clock import Clock
from bridge.ports.outward import Outward

LONGEST_ANSWER = 64 * 1024
TIMEOUT = aiohttp.ClientTimeout(total=15)
ANSWER_TIME = 1.0
"""Seconds given to the answer's body, which says nothing we need: reading it only lets the connection be used again."""


class WebhookConnection:
    """Implements `BotConnection`."""

    def __init__(
        self, name: str, options: WebhookOptions, clock: Clock, *, resolver: AbstractResolver | None = None
    ) -> None:
        self.name = name
        self._options = options
        self._clock = clock
        self._resolver = resolver
        self._keys = options.keys
        self._session: aiohttp.ClientSession | None = None
        self.skew: timedelta | None = None

    async def tell(self, envelope: Envelope, *, key: str) -> None:
        if not self._options.wants(envelope.type):
            return
        body = body_of(envelope)
        headers = {
            "Content-Type": "application/json",
            **signed_headers(self._keys, key=key, at=self._clock.now(), body=body),
        }
        try:
            async with self._opened().post(self._options.url, data=body, headers=headers, allow_redirects=False) as got:
                error = from_status(got.status, got.headers, self._clock.now())
                self.skew = skew_of(got.headers.get("Date"), self._clock.now())
                await _read_some(got)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as broken:
            raise from_exception(broken) from broken
        if error is not None:
            raise error

    async def find(self, envelope: Envelope, *, key: str) -> bool | None:  # noqa: ARG002  the port's signature
        """A webhook endpoint cannot be asked; the same id makes telling again safe."""
        return None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._way_out(),
                timeout=TIMEOUT,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "Handrail", "Accept": "*/*", "Accept-Encoding": "identity"},
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    def _way_out(self) -> aiohttp.TCPConnector:
        least = Reach.INNER if self._options.private else Reach.PUBLIC
        out = Outward(least=least, resolver=self._resolver)
        return out.connector(hint="; callback.private: true would allow a private range")


async def _read_some(got: aiohttp.ClientResponse) -> None:
    """The status has decided already; a body that is endless, slow or broken only costs the connection."""
    read = 0
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with asyncio.timeout(ANSWER_TIME):
            while chunk := await got.content.read(LONGEST_ANSWER):
                read += len(chunk)
                if read > LONGEST_ANSWER:
                    break
    if not got.content.at_eof():
        got.close()
