"""discord.py's client with our own roads: where it talks to, what it keeps, and who repeats a call (nobody here)."""

import json
import logging
from collections.abc import Iterable
from typing import Any, Protocol

import aiohttp
import discord
import discord.http
import yarl
from discord.gateway import DiscordWebSocket
from discord.state import ConnectionState
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from adapters.chat.discord.errors import Broken, Slowed
from adapters.chat.discord.options import DiscordOptions
from adapters.chat.discord.render.buttons import ACT, MENU

Interaction = discord.Interaction[Any]
EDGE_WAIT = 60.0
"""A 429 of the CDN may be a ban of the address for many invalid requests: be slow."""


class Line(Protocol):
    """Who looks after the connection."""

    async def signed_in(self, client: "DiscordClient") -> None: ...
    def came(self, client: "DiscordClient", *, fresh: bool) -> None: ...
    def went(self) -> None: ...
    def alive(self) -> None: ...


class Inbox(Protocol):
    """Who takes what people write. Called in the order of the gateway's events."""

    def wrote(self, message: discord.Message) -> None: ...
    def edited(self, message: discord.Message) -> None: ...
    def deleted(self, guild: int | None, channel: int, messages: Iterable[int]) -> None: ...
    def thread_deleted(self, guild: int, parent: int, thread: int) -> None: ...


class Clicks(Protocol):
    """Who answers clicks and commands."""

    async def pressed(self, interaction: Interaction, custom_id: str) -> None: ...
    async def commanded(self, interaction: Interaction) -> None: ...


class DiscordClient(discord.Client):
    """One sign-in. Keeps no members and no messages."""

    def __init__(self, options: DiscordOptions, line: Line, inbox: Inbox, clicks: Clicks) -> None:
        self.line = line
        self.inbox = inbox
        self.clicks = clicks
        self.signed_in = False
        self._roads = options
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, message_content=options.message_content),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=30,
        )

    def _get_state(self, **options: Any) -> "ConnectionState[Any]":
        # discord.py makes its HTTP client just before its state, which keeps it: the one moment to give it ours.
        self.http = OwnRoads(self._roads, self.http)
        return super()._get_state(**options)

    async def setup_hook(self) -> None:
        # The clicks' own HTTP adapter is chosen by context: every handler's task inherits that of the connection.
        async_context.set(OwnCallbacks(self._roads.api_url))
        self.add_dynamic_items(ActButton, MoreMenu)
        self.signed_in = True
        await self.line.signed_in(self)

    async def on_connect(self) -> None:
        self.line.came(self, fresh=True)

    async def on_resumed(self) -> None:
        self.line.came(self, fresh=False)

    async def on_disconnect(self) -> None:
        self.line.went()

    async def on_socket_event_type(self, _event: str) -> None:
        self.line.alive()

    async def on_message(self, message: discord.Message) -> None:
        self.inbox.wrote(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        self.inbox.edited(payload.message)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        self.inbox.deleted(payload.guild_id, payload.channel_id, {payload.message_id})

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        self.inbox.deleted(payload.guild_id, payload.channel_id, payload.message_ids)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        self.inbox.thread_deleted(payload.guild_id, payload.parent_id, payload.thread_id)

    async def on_interaction(self, interaction: Interaction) -> None:
        if interaction.type is discord.InteractionType.application_command:
            await self.clicks.commanded(interaction)


class ActButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=ACT):
    """Every button of ours, also one sent months ago by an earlier process: its custom_id says all."""

    @classmethod
    async def from_custom_id(cls, _interaction: Interaction, item: Any, _match: Any, /) -> "ActButton":
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:
        await interaction.client.clicks.pressed(interaction, self.custom_id)


class MoreMenu(discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=MENU):
    """The menu under a card; each of its values is a button's custom_id."""

    @classmethod
    async def from_custom_id(cls, _interaction: Interaction, item: Any, _match: Any, /) -> "MoreMenu":
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:
        chosen = dict(interaction.data or {}).get("values")
        if isinstance(chosen, list) and chosen:
            await interaction.client.clicks.pressed(interaction, str(chosen[0]))


class OwnRoads(discord.http.HTTPClient):
    """discord.py's HTTP client, to the addresses of one platform entry.

    The library keeps both addresses in class attributes (`Route.BASE`, `DiscordWebSocket.DEFAULT_GATEWAY`), which two
    entries would share; here they are replaced call by call, so two servers in one process cannot cross.
    """

    def __init__(self, options: DiscordOptions, made: discord.http.HTTPClient) -> None:
        super().__init__(
            made.loop,
            http_trace=_watch(options.api_url),
            max_ratelimit_timeout=made.max_ratelimit_timeout,
        )
        self._api = options.api_url
        self._gateway = yarl.URL(options.gateway_url)

    async def request(self, route: discord.http.Route, **more: Any) -> Any:
        route.url = _rerouted(route.url, self._api)
        return await super().request(route, **more)

    async def ws_connect(self, url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        wanted = yarl.URL(url)
        if wanted.host == DiscordWebSocket.DEFAULT_GATEWAY.host:
            url = str(self._gateway.with_query(wanted.query))
        return await super().ws_connect(url, compress=compress)


class OwnCallbacks(AsyncWebhookAdapter):
    """The same for answers to interactions, which discord.py sends another way."""

    def __init__(self, api_url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # discord.py left it unannotated
        self._api = api_url

    async def request(self, route: discord.http.Route, *args: Any, **more: Any) -> Any:
        route.url = _rerouted(route.url, self._api)
        return await super().request(route, *args, **more)


def _rerouted(url: str, api_url: str) -> str:
    base = discord.http.Route.BASE
    return api_url + url.removeprefix(base) if url.startswith(base) else url


def _watch(api_url: str) -> aiohttp.TraceConfig:
    """Take 429 and 5xx out of discord.py's hands: it would sleep or repeat inside, where the outbox cannot see it."""

    async def answered(_session: Any, _context: Any, seen: aiohttp.TraceRequestEndParams) -> None:
        status = seen.response.status
        if not str(seen.url).startswith(api_url):
            return
        if status == 429:
            raise await _slowed(seen.response)
        if status >= 500:
            raise Broken(status)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(answered)
    return trace


async def _slowed(response: aiohttp.ClientResponse) -> Slowed:
    try:
        body = json.loads(await response.text())
        wait, everywhere = body["retry_after"], bool(body.get("global"))
    except (ValueError, KeyError, TypeError, AttributeError, aiohttp.ClientError):
        # The edge speaks no JSON: it means the whole address, not one route.
        return Slowed(response.headers.get("Retry-After", EDGE_WAIT), everywhere=True)
    return Slowed(wait, everywhere=everywhere)


def calm_logs() -> None:
    """At DEBUG the library prints payloads with people's words; and it misses voice, which nobody wants here."""
    for name in ("discord.http", "discord.gateway", "discord.webhook.async_"):
        logging.getLogger(name).setLevel(logging.INFO)
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False
