"""Open sockets: kept up, watched, and replaced when they have gone quiet."""

import asyncio
import logging
import random
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from adapters.chat.slack.platform.calls import SlackCalls
from adapters.chat.slack.platform.together import together
from bridge.domain.errors import DeliveryError, PlatformDown
from bridge.ports.chat import Health
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

WATCH_EVERY: Final = 1.0
GIVE_UP_AFTER: Final = 30.0
"""Seconds a client may be unconnected before it is replaced by a new one."""
LONGEST_PAUSE: Final = 60.0
PING_EVERY: Final = 5.0
CLOSE_WITHIN: Final = 5.0

TROUBLE: Final = {
    "invalid_auth": "Slack refuses the app token. Make a new one under Basic Information → App-Level Tokens.",
    "not_allowed_token_type": "The app token is no app-level token. It begins with xapp-.",
    "missing_scope": "The app token lacks the scope connections:write.",
    "forbidden_team": "The app token belongs to another workspace.",
    "link_disabled": "Socket Mode is switched off. Switch it on in the app's settings.",
}


class Sockets:
    """A fixed number of Socket Mode clients. Slack hands each event to one of them."""

    def __init__(self, calls: SlackCalls, app_token: str, count: int, clock: Clock) -> None:
        self._calls = calls
        self._app_token = app_token
        self._count = count
        self._clock = clock
        self._handlers: dict[int, AsyncSocketModeHandler] = {}
        self._since: datetime | None = None
        self._trouble: str | None = None

    @property
    def health(self) -> Health:
        connected = any(_is_open(handler) for handler in self._handlers.values())
        return Health(connected=connected, since=self._since, trouble=None if connected else self._trouble)

    async def keep(self, app: AsyncApp) -> None:
        """Keep all sockets open until cancelled.

        Raises: PlatformDown when the app token is refused for good.
        """
        await together(*(self._keep_one(slot, app) for slot in range(self._count)))

    async def _keep_one(self, slot: int, app: AsyncApp) -> None:
        failures = 0
        while True:
            try:
                connected = await self._live(slot, app)
            except DeliveryError as error:
                connected = False
                self._note(error)
                if isinstance(error, PlatformDown):
                    raise
            failures = 0 if connected else failures + 1
            # Jittered, so that a hundred daemons do not come back in the same second after an outage.
            pause = min(2.0**failures, LONGEST_PAUSE) * random.uniform(0.5, 1.0)  # noqa: S311  no secret depends on it
            await self._clock.sleep(pause if failures else 0)

    async def _live(self, slot: int, app: AsyncApp) -> bool:
        """One client's whole life. True if it ever was connected."""
        handler = AsyncSocketModeHandler(
            app,
            self._app_token,
            web_client=self._calls.client,
            logger=logging.getLogger("handrail.slack.socket"),
            ping_interval=PING_EVERY,
        )
        connecting: asyncio.Task[None] | None = None
        try:
            # Asked for here and not by the client, which would try a refused token for ever and tell nobody.
            handler.client.wss_uri = await self._calls.socket_address(self._app_token)
            connecting = asyncio.create_task(handler.client.connect())  # type: ignore[no-untyped-call]  # slack_sdk left it untyped
            handler.client.message_listeners.append(self._listen)
            self._handlers[slot] = handler
            return await self._watch(handler)
        finally:
            self._handlers.pop(slot, None)
            if connecting is not None:
                connecting.cancel()
            await _close(handler)

    async def _watch(self, handler: AsyncSocketModeHandler) -> bool:
        """Return when the client has been without a live socket for too long."""
        seen, ever = self._clock.monotonic(), False
        while self._clock.monotonic() - seen < GIVE_UP_AFTER:
            if await handler.client.is_connected():
                seen, ever = self._clock.monotonic(), True
            await self._clock.sleep(WATCH_EVERY)
        log.warning("slack_socket_replaced", unconnected_for=GIVE_UP_AFTER)
        return ever

    async def _listen(self, _client: object, message: Mapping[str, object], _raw: str | None = None) -> None:
        if message.get("type") == "hello":
            if sum(_is_open(handler) for handler in self._handlers.values()) <= 1:
                self._since = self._clock.now()
            self._trouble = None
        elif message.get("type") == "disconnect" and message.get("reason") == "link_disabled":
            self._trouble = TROUBLE["link_disabled"]
            log.error("slack_socket_mode_off")

    def _note(self, error: DeliveryError) -> None:
        code = error.reason.rpartition(": ")[2].partition(" ")[0]
        self._trouble = TROUBLE.get(code, "Slack cannot be reached. It is tried again and again.")
        log.warning("slack_socket_refused", reason=error.reason)


def _is_open(handler: AsyncSocketModeHandler) -> bool:
    session = getattr(handler.client, "current_session", None)
    return session is not None and not session.closed


async def _close(handler: AsyncSocketModeHandler) -> None:
    try:
        async with asyncio.timeout(CLOSE_WITHIN):
            await handler.client.close()  # type: ignore[no-untyped-call]  # slack_sdk left it untyped
    except TimeoutError:
        log.warning("slack_socket_close_timed_out")
    # The client cancels its tasks without waiting for them.
    await asyncio.sleep(0)
