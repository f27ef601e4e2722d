"""The line to Discord: signed in, connected, watched, and connected again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import discord
import structlog

from adapters.chat.discord.options import DiscordOptions
from adapters.chat.discord.platform.client import DiscordClient
from bridge.ports.chat import Health
from bridge.ports.clock import Clock

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
LOOK_EVERY, SILENT_AFTER, PROBE_WAIT = 30.0, 90.0, 10.0
"""Discord is heard at least every 41 s (its heartbeat); twice that without a sign and we ask."""
CLOSE_SECONDS = 5.0
# Close codes after which Discord must not be tried again (events/gateway); 4014 has an error class of its own.
NEVER_AGAIN = {
    4004: "Discord refuses the token. Put the bot's current token into the environment and restart.",
    4010: "Discord refuses the shard: this server is too large for one connection.",
    4011: "Discord wants several shards: the bot is in too many servers for one connection.",
    4012: "Discord no longer speaks this gateway version. Update Handrail.",
    4013: "Discord refuses the intents asked for. Update Handrail.",
}
NO_TOKEN = NEVER_AGAIN[4004]
NO_INTENT = (
    "Discord refuses to show messages. Switch on Message Content Intent on the developer page (Bot), "
    "or set message_content: false."
)
NOT_MEMBER = "The bot is not a member of server {guild}. Invite it with the scopes bot and applications.commands."
ENDPOINT = "Clicks do not arrive: empty the Interactions Endpoint URL on the developer page and restart."


class Connection:
    """Looks after one client at a time. `make` builds it; `prepare` runs at each sign-in, `settle` before it ends."""

    def __init__(
        self,
        options: DiscordOptions,
        clock: Clock,
        *,
        make: Callable[[], DiscordClient],
        prepare: Callable[[DiscordClient], Awaitable[None]],
        settle: Callable[[], Awaitable[None]],
    ) -> None:
        self._guild = int(options.guild)
        self._token = options.token.get_secret_value()
        self._clock = clock
        self._make = make
        self._prepare = prepare
        self._settle = settle
        self._client: DiscordClient | None = None
        self._health = Health(connected=False)
        self._signs = 0
        self._whole: datetime | None = None
        self.ended: str | None = None
        """Why it never can again, as a sentence with the remedy."""

    @property
    def health(self) -> Health:
        return self._health

    @property
    def client(self) -> DiscordClient | None:
        """The client that may be used for calls now."""
        return self._client if self._client is not None and self._client.signed_in else None

    async def run(self) -> None:
        """Stay connected; returns only when only a person can help, and says how in `health`."""
        wait = FIRST_WAIT
        while True:
            signs = self._signs
            if (trouble := await self._once()) is not None:
                self._end(trouble)
                return
            # A day has 1000 sign-ins: what fails at once again waits longer each time (events/gateway).
            wait = FIRST_WAIT if self._signs > signs else min(wait * 2, LONGEST_WAIT)
            await self._clock.sleep(wait)

    async def close(self) -> None:
        if self._client is not None:
            await self._let_go(self._client)

    # ── what the client tells ─────────────────────────────────────────────

    async def signed_in(self, client: DiscordClient) -> None:
        await self._prepare(client)

    def came(self, client: DiscordClient, *, fresh: bool) -> None:
        """READY or RESUMED."""
        trouble = None
        if client.get_guild(self._guild) is None:
            trouble = NOT_MEMBER.format(guild=self._guild)
        elif client.application is not None and client.application.interactions_endpoint_url:
            trouble = ENDPOINT
        # A session that was resumed is told all it missed; a new one hears only what comes.
        now = self._clock.now()
        self._whole = now if fresh or self._whole is None else self._whole
        self._health = Health(connected=True, since=now, trouble=trouble, unbroken_since=self._whole)
        log.info("discord_connected", fresh=fresh, trouble=trouble is not None)

    def went(self) -> None:
        if self._health.connected:
            self._health = Health(connected=False, since=self._clock.now())

    def alive(self) -> None:
        self._signs += 1

    # ── within ────────────────────────────────────────────────────────────

    async def _once(self) -> str | None:
        """One client from sign-in to its end. Returns why there can be no other, or None."""
        self._client = client = self._make()
        # In tasks of its own: discord.py waits by asyncio.wait_for, which in Python 3.11 can swallow a cancellation.
        talk = asyncio.create_task(self._talk(client), name="discord-connection")
        watch = asyncio.create_task(self._watch(client), name="discord-watch")
        try:
            await asyncio.wait({talk})
            return talk.result()
        finally:
            await self._let_go(client)
            await _stop(watch)
            await _stop(talk)

    async def _talk(self, client: DiscordClient) -> str | None:
        try:
            await client.login(self._token)
            await client.connect()
        except discord.LoginFailure:
            return NO_TOKEN
        except discord.PrivilegedIntentsRequired:
            return NO_INTENT
        except discord.ConnectionClosed as error:
            log.warning("discord_connection_closed", code=error.code)
            return NEVER_AGAIN.get(error.code)
        except Exception as error:  # noqa: BLE001 - whatever ended the connection, it is made anew
            log.warning("discord_connection_failed", error=type(error).__name__)
        return None

    def _end(self, trouble: str) -> None:
        self.ended = trouble
        self._health = Health(connected=False, since=self._clock.now(), trouble=trouble)
        log.error("discord_ended", trouble=trouble)

    async def _let_go(self, client: DiscordClient) -> None:
        """Close within bounds: what handlers have begun may end, the other side may be dead."""
        self._client = None
        self.went()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._settle()
                await client.close()
        except TimeoutError:
            log.warning("discord_close_timed_out")

    async def _watch(self, client: DiscordClient) -> None:
        """A line can be dead and look open (long network loss behind a proxy): ask, and if none answers, hang up."""
        seen, heard_at = self._sign_of_life(client), self._clock.monotonic()
        while True:
            await self._clock.sleep(LOOK_EVERY)
            now = self._sign_of_life(client)
            if now != seen or not self._health.connected:
                seen, heard_at = now, self._clock.monotonic()
            elif self._clock.monotonic() - heard_at >= SILENT_AFTER and not await self._answers(client):
                log.warning("discord_silent", seconds=round(self._clock.monotonic() - heard_at))
                self.went()
                # 4000 keeps the session: what was missed is told again after the resume.
                await client.ws.close(4000)

    async def _answers(self, client: DiscordClient) -> bool:
        before = self._sign_of_life(client)
        await client.ws.send_heartbeat({"op": client.ws.HEARTBEAT, "d": client.ws.sequence})
        await self._clock.sleep(PROBE_WAIT)
        return self._sign_of_life(client) != before

    def _sign_of_life(self, client: DiscordClient) -> tuple[int, float]:
        """Changes with each event and with each heartbeat that was answered."""
        return self._signs, client.latency


async def _stop(task: "asyncio.Task[object]") -> None:
    for _ in range(5):
        if task.done():
            break
        task.cancel()
        await asyncio.wait({task}, timeout=1)
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        log.warning("discord_task_failed", task=task.get_name(), error=type(error).__name__)
