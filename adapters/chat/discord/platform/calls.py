"""Calls to Discord's REST API: bounded in time, never repeated here, and every failure in our own words."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import discord.http

from adapters.chat.discord.errors import translate
from adapters.chat.discord.platform.client import DiscordClient
from adapters.chat.discord.render import nonce
from bridge.domain.errors import OutcomeUnknown, PlatformDown, TryLater

Body = Mapping[str, object]
_NOWHERE: Mapping[str, str] = {}


class Calls:
    """`client` gives the client that is signed in at the moment, if any; `why_not` tells what keeps it away."""

    def __init__(
        self, client: Callable[[], DiscordClient | None], why_not: Callable[[], str | None], seconds: float
    ) -> None:
        self._client = client
        self._why_not = why_not
        self._seconds = seconds

    @property
    def own_id(self) -> str | None:
        """The bot's user id, while it is signed in."""
        client = self._client()
        return str(client.user.id) if client is not None and client.user is not None else None

    async def send(self, channel: str, body: Body, key: str) -> str:
        """Post a message once: Discord answers a repeated key with the first one. Returns its id."""
        made = await self.ask(
            "POST",
            "/channels/{channel_id}/messages",
            {"channel_id": channel},
            body={**body, "nonce": nonce(key), "enforce_nonce": True},
        )
        return id_of(made)

    async def ask(
        self,
        method: str,
        path: str,
        at: Mapping[str, str] = _NOWHERE,
        *,
        body: Body | list[Body] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """One call; `at` fills the braces of the path. Raises: DeliveryError."""
        client = self._client()
        if client is None or client.is_closed():
            if (trouble := self._why_not()) is not None:
                raise PlatformDown(trouble)
            raise TryLater("not signed in to Discord yet")
        more: dict[str, Any] = {}
        if body is not None:
            more["json"] = body
        if query is not None:
            more["params"] = query
        route = discord.http.Route(method, path, **at)
        try:
            async with asyncio.timeout(self._seconds):
                return await client.http.request(route, **more)
        except Exception as error:
            raise translate(error) from error


def id_of(answer: object) -> str:
    """The id in an answer. Raises: OutcomeUnknown when there is none: it may have happened all the same."""
    found = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(found, str):
        raise OutcomeUnknown("the answer carries no id")
    return found
