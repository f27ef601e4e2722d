"""What Discord calls channels, roles and people. Three readings over plain HTTP: no client signs in for them."""

from collections.abc import Mapping
from typing import Any, cast

import aiohttp

from adapters.chat.discord.options import DiscordOptions
from bridge.domain.errors import AccessMissing, DestinationGone, OutcomeUnknown, PlatformDown, TryLater
from bridge.ports.names import Named, What

# https://discord.com/developers/docs/reference#user-agent: other agents are turned away at the edge.
AGENT = "DiscordBot (https://github.com/handrail, 1)"
THREADS = {10, 11, 12}
TEXT = {0, 5}


class DiscordNames:
    def __init__(self, options: DiscordOptions) -> None:
        self._options = options
        self._session: aiohttp.ClientSession | None = None

    async def name_of(self, what: What, id_: str) -> Named:
        match what:
            case What.CHANNEL:
                return self._channel(await self._get(f"/channels/{id_}"))
            case What.GROUP:
                return self._role(id_, await self._get(f"/guilds/{self._options.guild}/roles"))
            case What.MEMBER:
                found = cast("Mapping[str, Any]", await self._get(f"/guilds/{self._options.guild}/members/{id_}"))
                user = found.get("user") or {}
                name = found.get("nick") or user.get("global_name") or user.get("username") or id_
                return Named(name=f"@{name}")

    def _channel(self, body: object) -> Named:
        found = cast("Mapping[str, Any]", body)
        trouble = None
        if str(found.get("guild_id", self._options.guild)) != self._options.guild:
            trouble = "it belongs to another server"
        elif found.get("type") in THREADS:
            trouble = "it is a thread: name the channel around it"
        elif found.get("type") not in TEXT:
            trouble = "it is no text channel"
        return Named(name=f"#{found.get('name')}", trouble=trouble)

    def _role(self, role: str, body: object) -> Named:
        for found in cast("list[Mapping[str, Any]]", body):
            if str(found.get("id")) == role:
                everyone = role == self._options.guild
                return Named(name=f"@{str(found.get('name')).removeprefix('@')}", note="everybody" if everyone else "")
        raise DestinationGone("there is no such role")

    async def _get(self, path: str) -> object:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._options.request_timeout, sock_connect=5)
            token = self._options.token.get_secret_value()
            headers = {"Authorization": f"Bot {token}", "User-Agent": AGENT}
            self._session = aiohttp.ClientSession(timeout=timeout, headers=headers)
        try:
            async with self._session.get(self._options.api_url + path) as answer:
                if answer.status == 200:
                    return await answer.json()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise OutcomeUnknown(f"Discord cannot be asked: {type(error).__name__}") from None
        match status:
            case 401:
                raise PlatformDown("Discord refuses the token")
            case 403:
                raise AccessMissing("the bot may not see it: View Channel is missing")
            case 404:
                raise DestinationGone("there is no such thing in this server")
            case 429:
                raise TryLater("Discord asks to slow down")
            case _:
                raise OutcomeUnknown(f"Discord answered {status}")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
