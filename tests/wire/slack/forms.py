"""What members do with modals and with the app's home tab."""

import asyncio
import json
from typing import TYPE_CHECKING

from tests.wire.slack import blocks as block_kit
from tests.wire.slack import view_checks
from tests.wire.slack.workspace import Payload

if TYPE_CHECKING:
    from tests.wire.slack.people import People


class Forms:
    """`people.forms`. All of it acts on the modal that is on top for this user, unless it says home."""

    def __init__(self, people: "People") -> None:
        self._people = people
        self.views = people.server.methods.views
        self.errors: dict[str, dict[str, str]] = {}
        """User → what stands in red under the inputs of their modal: block id → words."""

    async def opened(self, user: str, title: str | None = None) -> Payload:
        """The modal before this user, once there is one (of that title)."""
        return await self._until(lambda: self.views.top(user), title)

    async def home(self, user: str) -> Payload:
        """This user's home tab, once it is published."""
        return await self._until(lambda: self.views.homes.get(user), None)

    async def updated(self, view: Payload) -> Payload:
        """The same view, once it has another hash than `view` had when it was taken by `opened` or `home`."""
        return await self._until(lambda: _other(self.views.by_id(view["id"]), view["hash"]), None)

    def shows(self, user: str) -> str:
        """All that people read on the modal: title, words, labels, options, buttons."""
        return read(self._top(user))

    def holds(self, user: str, label: str) -> object:
        """What stands in the input of that label."""
        block, element = self._input(user, label)
        state = self._top(user)["state"]["values"][block["block_id"]][element["action_id"]]
        return next(value for key, value in state.items() if key != "type")

    def fills(self, user: str, label: str, value: object) -> None:
        """Type words, or choose: an option by its label, a member by id, several as a list. None empties it."""
        block, element = self._input(user, label)
        state = {"type": element["type"]} | (
            view_checks.entered(element, value) if value is not None else dict.fromkeys(view_checks.at_first(element))
        )
        self._top(user)["state"]["values"][block["block_id"]][element["action_id"]] = state

    async def submits(self, user: str, **values: object) -> Payload | None:
        """Press the modal's own button, after `fills` for each of `values`; the app's answer comes back.

        A modal that is acknowledged without an answer closes; `update`, `push`, `clear` and `errors` do what they do.
        """
        for label, value in values.items():
            self.fills(user, label.replace("_", " "), value)
        view = self._top(user)
        assert view["submit"] is not None, "this modal has nothing to submit"
        for block, element in view_checks.inputs(view):
            state = view["state"]["values"][block["block_id"]][element["action_id"]]
            if block["type"] == "input" and not block.get("optional") and view_checks.is_empty(state):
                raise AssertionError(f"Slack's client: please complete {block['label']['text']!r}")
        payload = self._payload("view_submission", user, view) | {"response_urls": []}
        envelope = await self._people.interact("interactive", payload)
        self._answered(user, view["id"], envelope.answer or None)
        return envelope.answer or None

    async def closes(self, user: str) -> None:
        """Press Cancel or Escape. The app hears of it only if it asked for that (`notify_on_close`)."""
        view = self.views.stacks[user].pop()
        if view["clear_on_close"]:
            self.views.stacks[user].clear()
        if view["notify_on_close"]:
            await self._people.interact("interactive", self._payload("view_closed", user, view) | {"is_cleared": False})

    async def presses(self, user: str, label: str, *, home: bool = False, value: object = None) -> Payload:
        """Press a button or choose an option in the modal, or on the home tab; the payload comes back."""
        view = self.views.homes[user] if home else self._top(user)
        element, action = block_kit.pressable(view["blocks"], label)
        return await self._acts(user, view, element, action)

    async def chooses(self, user: str, action_id: str, value: object, *, home: bool = False) -> Payload:
        """Change a select that tells the app at once: one outside an input, or with dispatch_action."""
        view = self.views.homes[user] if home else self._top(user)
        block, element = next(both for both in view_checks.inputs(view) if both[1]["action_id"] == action_id)
        assert block["type"] != "input" or block.get("dispatch_action"), "this input waits to be submitted"
        chosen = view_checks.entered(element, value)
        view["state"]["values"][block["block_id"]][action_id] = {"type": element["type"]} | chosen
        return await self._acts(user, view, element, chosen)

    def opens_home(self, user: str, tab: str = "home") -> None:
        """Look at the app: `home` or `messages`."""
        place = self._people.server.workspace.direct_channel(user)
        at = self._people.server.workspace.next_ts()
        event: Payload = {"type": "app_home_opened", "user": user, "channel": place.id, "tab": tab, "event_ts": at}
        if tab == "home" and user in self.views.homes:
            event["view"] = _copy(self.views.homes[user])
        self._people.server.event(event)

    async def _acts(self, user: str, view: Payload, element: Payload, action: Payload) -> Payload:
        block = next(one for one in view["blocks"] if element in block_kit.interactive(one))
        acted = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"], **action}
        payload = self._payload("block_actions", user, view) | {
            "container": {"type": "view", "view_id": view["id"]},
            "actions": [{**acted, "action_ts": self._people.server.workspace.next_ts()}],
        }
        await self._people.interact("interactive", payload)
        return payload

    def _payload(self, kind: str, user: str, view: Payload) -> Payload:
        payload: Payload = {"type": kind, **self._people.who(user), "view": _copy(view)}
        if kind != "view_closed":
            payload["trigger_id"] = self.views.trigger(user, view["id"])
        return payload

    def _answered(self, user: str, view_id: str, answer: Payload | None) -> None:
        stack = self.views.stacks[user]
        view = next((one for one in stack if one["id"] == view_id), None)
        assert view is not None
        self.errors.pop(user, None)
        match (answer or {}).get("response_action"):
            case None:
                stack.remove(view)
            case "clear":
                stack.clear()
            case "update":
                self.views.replaced(view, self.views.checked(answer["view"], "modal", besides=view))
            case "push":
                self.views.pushed(stack, self.views.checked(answer["view"], "modal"))
            case "errors":
                known = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
                assert answer["errors"], "errors without any"
                assert set(answer["errors"]) <= known, f"{set(answer['errors']) - known} is no input of this modal"
                self.errors[user] = answer["errors"]
            case other:
                raise AssertionError(f"no response_action: {other}")

    def _top(self, user: str) -> Payload:
        view = self.views.top(user)
        assert view is not None, f"{user} has no modal before them"
        return view

    def _input(self, user: str, label: str) -> tuple[Payload, Payload]:
        found = view_checks.inputs(self._top(user))
        for block, element in found:
            if label in (block.get("label", {}).get("text"), block["block_id"], element["action_id"]):
                return block, element
        raise AssertionError(f"no input {label!r}, but {[block.get('label', block)['text'] for block, _ in found]}")

    async def _until(self, look, title: str | None) -> Payload:
        async with asyncio.timeout(15):
            while True:
                found = look()
                if found is not None and title in {None, (found["title"] or {}).get("text")}:
                    return _copy(found)
                self.views.changed.clear()
                await self.views.changed.wait()


def read(view: Payload) -> str:
    """All that people read on a modal or a home tab."""
    ends = [view["title"], *view["blocks"], view["submit"], view["close"]]
    words = [node["text"] for end in ends for node in block_kit.nodes(end) if isinstance(node.get("text"), str)]
    return "\n".join(words)


def _other(view: Payload | None, hash_: str) -> Payload | None:
    return view if view is not None and view["hash"] != hash_ else None


def _copy(view: Payload) -> Payload:
    copied: Payload = json.loads(json.dumps(view))
    return copied
