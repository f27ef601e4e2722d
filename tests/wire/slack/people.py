"""What members of the wire workspace do, as Slack would report it."""

import asyncio
from typing import Any

from tests.wire.slack import blocks as block_kit
from tests.wire.slack.server import SlackServer
from tests.wire.slack.workspace import APP, OTHER_BOT, TEAM, Channel, Payload


class People:
    """Acts for members. `user` is a user id."""

    def __init__(self, server: SlackServer) -> None:
        self._server = server
        self._workspace = server.workspace
        self._triggers = 0

    def writes(self, channel: str, root: str | None, user: str, text: str, **more: Any) -> str:
        """A message as Slack delivers it: & < > already escaped in `text`, mentions as tokens. Its ts comes back."""
        ts = self.writes_unheard(channel, root, user, text, **more)
        self.reported(channel, ts)
        return ts

    def writes_unheard(self, channel: str, root: str | None, user: str, text: str, **more: Any) -> str:
        """The same, but its event is not sent before `reported`: late, twice, or never."""
        place = self._workspace.channels[channel]
        message = {"user": user, "text": text, "team": self._workspace.users[user]["team_id"], **more}
        if root is not None:
            message["thread_ts"] = root
        return self._workspace.add(place, message)["ts"]

    def reported(self, channel: str, ts: str) -> None:
        place = self._workspace.channels[channel]
        self._event(place, place.messages[ts])

    def bot_writes(self, channel: str, root: str, text: str) -> None:
        place = self._workspace.channels[channel]
        message = {"subtype": "bot_message", "bot_id": OTHER_BOT, "text": text, "thread_ts": root}
        self._event(place, self._workspace.add(place, message))

    def edits(self, channel: str, ts: str, text: str) -> None:
        place = self._workspace.channels[channel]
        message = place.messages[ts]
        before, at = dict(message), self._workspace.next_ts()
        message |= {"text": text, "edited": {"user": message["user"], "ts": at}}
        self.changed(channel, ts, before, at)

    def changed(self, channel: str, ts: str, before: Payload, at: str) -> None:
        message = self._workspace.channels[channel].messages[ts]
        event = {"type": "message", "subtype": "message_changed", "channel": channel, "channel_type": "channel"}
        changed = {"message": dict(message), "previous_message": before, "ts": at, "event_ts": at}
        self._server.sockets.event(event | changed)

    def unfurled(self, channel: str, ts: str) -> None:
        """Slack adds a link's preview: a change that is nobody's edit."""
        message = self._workspace.channels[channel].messages[ts]
        before = dict(message)
        message["attachments"] = [{"title": "A page"}]
        self.changed(channel, ts, before, self._workspace.next_ts())

    def deletes(self, channel: str, ts: str) -> None:
        self._server.methods.delete(self._workspace.channels[channel], ts)

    async def clicks(self, channel: str, message: Payload, label: str, user: str, *, private: bool = False) -> Payload:
        """Press a button or choose an option; fails when it is not acknowledged in time."""
        element, action = _pressable(message, label)
        ts = self._workspace.next_ts()
        container = {"type": "message", "message_ts": message["ts"], "channel_id": channel, "is_ephemeral": private}
        if message.get("thread_ts"):
            container["thread_ts"] = message["thread_ts"]
        payload = {
            "type": "block_actions",
            "team": {"id": TEAM, "domain": "acme"},
            "user": {
                "id": user,
                "username": self._workspace.users[user]["name"],
                "team_id": self._workspace.users[user]["team_id"],
            },
            "api_app_id": APP,
            "container": container,
            "channel": {"id": channel, "name": self._workspace.channels[channel].name},
            "message": {} if private else message,
            "response_url": self._server.response_url(user, channel),
            "trigger_id": self._trigger(),
            "actions": [{"type": element["type"], "action_id": element["action_id"], "action_ts": ts, **action}],
        }
        return await self._interact("interactive", payload)

    async def commands(self, channel: str, user: str, words: str, *, thread: str | None = None) -> Payload:
        """Type the slash command; in a thread Slack refuses it without asking the app."""
        if thread is not None:
            raise AssertionError("Slack: /handrail is not supported in threads")
        payload = {
            "command": "/handrail",
            "text": words,
            "user_id": user,
            "user_name": self._workspace.users[user]["name"],
            "team_id": self._workspace.users[user]["team_id"],
            "channel_id": channel,
            "channel_name": self._workspace.channels[channel].name,
            "api_app_id": APP,
            "response_url": self._server.response_url(user, channel),
            "trigger_id": self._trigger(),
        }
        return await self._interact("slash_commands", payload)

    async def _interact(self, kind: str, payload: Payload) -> Payload:
        envelope = await self._server.sockets.interaction(kind, payload)
        assert envelope.acked.is_set(), f"{kind} was not acknowledged within {self._server.sockets.ack_within} s"
        return payload

    def _event(self, place: Channel, stored: Payload) -> None:
        kind = "im" if place.id.startswith("D") else "channel"
        self._server.sockets.event({**stored, "channel": place.id, "channel_type": kind, "event_ts": stored["ts"]})

    def _trigger(self) -> str:
        self._triggers += 1
        return f"trigger-{self._triggers}"

    async def shown_privately(self, user: str, count: int = 1) -> list[Payload]:
        """What this person alone was shown, once there is as much."""
        async with asyncio.timeout(15):
            while True:
                found = [one for one in self._server.methods.ephemerals if one["user"] == user]
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.01)


def _pressable(message: Payload, label: str) -> tuple[Payload, Payload]:
    for element in block_kit.interactive(message.get("blocks")):
        if element["type"] == "button" and element["text"]["text"] == label:
            return element, {"value": element.get("value"), "text": element["text"]}
        for option in element.get("options", ()):
            if option["text"]["text"] == label:
                return element, {"selected_option": option}
    raise AssertionError(f"no button {label!r} in {block_kit.shown(message.get('blocks'))!r}")


def has_button(message: Payload, label: str) -> bool:
    try:
        _pressable(message, label)
    except AssertionError:
        return False
    return True
