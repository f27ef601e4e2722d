"""What a test can make go wrong on a route, and what was asked."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Planned:
    """One answer in place of the real one; `carry_out` does the work first and then answers so, or cuts."""

    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    carry_out: bool = False
    cut: bool = False
    gate: asyncio.Event | None = None


@dataclass(frozen=True)
class Asked:
    route: str
    method: str
    path: str
    query: dict[str, str]
    body: Any
    authorized: bool


class Faults:
    def __init__(self) -> None:
        self._planned: dict[str, deque[Planned]] = defaultdict(deque)

    def answer_next(
        self,
        route: str,
        *,
        status: int,
        code: int = 0,
        message: str = "made to fail",
        retry_after: Any = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
        is_global: bool = False,
        edge: bool = False,
        times: int = 1,
    ) -> None:
        """The next call of the route gets this answer and has no effect. `edge`: a 429 of the CDN, no JSON, no Via."""
        sent = dict(headers or {})
        if body is None:
            body = {"code": code, "message": message}
        if status == 429:
            wait = 1.0 if retry_after is None else retry_after
            sent["Retry-After"] = str(wait)
            if edge:
                body = "error code: 1015"
            else:
                sent |= {"Via": "1.1 google", "X-RateLimit-Scope": "global" if is_global else "user"}
                body = {"message": "You are being rate limited.", "retry_after": wait, "global": is_global}
        self._planned[route].extend([Planned(status, body, sent)] * times)

    def lose_answer(self, route: str, *, status: int | None = None, times: int = 1) -> None:
        """The next call is carried out, but its answer is lost: cut, or a bare `status` instead."""
        plan = Planned(status, "upstream error", carry_out=True, cut=status is None)
        self._planned[route].extend([plan] * times)

    def cut_next(self, route: str, *, times: int = 1) -> None:
        """The next call is cut without having any effect; from outside this looks the same as a lost answer."""
        self._planned[route].extend([Planned(cut=True)] * times)

    def hold_next(self, route: str) -> asyncio.Event:
        """The next call is carried out; its answer waits until the event is set."""
        gate = asyncio.Event()
        self._planned[route].append(Planned(carry_out=True, gate=gate))
        return gate

    def take(self, route: str) -> Planned | None:
        waiting = self._planned.get(route)
        return waiting.popleft() if waiting else None

    @property
    def left(self) -> dict[str, int]:
        return {route: len(waiting) for route, waiting in self._planned.items() if waiting}


def cut(request: web.Request) -> web.Response:
    """Reset the connection as a broken line would."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
