"""What members of the wire workspace do, as Slack would report it."""

import asyncio
from typing import Any

from tests.wire.slack import blocks as block_kit
from tests.wire.slack import view_checks
from tests.wire.slack.chat import changed, without_metadata
from tests.wire.slack.forms import Forms
from tests.wire.slack.server import SlackServer
from tests.wire.slack.sockets import Envelope
from tests.wire.slack.workspace import OTHER_BOT, Channel, Payload


class People:
    """Acts for members. `user` is a user id."""

    def __init__(self, server: SlackServer) -> None:
        self.server = server
        self.workspace = server.workspace
        self.forms = Forms(self)

    def writes(self, channel: str, root: str | None, user: str, text: str, **more: Any) -> str:
        """A message as Slack delivers it: & < > already escaped in `text`, mentions as tokens. Its ts comes back."""
        ts = self.writes_unheard(channel, root, user, text, **more)
        self.reported(channel, ts)
        return ts

    def writes_unheard(self, channel: str, root: str | None, user: str, text: str, **more: Any) -> str:
        """The same, but its event is not sent before `reported`: late, twice, or never."""
        place = self.workspace.channels[channel]
        message = {"user": user, "text": text, "team": self.workspace.users[user]["team_id"], **more}
        if root is not None:
            message["thread_ts"] = root
        return self.workspace.add(place, message)["ts"]

    def reported(self, channel: str, ts: str) -> None:
        place = self.workspace.channels[channel]
        self._event(place, place.messages[ts])

    def attaches(
        self, channel: str, root: str | None, user: str, text: str, *files: tuple[str, bytes, str], **more: Any
    ) -> str:
        """A message with files, each (name, bytes, media type). `more` is told of every file: mode, is_external, …"""
        stored = self.server.methods.files
        made = [stored.made(name, body, mimetype, user) for name, body, mimetype in files]
        for file in made:
            file.facts |= more
        said = {"user": user, "text": text, "team": self.workspace.users[user]["team_id"], "thread_ts": root}
        return stored.shared(self.workspace.channels[channel], made, said)["ts"]

    def broadcasts(self, channel: str, root: str, user: str, text: str) -> str:
        """A reply that is also shown in the channel."""
        return self.writes(channel, root, user, text, subtype="thread_broadcast", root={"ts": root})

    def bot_writes(self, channel: str, root: str, text: str) -> None:
        place = self.workspace.channels[channel]
        message = {"subtype": "bot_message", "bot_id": OTHER_BOT, "text": text, "thread_ts": root}
        self._event(place, self.workspace.add(place, message))

    def edits(self, channel: str, ts: str, text: str) -> None:
        place = self.workspace.channels[channel]
        message = place.messages[ts]
        before, at = dict(message), self.workspace.next_ts()
        message |= {"text": text, "edited": {"user": message["user"], "ts": at}}
        self.changed(channel, ts, before, at)

    def changed(self, channel: str, ts: str, before: Payload, at: str) -> None:
        message = self.workspace.channels[channel].messages[ts]
        self.server.event(changed(self.workspace.channels[channel], message, before, at))

    def unfurled(self, channel: str, ts: str) -> None:
        """Slack adds a link's preview: a change that is nobody's edit."""
        message = self.workspace.channels[channel].messages[ts]
        before = dict(message)
        message["attachments"] = [{"title": "A page"}]
        self.changed(channel, ts, before, self.workspace.next_ts())

    def deletes(self, channel: str, ts: str) -> None:
        self.server.methods.delete(self.workspace.channels[channel], ts)

    async def clicks(self, channel: str, message: Payload, label: str, user: str, *, private: bool = False) -> Payload:
        """Press a button or choose an option; fails when it is not acknowledged in time."""
        element, action = block_kit.pressable(message.get("blocks"), label)
        return await self._acts(channel, message, element, action, user, private=private)

    async def chooses(self, channel: str, message: Payload, action_id: str, value: object, user: str) -> Payload:
        """Choose in a select that stands in a message: an option by its label, a member by id."""
        found = block_kit.interactive(message.get("blocks"))
        element = next(one for one in found if one.get("action_id") == action_id)
        return await self._acts(channel, message, element, view_checks.entered(element, value), user)

    async def _acts(
        self, channel: str, message: Payload, element: Payload, action: Payload, user: str, *, private: bool = False
    ) -> Payload:
        ts = self.workspace.next_ts()
        container = {"type": "message", "message_ts": message["ts"], "channel_id": channel, "is_ephemeral": private}
        if message.get("thread_ts"):
            container["thread_ts"] = message["thread_ts"]
        acted = {"type": element["type"], "action_id": element["action_id"], "action_ts": ts, **action}
        block = next(one for one in message["blocks"] if element in block_kit.interactive(one))
        payload = {
            "type": "block_actions",
            **self.who(user),
            "container": container,
            **self._where(channel, user),
            "message": {} if private else message,
            "trigger_id": self._trigger(user),
            "state": {"values": {}},
            "actions": [{"block_id": block.get("block_id", "made"), **acted}],
        }
        if private:
            self.server.response_urls.about(payload["response_url"], message["ts"])
        await self.interact("interactive", payload)
        return payload

    async def commands(self, channel: str, user: str, words: str, *, thread: str | None = None) -> Payload:
        """Type the slash command; in a thread Slack refuses it without asking the app."""
        if thread is not None:
            raise AssertionError("Slack: /handrail is not supported in threads")
        assert "/handrail" in self.server.grants.commands, "the manifest offers no /handrail"
        payload = {
            "command": "/handrail",
            "text": words,
            "user_id": user,
            "user_name": self.workspace.users[user]["name"],
            "team_id": self.workspace.team,
            "channel_id": channel,
            "channel_name": self.workspace.channels[channel].name,
            "api_app_id": self.workspace.app,
            "response_url": self.server.response_url(user, channel),
            "trigger_id": self._trigger(user),
        }
        envelope = await self.interact("slash_commands", payload)
        if envelope.answer and "text" in envelope.answer:
            self.server.methods.whispered({**envelope.answer, "user": user, "channel": channel})
        return payload

    async def shortcut(self, channel: str, ts: str, callback_id: str, user: str) -> Payload:
        """Choose one of the app's entries in a message's own menu. It works on every message, in threads too."""
        assert callback_id in self.server.grants.shortcuts, f"the manifest offers no shortcut {callback_id!r}"
        payload = {
            "type": "message_action",
            "callback_id": callback_id,
            **self.who(user),
            **self._where(channel, user),
            "message_ts": ts,
            "message": dict(self.workspace.channels[channel].messages[ts]),
            "action_ts": self.workspace.next_ts(),
            "trigger_id": self._trigger(user),
        }
        await self.interact("interactive", payload)
        return payload

    def who(self, user: str) -> Payload:
        """How every interaction names the one who acts."""
        facts = self.workspace.users[user]
        named = {"id": user, "username": facts["name"], "name": facts["name"], "team_id": facts["team_id"]}
        return {
            "team": {"id": self.workspace.team, "domain": self.workspace.domain},
            "user": named,
            "api_app_id": self.workspace.app,
            "token": "verification",
        }

    def _where(self, channel: str, user: str) -> Payload:
        name = self.workspace.channels[channel].name
        return {"channel": {"id": channel, "name": name}, "response_url": self.server.response_url(user, channel)}

    async def interact(self, kind: str, payload: Payload) -> Envelope:
        """Hand it to the app once. What is not acknowledged in time has failed, and the person sees an error."""
        envelope = await self.server.interaction(kind, payload)
        if not envelope.acked.is_set():
            self.server.failures.append(payload)
            raise AssertionError(f"{kind} was not acknowledged within {self.server.sockets.ack_within} s")
        return envelope

    def _event(self, place: Channel, stored: Payload) -> None:
        told = {**without_metadata(stored), "channel": place.id, "event_ts": stored["ts"]}
        self.server.event(told | {"channel_type": place.type})
        if f"<@{self.workspace.bot_user}" in stored.get("text", "") and place.kind != "im" and not stored.get("bot_id"):
            # One message, two events, two event ids.
            self.server.event(told | {"type": "app_mention"})

    def _trigger(self, user: str) -> str:
        return self.server.methods.views.trigger(user)

    async def shown_privately(self, user: str, count: int = 1) -> list[Payload]:
        """What this person alone was shown, once there is as much. `replaced` and `gone` tell what became of it."""
        async with asyncio.timeout(15):
            while True:
                found = [one for one in self.server.methods.ephemerals if one["user"] == user]
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.01)


def has_button(message: Payload, label: str) -> bool:
    try:
        block_kit.pressable(message.get("blocks"), label)
    except AssertionError:
        return False
    return True
