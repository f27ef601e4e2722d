"""Open sockets: kept up, watched, and replaced before they go, or once they have gone quiet."""

import asyncio
import random
from datetime import datetime
from typing import Final

import structlog
from slack_bolt.async_app import AsyncApp

from adapters.chat.slack.platform.calls import SlackCalls
from adapters.chat.slack.platform.socket import SILENT, Socket
from adapters.chat.slack.platform.together import together
from bridge.domain.errors import DeliveryError, PlatformDown
from bridge.ports.chat import Health
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

WATCH_EVERY: Final = 1.0
KNOCK_EVERY: Final = 5.0
KNOCKS: Final = 3
QUIET_FOR: Final = 20.0
"""Seconds a socket may show no sign of life before another takes its place, whatever the client believes."""
BRIEF: Final = 10.0
"""Seconds; sockets that end sooner, one after another, are something that does not work, and are opened ever slower."""
LONGEST_PAUSE: Final = 60.0
GAP: Final = 5.0
"""Seconds without any socket after which something may have been missed: Slack sends again what nobody took."""
LINGER: Final = 2.0
"""Seconds a socket that is replaced stays open, so that what came by it is still acknowledged."""

RECYCLED: Final = frozenset({"warning", "refresh_requested"})
"""Slack is about to close this socket and wants another to be there before."""

LINK_DISABLED: Final = "link_disabled"
TROUBLE: Final = {
    "invalid_auth": "Slack refuses the app token. Make a new one under Basic Information → App-Level Tokens.",
    "not_allowed_token_type": "The app token is no app-level token. It begins with xapp-.",
    "missing_scope": "The app token lacks the scope connections:write.",
    "forbidden_team": "The app token belongs to another workspace.",
    LINK_DISABLED: "Socket Mode is switched off. Switch it on in the app's settings.",
}


class Sockets:
    """A fixed number of Socket Mode connections. Slack hands each event to one of them."""

    def __init__(self, calls: SlackCalls, app_token: str, count: int, clock: Clock) -> None:
        self._calls = calls
        self._app_token = app_token
        self._count = count
        self._clock = clock
        self._open: set[Socket] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._leaving = asyncio.Event()
        self._since: datetime | None = None
        self._unbroken_since: datetime | None = None
        self._lost_at: float | None = None
        """When the last socket went, by monotonic time; None while one is open, and before the first."""
        self._trouble: str | None = None

    @property
    def health(self) -> Health:
        connected = any(socket.listens for socket in self._open)
        return Health(
            connected=connected,
            since=self._since,
            trouble=None if connected else self._trouble,
            unbroken_since=self._unbroken_since,
        )

    async def keep(self, app: AsyncApp) -> None:
        """Keep all sockets open until cancelled.

        Raises: PlatformDown when the app token is refused for good.
        """
        self._leaving.clear()
        try:
            await together(*(self._keep_one(app) for _ in range(self._count)))
        finally:
            self._leaving.set()
            for left in tuple(self._open):
                self._retire(left)
            await asyncio.gather(*self._closing, return_exceptions=True)

    async def _keep_one(self, app: AsyncApp) -> None:
        """One place, taken by one socket after another."""
        failures = brief = 0
        announced: Socket | None = None
        while True:
            socket, began = await self._opened(app), self._clock.monotonic()
            if socket is not None:
                self._came(socket)
            if announced is not None and (socket is not None or not announced.listens):
                self._retire(announced)
                announced = None
            reason = await self._until_over(socket) if socket is not None else ""
            if socket is not None:
                brief = brief + 1 if self._clock.monotonic() - began < BRIEF else 0
            # The first of its kind is replaced at once.
            slower = max(brief - 1, 0)
            if socket is not None and reason in RECYCLED:
                # Its place is taken before it goes: it still listens while the next one is opened.
                failures, announced = 0, socket
                await self._clock.sleep(_pause(slower, ""))
                continue
            self._went(socket, reason)
            failures = 0 if socket is not None else failures + 1
            off = self._trouble == TROUBLE[LINK_DISABLED]
            await self._clock.sleep(_pause(max(failures, slower), LINK_DISABLED if off else reason))

    async def _opened(self, app: AsyncApp) -> Socket | None:
        socket = Socket(app, self._app_token, self._calls.client)
        try:
            # Asked for here and not by the client, which would try a refused token for ever and tell nobody.
            if await socket.open(await self._calls.socket_address(self._app_token)):
                return socket
        except DeliveryError as error:
            self._note(error)
            await socket.shut()
            if isinstance(error, PlatformDown):
                raise
        except asyncio.CancelledError:
            await socket.shut()
            raise
        else:
            if socket.reason == LINK_DISABLED:
                self._switched_off()
            await socket.shut()
        return None

    async def _until_over(self, socket: Socket) -> str:
        """Why it is over. A socket that shows no sign of life is, whatever its client says."""
        heard, knocked, knocks, signs = self._clock.monotonic(), 0.0, 0, socket.signs
        while not socket.over.is_set():
            now = self._clock.monotonic()
            if socket.signs != signs:
                heard, knocks, signs = now, 0, socket.signs
            if not socket.listens:
                return SILENT
            # A clock that jumped, or a machine that slept, is no silence of Slack's: it was asked often enough too.
            if now - heard > QUIET_FOR and knocks >= KNOCKS:
                socket.stale = True
                return SILENT
            if now - max(heard, knocked) > KNOCK_EVERY:
                knocked, knocks = now, knocks + 1
                await socket.knock()
            await self._sleep(WATCH_EVERY, unless=socket.over)
        return socket.reason

    async def _sleep(self, seconds: float, *, unless: asyncio.Event) -> None:
        both = asyncio.create_task(unless.wait()), asyncio.create_task(self._clock.sleep(seconds))
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    # ── what it means ─────────────────────────────────────────────────────

    def _came(self, socket: Socket) -> None:
        now = self._clock.now()
        if not any(one.listens for one in self._open):
            self._since = now
            lost = self._lost_at
            if self._unbroken_since is None or lost is None or self._clock.monotonic() - lost > GAP:
                self._unbroken_since = now
        self._lost_at = None
        self._trouble = None
        self._open.add(socket)

    def _went(self, socket: Socket | None, reason: str) -> None:
        if reason == LINK_DISABLED:
            self._switched_off()
        if socket is None:
            return
        log.info("slack_socket_over", reason=reason)
        if socket.stale:
            # Slack believed in it for a while: what it was handed is nowhere.
            self._unbroken_since = self._clock.now()
        self._retire(socket, linger=False)

    def _retire(self, socket: Socket, *, linger: bool = True) -> None:
        async def close() -> None:
            if linger and socket.listens:
                await self._sleep(LINGER, unless=self._leaving)
            await socket.shut()

        self._open.discard(socket)
        if not any(one.listens for one in self._open) and self._lost_at is None:
            self._lost_at = self._clock.monotonic()
        task = asyncio.create_task(close(), name="slack-socket-closes")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _switched_off(self) -> None:
        self._trouble = TROUBLE[LINK_DISABLED]
        log.error("slack_socket_mode_off")

    def _note(self, error: DeliveryError) -> None:
        code = error.reason.rpartition(": ")[2].partition(" ")[0]
        self._trouble = TROUBLE.get(code, "Slack cannot be reached. It is tried again and again.")
        log.warning("slack_socket_refused", reason=error.reason)


def _pause(failures: int, reason: str) -> float:
    """Seconds until the next try; jittered, so that a hundred daemons do not come back in the same second."""
    jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret depends on it
    if reason == LINK_DISABLED:
        return LONGEST_PAUSE * jitter  # only a person can switch it on again
    if reason == "too_many_websockets":
        return LONGEST_PAUSE / 2 * jitter
    return min(2.0**failures, LONGEST_PAUSE) * jitter if failures else 0.0
