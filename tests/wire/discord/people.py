"""What members do: write, edit, delete, click, type a command."""

from typing import TYPE_CHECKING, Any

from tests.wire.discord import messages
from tests.wire.discord.callbacks import Asking
from tests.wire.discord.refusals import Refusal
from tests.wire.discord.world import Channel, Member, Post

if TYPE_CHECKING:
    from tests.wire.discord.gateway import Gateway
    from tests.wire.discord.server import Now
    from tests.wire.discord.world import World

SUBCOMMAND, INTEGER, USER = 1, 4, 6


class People:
    """The human half of the server."""

    world: "World"
    gateway: "Gateway"
    clock: "Now"
    interactions: dict[int, Asking]
    commands: list[dict[str, Any]]

    async def member_writes(self, member: Member, channel: int, text: str, **more: Any) -> Post:
        """`kind`, `webhook`, `attachments`, … of the message may be given."""
        place = self.world.channels[channel]
        if place.is_thread and place.archived:
            await messages.set_archived(self, place, archived=False)  # type: ignore[arg-type]  # the mix-in is the server itself
        post = Post(self.world.snowflake(), channel, member, text, self.clock.now(), **more)
        await messages.published(self, post)  # type: ignore[arg-type]  # the mix-in is the server itself
        return post

    async def member_edits(self, post: Post, text: str) -> None:
        post.content, post.edited = text, self.clock.now()
        await self.gateway.message(post, "MESSAGE_UPDATE")

    async def link_unfurls(self, post: Post) -> None:
        """Discord adds a preview: an update that no person made."""
        post.embeds = [{"type": "link", "url": "https://example.com", "title": "Example"}]
        await self.gateway.message(post, "MESSAGE_UPDATE")

    async def member_deletes(self, post: Post) -> None:
        await messages.removed(self, post)  # type: ignore[arg-type]  # the mix-in is the server itself

    async def thread_deleted(self, thread: Channel) -> None:
        del self.world.channels[thread.id]
        gone = {
            "id": str(thread.id), "guild_id": str(self.world.guild), "parent_id": str(thread.parent),
            "type": thread.kind,
        }  # fmt: skip
        await self.gateway.tell("THREAD_DELETE", gone)

    async def channel_deleted(self, channel: Channel) -> None:
        """With its threads and all that was said."""
        lost = {channel.id} | {one.id for one in self.world.channels.values() if one.parent == channel.id}
        for place in lost:
            del self.world.channels[place]
        for post in [post for post in self.world.posts.values() if post.channel in lost]:
            del self.world.posts[post.id]
        gone = {"id": str(channel.id), "guild_id": str(self.world.guild), "type": channel.kind, "name": channel.name}
        await self.gateway.tell("CHANNEL_DELETE", gone)

    async def thread_archived(self, thread: Channel, *, locked: bool = False) -> None:
        thread.locked = locked
        await messages.set_archived(self, thread, archived=True)  # type: ignore[arg-type]  # the mix-in is the server itself

    async def clicks(self, member: Member, post: Post, button: str) -> Asking:
        """Press the button with this label (or custom_id) on a message."""
        for row in post.components:
            for item in row["components"]:
                if button in {item.get("label"), item.get("custom_id")} and item.get("custom_id"):
                    data = {"custom_id": item["custom_id"], "component_type": item["type"]}
                    return await self._interact(3, member, post.channel, data, post)
        shown = [item.get("label") for row in post.components for item in row["components"]]
        raise AssertionError(f"no button {button!r} among {shown}")

    async def chooses(self, member: Member, post: Post, menu: str, value: str) -> Asking:
        """Pick a value in the menu with this placeholder."""
        for row in post.components:
            for item in row["components"]:
                if item.get("placeholder") == menu:
                    assert value in {option["value"] for option in item["options"]}
                    data = {"custom_id": item["custom_id"], "component_type": item["type"], "values": [value]}
                    return await self._interact(3, member, post.channel, data, post)
        raise AssertionError(f"no menu {menu!r}")

    async def slash(self, member: Member, channel: int, *words: str, named: Member | None = None) -> Asking:
        """`/handrail` and its subcommand with values in the order of its options."""
        place = self.world.channels[channel]
        if place.archived:
            raise Refusal(400, 50083, "Thread is archived")
        command = self.commands[0]
        subcommand = next(option for option in command["options"] if option["name"] == words[0])
        values = list(words[1:])
        options = []
        # Typed as people say it: a number first, then the rest; Discord sends them in the order of its options.
        for option in sorted(subcommand.get("options", []), key=lambda one: one["type"] != INTEGER):
            given: dict[str, Any] = {"name": option["name"], "type": option["type"]}
            if option["type"] == USER:
                if named is not None:
                    options.append({**given, "value": str(named.id)})
            elif option["type"] == INTEGER:
                if values and values[0].isdigit():
                    options.append({**given, "value": int(values.pop(0))})
            elif values:
                options.append({**given, "value": " ".join(values)})
        options.reverse()
        resolved = {}
        if named is not None:
            resolved = {"users": {str(named.id): named.user_json()}, "members": {str(named.id): named.member_json()}}
        data = {
            "id": command["id"], "name": command["name"], "type": 1, "guild_id": str(self.world.guild),
            "options": [{"name": words[0], "type": SUBCOMMAND, "options": options}], "resolved": resolved,
        }  # fmt: skip
        return await self._interact(2, member, channel, data)

    async def submits(self, asking: Asking, **values: str) -> Asking:
        """Fill in the form that an interaction was answered with, and send it."""
        assert asking.form is not None
        rows = []
        for row in asking.form["components"]:
            inner = row["component"] if row["type"] == 18 else row["components"][0]
            filled = {"type": inner["type"], "custom_id": inner["custom_id"],
                      "value": values.get(inner["custom_id"], inner.get("value", ""))}  # fmt: skip
            rows.append({"type": 18, "component": filled} if row["type"] == 18 else {"type": 1, "components": [filled]})
        data = {"custom_id": asking.form["custom_id"], "components": rows}
        return await self._interact(5, asking.member, asking.channel, data, asking.message)

    async def _interact(
        self, kind: int, member: Member, channel: int, data: dict[str, Any], post: Post | None = None
    ) -> Asking:
        number = self.world.snowflake()
        asking = Asking(number, f"token-{number}", kind, self.clock.now(), member, channel, post)
        self.interactions[number] = asking
        packet: dict[str, Any] = {
            "id": str(number),
            "application_id": str(self.world.application),
            "type": kind,
            "token": asking.token,
            "version": 1,
            "guild_id": str(self.world.guild),
            "channel_id": str(channel),
            "channel": self.world.channel_json(self.world.channels[channel]),
            "member": {**member.member_json(), "user": member.user_json()},
            "data": data,
            "locale": "en-US",
            "app_permissions": "0",
            "entitlements": [],
            "attachment_size_limit": 10 * 1024 * 1024,
        }
        if post is not None:
            packet["message"] = self.world.post_json(post)
        await self.gateway.interaction(packet)
        return asking
