"""Points at which a test may kill the daemon, as a power cut would: before and after each step that must not be lost.

`HANDRAIL_CRASH=root.after_call:2` kills at the second pass of that point. Without the variable a point does nothing.
"""

import os
import signal
from collections.abc import Mapping
from typing import Final

VARIABLE: Final = "HANDRAIL_CRASH"

POINTS: Final[Mapping[str, int]] = {
    "migration.before_commit": 0,
    "intake.received": 1,
    "intake.before_commit": 2,
    "store.before_commit": 2,
    "store.after_commit": 2,
    "intake.before_answer": 3,
    "delivery.before_take": 4,
    "delivery.taken": 4,
    "root.before_call": 5,
    "root.after_call": 5,
    "delivery.before_record": 6,
    "delivery.recorded": 6,
    "words.before_call": 7,
    "words.after_call": 7,
    "words.split": 7,
    "card.before_call": 7,
    "card.after_call": 7,
    "ring.before_call": 7,
    "ring.after_call": 7,
    "chat.before_commit": 8,
    "chat.before_ack": 8,
    "parked.before_commit": 9,
    "parked.before_ack": 9,
    "parked.before_take_up": 10,
    "parked.taken_up": 10,
    "callback.before_call": 11,
    "callback.after_call": 11,
    "mark.before_call": 12,
    "mark.after_call": 12,
}
"""Every point and the step of an escalation's way it belongs to: 1 the request … 12 the mark; 0 is the start."""

_left: dict[str, int] = {}


def arm() -> None:
    """Take in what the environment says. A process does so as it starts."""
    _left.clear()
    point, _, passes = os.environ.get(VARIABLE, "").partition(":")
    if not point:
        return
    if point not in POINTS or not (passes or "1").isdecimal():
        raise SystemExit(f"{VARIABLE} names no point and pass: {', '.join(POINTS)}, each with :1, :2, …")
    _left[point] = int(passes or "1")


def crashpoint(name: str) -> None:
    """Die here, without a goodbye, if this is the point and the pass asked for."""
    if name not in _left:
        return
    _left[name] -= 1
    if _left[name] == 0:
        os.kill(os.getpid(), signal.SIGKILL)


arm()
