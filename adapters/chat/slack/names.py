"""What Slack calls channels, user groups and people."""

from collections.abc import Mapping
from typing import Any, cast

from adapters.chat.slack.options import SlackOptions
from adapters.chat.slack.platform.calls import SlackCalls
from bridge.domain.errors import DestinationGone
from bridge.ports.names import Named, What


class SlackNames:
    def __init__(self, name: str, options: SlackOptions) -> None:
        self._calls = SlackCalls(name, options)

    async def name_of(self, what: What, id_: str) -> Named:
        match what:
            case What.CHANNEL:
                return await self._channel(id_)
            case What.GROUP:
                return await self._group(id_)
            case What.MEMBER:
                return await self._member(id_)

    async def _channel(self, channel: str) -> Named:
        answer = await self._calls("conversations.info", channel=channel, include_num_members="true")
        found = cast("Mapping[str, Any]", answer.get("channel") or {})
        notes = [f"{found['num_members']} members"] if "num_members" in found else []
        notes += ["private"] if found.get("is_private") else ["anybody of the workspace can join"]
        trouble = None
        if found.get("is_archived"):
            trouble = "it is archived: unarchive it, or choose another channel"
        elif found.get("is_member") is False:
            trouble = "the app is not in it: /invite it there"
        return Named(name=f"#{found.get('name', channel)}", note=", ".join(notes), trouble=trouble)

    async def _group(self, group: str) -> Named:
        answer = await self._calls("usergroups.list", include_count="true")
        for found in cast("list[Mapping[str, Any]]", answer.get("usergroups") or []):
            if found.get("id") == group:
                count = found.get("user_count")
                off = "it is switched off" if found.get("date_delete") else None
                return Named(
                    name=f"@{found.get('handle') or found.get('name')}",
                    note="" if count is None else f"{count} members",
                    trouble=off,
                )
        raise DestinationGone("there is no such user group")

    async def _member(self, member: str) -> Named:
        answer = await self._calls("users.info", user=member)
        found = cast("Mapping[str, Any]", answer.get("user") or {})
        profile = found.get("profile") or {}
        name = profile.get("display_name") or profile.get("real_name") or found.get("name") or member
        return Named(name=f"@{name}", trouble="this account is deactivated" if found.get("deleted") else None)

    async def close(self) -> None:
        await self._calls.close()
