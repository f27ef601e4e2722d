"""How single calls go wrong: planned by a test, used up by the next call they fit."""

import asyncio
import random
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.wire.slack.content import parsed
from tests.wire.slack.workspace import Payload


@dataclass(slots=True)
class Fault:
    """How the next call of a method goes wrong."""

    status: int = 200
    error: str | None = None
    retry_after: str | None = None
    body: str | None = None
    """Sent as it is instead of JSON; the empty text is an empty answer."""
    content_type: str = "application/json"
    carry_out: bool = False
    cut: bool = False
    """The connection breaks instead of an answer."""
    hang: bool = False
    """No answer comes at all."""
    slow: float = 0.0
    """Seconds of the machine's time until the answer, which is otherwise right if `carry_out`."""
    channel: str | None = None
    """Only for calls about this channel."""
    root: bool = False
    """Only for posts that begin a thread of their own."""


class Faults:
    def __init__(self) -> None:
        self._planned: dict[str, deque[Fault]] = defaultdict(deque)
        self._over = asyncio.Event()
        self._lost: dict[str, tuple[float, random.Random]] = {}

    def lose_answers(self, method: str, share: float, seed: int = 0) -> None:
        """From now on so many of this method's calls are carried out and their answers lost."""
        self._lost[method] = share, random.Random(seed)

    def plan(self, method: str, how: dict[str, Any]) -> None:
        if (after := how.get("retry_after")) is not None:
            how["retry_after"] = str(after)
        self._planned[method].append(Fault(**how))

    @property
    def left(self) -> dict[str, int]:
        """What was planned and never came to pass."""
        return {method: len(planned) for method, planned in self._planned.items() if planned}

    def take(self, method: str, given: Payload) -> Fault | None:
        waiting = self._planned[method]
        if waiting and waiting[0].channel in {None, given.get("channel")}:
            about = parsed(given.get("metadata")) or {}
            if not waiting[0].root or (isinstance(about, dict) and about.get("event_payload", {}).get("root")):
                return waiting.popleft()
        share, dice = self._lost.get(method, (0.0, None))
        if dice is not None and dice.random() < share:
            return Fault(carry_out=True, cut=True)
        return None

    async def answer(self, request: web.Request, fault: Fault, answer: Payload) -> web.StreamResponse:
        """What comes over the wire; `answer` is what would come if nothing more were wrong."""
        if fault.slow:
            await asyncio.sleep(fault.slow)
        if fault.hang:
            await self._over.wait()
        if fault.cut or fault.hang:
            return cut(request)
        headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
        if fault.body is not None:
            return web.Response(status=fault.status, text=fault.body, headers=headers, content_type=fault.content_type)
        if fault.status == 429:
            answer = {"ok": False, "error": fault.error or "ratelimited"}
        return web.json_response(answer, status=fault.status, headers=headers)

    def close(self) -> None:
        """Nobody waits any longer."""
        self._over.set()


def cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
