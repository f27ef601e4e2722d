"""The points at which a test may kill the daemon: each stands once, and no send to a shore goes round them."""

import ast
import os
import subprocess
import sys
from collections import Counter

from bridge.crashpoint import POINTS, VARIABLE
from tests.nursery import ROOT, outside
from tests.source_tree import OURS, files, shown, tree_of

TWELVE = set(range(1, 13))
SENDS = {"open_thread", "post", "edit", "retract", "mark", "whisper", "direct", "refresh_card", "close_thread", "tell"}
"""The methods of the two ports that change something on a shore."""
SENDERS = {f"bridge/delivery/{name}.py" for name in ("senders", "cards", "rings", "words")}
BESIDE = {"bridge/cli/bots.py", "bridge/jobs/catching_up.py"}
"""An operator's trial of a callback, and the private answer to words that were found late: nothing is owed when it is
cut off, as with an answer to a click."""
DOORS = {
    "adapters/bots/webhook/connection.py",
    "adapters/chat/discord/platform/calls.py",
    "adapters/chat/discord/platform/client.py",
    "adapters/chat/slack/platform/answers.py",
    "adapters/chat/slack/platform/calls.py",
}
"""Where bytes leave for a shore. Answers to a click go by `answers` and after the commit: they carry no promise."""


def literals_of(node):
    return [each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def named(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def calls(path):
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]


def chain(node):
    """`errand.platform.post` → ["errand", "platform", "post"]; calls in between count by their name."""
    names = []
    while True:
        match node:
            case ast.Attribute(value=inner, attr=attr):
                names.append(attr)
                node = inner
            case ast.Call(func=inner):
                node = inner
            case ast.Name(id=name):
                return [*names, name][::-1]
            case _:
                return names[::-1]


def test_every_point_stands_once_in_the_code_and_every_step_has_one():
    found = Counter()
    for path in files(*OURS):
        if shown(path) == "bridge/crashpoint.py":
            continue
        if shown(path) == "bridge/delivery/crossing.py":
            tables = [node for node in tree_of(path).body if isinstance(node, ast.Assign)]
            found.update(name for table in tables for name in literals_of(table) if "." in name)
            continue
        found.update(call.args[0].value for call in calls(path) if named(call) == "crashpoint")

    assert {name: count for name, count in found.items() if count != 1} == {}
    assert set(found) == set(POINTS)
    assert set(POINTS.values()) - {0} == TWELVE


def test_every_send_to_a_shore_stands_between_two_points():
    outside_of_senders = [
        f"{shown(path)}:{call.lineno}"
        for path in files("bridge")
        for call in calls(path)
        if named(call) in SENDS and {"platform", "connection", "chat"} & set(chain(call.func)[:-1])
        if shown(path) not in SENDERS | BESIDE
    ]
    assert outside_of_senders == []

    sent = [
        (shown(path), call)
        for path in files("bridge")
        for call in calls(path)
        if chain(call.func)[-2:] == ["senders", "send"]
    ]
    across = [arg for path in files("bridge") for call in calls(path) if named(call) == "across" for arg in call.args]
    assert [place for place, _ in sent] == ["bridge/delivery/courier.py"]
    assert sent[0][1] in across


def test_bytes_leave_for_a_shore_by_known_doors_only():
    """A new door has to be thought about: is it behind a delivery, or does it carry no promise?"""
    leaving = {
        shown(path)
        for path in files("adapters")
        for call in calls(path)
        if named(call) in {"api_call", "request"} or chain(call.func)[-2:] in (["session", "post"], ["_opened", "post"])
    }
    assert leaving == DOORS


def run(point):
    code = "from bridge.crashpoint import crashpoint\nfor _ in range(3):\n  crashpoint('root.after_call'); print('.')"
    return subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True,
        env={**outside(), "PYTHONUNBUFFERED": "1", **({VARIABLE: point} if point else {})},
    )  # fmt: skip


def test_a_point_kills_at_the_pass_asked_for_and_does_nothing_otherwise():
    second = run("root.after_call:2")
    assert (second.returncode, second.stdout) == (-9, ".\n")
    assert run("mark.after_call:1").returncode == 0
    assert run(None).returncode == 0
    assert VARIABLE not in os.environ


def test_a_point_nobody_knows_is_refused_with_those_there_are():
    wrong = run("root.after_cal:1")
    assert wrong.returncode == 1
    assert "root.after_call" in wrong.stderr
