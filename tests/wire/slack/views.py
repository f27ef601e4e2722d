"""Modals and home tabs: triggers of three seconds and one use, stacks of three, hashes."""

import asyncio
import itertools
import json
from dataclasses import dataclass
from typing import Any

from tests.wire.slack import blocks as block_kit
from tests.wire.slack import view_checks
from tests.wire.slack.workspace import Payload, Refused, Workspace

DEEPEST = 3


@dataclass(slots=True)
class Trigger:
    """What an interaction allows: one modal, soon. `view` is the modal it came from."""

    user: str
    made: float
    view: str | None = None
    used: bool = False


class Views:
    """`trigger_life` is Slack's three seconds, in the machine's own time as `ack_within` is."""

    def __init__(self, workspace: Workspace) -> None:
        self.trigger_life = 3.0
        self.stacks: dict[str, list[Payload]] = {}
        """User → their open modals, the visible one last."""
        self.homes: dict[str, Payload] = {}
        self.triggers: dict[str, Trigger] = {}
        self.changed = asyncio.Event()
        """Set whenever a view was opened, changed or published."""
        self.workspace = workspace
        self._numbers = itertools.count(1)

    def trigger(self, user: str, view: str | None = None) -> str:
        name = f"{next(self._numbers)}.{user}.{self.workspace.team}"
        self.triggers[name] = Trigger(user, asyncio.get_running_loop().time(), view)
        return name

    def top(self, user: str) -> Payload | None:
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def by_id(self, view_id: object) -> Payload | None:
        everything = [*self.homes.values(), *(view for stack in self.stacks.values() for view in stack)]
        return next((view for view in everything if view["id"] == view_id), None)

    def do_views_open(self, given: Payload) -> Payload:
        trigger = self._spend(given)
        view = self._made(self._checked(given["view"], "modal"))
        self.stacks[trigger.user] = [view]
        return self._shown(view)

    def do_views_push(self, given: Payload) -> Payload:
        trigger = self._spend(given)
        checked = self._checked(given["view"], "modal")
        stack = self.stacks.get(trigger.user)
        if trigger.view is None or not stack or stack[-1]["id"] != trigger.view:
            raise Refused("not_found")
        return self._shown(self.pushed(stack, checked))

    def do_views_update(self, given: Payload) -> Payload:
        if ("view_id" in given) == ("external_id" in given):
            raise Refused("invalid_arguments", detail="either view_id or external_id")
        found = self.by_id(given.get("view_id")) if "view_id" in given else self._by_external(given["external_id"])
        kind = "modal" if found is None else found["type"]
        checked = self._checked(given["view"], kind, besides=found)
        if found is None:
            raise Refused("not_found")
        if given.get("hash", found["hash"]) != found["hash"]:
            raise Refused("hash_conflict")
        return self._shown(self.replaced(found, checked))

    def do_views_publish(self, given: Payload) -> Payload:
        user, found = str(given["user_id"]), self.homes.get(str(given["user_id"]))
        if user not in self.workspace.users:
            raise Refused("invalid_arguments", detail="invalid `user_id`")
        checked = self._checked(given["view"], "home", besides=found)
        if "hash" in given and (found is None or given["hash"] != found["hash"]):
            raise Refused("hash_conflict")
        if found is None:
            found = self.homes[user] = self._made(checked)
        else:
            self.replaced(found, checked)
        return self._shown(found)

    def pushed(self, stack: list[Payload], checked: Payload) -> Payload:
        if len(stack) >= DEEPEST:
            raise Refused("push_limit_reached")
        view = self._made(checked)
        view |= {"root_view_id": stack[0]["id"], "previous_view_id": stack[-1]["id"]}
        stack.append(view)
        self.changed.set()
        return view

    def replaced(self, found: Payload, checked: Payload) -> Payload:
        """The view with its new content. What somebody entered stays where block and action keep their ids."""
        kept = found["state"]["values"]
        fresh = self._made(checked)
        for block_id, actions in fresh["state"]["values"].items():
            for action_id, state in actions.items():
                before = kept.get(block_id, {}).get(action_id)
                if before is not None and before["type"] == state["type"]:
                    actions[action_id] = before
        same = {name: found[name] for name in ("id", "root_view_id", "previous_view_id")}
        found.clear()
        found |= fresh | same
        self.changed.set()
        return found

    def _spend(self, given: Payload) -> Trigger:
        trigger = self.triggers.get(str(given.get("trigger_id")))
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if asyncio.get_running_loop().time() - trigger.made > self.trigger_life:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def _checked(self, view: Any, kind: str, besides: Payload | None = None) -> Payload:
        """`view` may be an object or its JSON."""
        given: Payload = json.loads(view) if isinstance(view, str) else view
        return self.checked(given, kind, besides=besides)

    def checked(self, view: Payload, kind: str, *, besides: Payload | None = None) -> Payload:
        """Raises: Refused when Slack would not take it; `besides` is the view it takes the place of."""
        for reason in view_checks.wrong(view, kind):
            if reason == "view_too_large":
                raise Refused(reason)
            raise Refused("invalid_arguments", detail=reason, response_metadata={"messages": [reason]})
        for node in block_kit.nodes(view["blocks"]):
            if node.get("initial_user", self.workspace.bot_user) not in self.workspace.users:
                raise Refused("invalid_arguments", detail=f"initial_user {node['initial_user']} is nobody here")
        external = view.get("external_id")
        other = self._by_external(external) if external else None
        if other is not None and other is not besides:
            raise Refused("duplicate_external_id")
        return view

    def _by_external(self, external: object) -> Payload | None:
        everything = [*self.homes.values(), *(view for stack in self.stacks.values() for view in stack)]
        return next((view for view in everything if view["external_id"] == external), None)

    def _made(self, view: Payload) -> Payload:
        number = next(self._numbers)
        blocks = [{"block_id": f"made{number}.{place}", **block} for place, block in enumerate(view["blocks"])]
        made: Payload = {
            "id": f"V{number:08d}",
            "team_id": self.workspace.team,
            "title": None,
            "submit": None,
            "close": None,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            **view,
            "blocks": blocks,
            "state": {"values": {}},
            "hash": f"{number}.{number:08x}",
            "app_id": self.workspace.app,
            "bot_id": self.workspace.bot_id,
        }
        made |= {"root_view_id": made["id"], "previous_view_id": None}
        for block, element in view_checks.inputs(made):
            state = {"type": element["type"], **view_checks.at_first(element)}
            made["state"]["values"].setdefault(block["block_id"], {})[element["action_id"]] = state
        return made

    def _shown(self, view: Payload) -> Payload:
        self.changed.set()
        return {"view": json.loads(json.dumps(view))}
