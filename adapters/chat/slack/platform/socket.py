"""One Socket Mode connection, from its address to its end. It never reconnects: its successor is another one."""

import asyncio
import contextlib
import json
import logging
from time import time
from typing import Any, Final

import aiohttp
import structlog
from aiohttp import WSMessage
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger(__name__)

PING_EVERY: Final = 5.0
HELLO_WITHIN: Final = 10.0
CLOSE_WITHIN: Final = 5.0

SILENT: Final = "silent"
"""Closed without a word, or open and without a sign of life."""


class Socket(SocketModeClient):
    """Slack's own client, whose end is told instead of mended.

    The stock client closes its connection before it opens the next one: for that moment nobody listens, and a click
    fails (slack.md §8).
    """

    def __init__(self, app: AsyncApp, app_token: str, web: AsyncWebClient) -> None:
        super().__init__(
            app_token=app_token,
            logger=logging.getLogger("handrail.slack.socket"),
            web_client=web,
            ping_interval=PING_EVERY,
            on_message_listeners=[self._read],
        )
        self._app = app
        self._messages = 0
        self._hello = asyncio.Event()
        self.over = asyncio.Event()
        """It ended, or Slack announced its end."""
        self.reason = ""
        """Why it is over: Slack's word, or `silent`."""
        self.socket_mode_request_listeners.append(self._handle)

    @property
    def listens(self) -> bool:
        """Slack said hello and the connection stands, as far as we can see; also while its end is announced."""
        session = self.current_session
        stands = session is not None and not session.closed and not self.closed and not self.stale
        return stands and self._hello.is_set()

    @property
    def signs(self) -> tuple[object, int]:
        """Differs after every sign of life: a message, or the answer to a ping."""
        return self.last_ping_pong_time, self._messages

    async def knock(self) -> None:
        """Ask for a sign of life."""
        session = self.current_session
        if session is not None:
            with contextlib.suppress(ConnectionError, RuntimeError):
                await session.ping(f"sdk-ping-pong:{time()}".encode())

    async def open(self, address: str) -> bool:
        """Connect to a single-use address; whether Slack said hello in time."""
        self.wss_uri = address
        waits: list[asyncio.Task[Any]] = []
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                await self.connect()
                waits = [asyncio.create_task(self._hello.wait()), asyncio.create_task(self.over.wait())]
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.info("slack_socket_not_opened", error=type(error).__name__)
        finally:
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        return self.listens

    async def connect(self) -> None:
        """Once: an address is good for one connection, and the stock client would try it for ever."""
        self.current_session = await self.aiohttp_client_session.ws_connect(
            str(self.wss_uri),
            autoping=False,
            heartbeat=self.ping_interval,
            proxy=self.proxy,
            ssl=True if self.web_client.ssl is None else self.web_client.ssl,
        )
        # What it answers to this is the first sign of life the client knows of.
        await self.knock()
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())

    async def shut(self) -> None:
        """Let go; bounded, since the other side may be dead."""
        self._end(SILENT)
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                await self.close()  # type: ignore[no-untyped-call]  # slack_sdk left it untyped
        except TimeoutError:
            log.warning("slack_socket_close_timed_out")
        # The client cancels its tasks without waiting for them.
        await asyncio.sleep(0)

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Called by the client whenever it would connect anew."""
        del force
        self._end(SILENT)

    def _end(self, reason: str) -> None:
        if not self.over.is_set():
            self.reason = self.reason or reason
            self.over.set()

    async def _read(self, message: WSMessage) -> None:
        self._messages += 1
        try:
            told: Any = json.loads(message.data)
        except ValueError:
            return
        match told.get("type") if isinstance(told, dict) else None:
            case "hello":
                self._hello.set()
            case "disconnect":
                self.reason = str(told.get("reason") or SILENT)
                self._end(self.reason)
            case _:
                pass

    async def _handle(self, client: object, request: SocketModeRequest) -> None:
        """Bolt's own way of a request: through the app, and its answer back as the acknowledgement."""
        del client
        began = time()
        response = await run_async_bolt_app(self._app, request)
        await send_async_response(self, request, response, began)
