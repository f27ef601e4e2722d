"""Socket Mode: addresses for one use, hello, envelopes, and everything that can become of a socket."""

import asyncio
import itertools
import json
from collections.abc import Sequence

from aiohttp import WSMsgType, web

from tests.wire.slack.events_out import Envelope, WayOut
from tests.wire.slack.workspace import Payload, Workspace

MOST = 10
__all__ = ["Envelope", "SocketMode"]


class SocketMode(WayOut):
    """Hands each payload to one open socket, in turns."""

    def __init__(
        self, workspace: Workspace, ack_within: float = 3.0, retry_after: Sequence[float] = (0.0, 60.0, 300.0)
    ) -> None:
        super().__init__(workspace, ack_within, retry_after)
        self.opened = 0
        self.refused = 0
        self.refuse_new = False
        """True: nobody gets in, as in an outage."""
        self.link_disabled = False
        """True: Socket Mode is switched off in the app's settings."""
        self.patient = True
        """False: an event that finds no socket has failed this time, as at Slack; four times and it is gone."""
        self.pings = 0
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._zombies: set[web.WebSocketResponse] = set()
        self._transports: dict[web.WebSocketResponse, asyncio.Transport] = {}
        self._changed = asyncio.Event()
        self._turn = itertools.count()

    @property
    def open_sockets(self) -> int:
        return len(self._sockets)

    def ticket(self) -> str:
        ticket = f"ticket-{self.workspace.team}-{next(self.numbers)}"
        self._tickets.add(ticket)
        return ticket

    def knows(self, ticket: str) -> bool:
        return ticket.startswith(f"ticket-{self.workspace.team}-")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets or self.refuse_new or len(self._sockets) >= MOST:
            self.refused += 1
            return web.Response(status=403)
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.opened += 1
        assert request.transport is not None
        self._transports[socket] = request.transport
        told = {"approximate_connection_time": 18060, "host": "wire", "started": self.workspace.now().isoformat()}
        info = {"num_connections": len(self._sockets) + 1, "connection_info": {"app_id": self.workspace.app}}
        await socket.send_json({"type": "hello", **info, "debug_info": told})
        self._sockets.append(socket)
        self._changed.set()
        try:
            async for message in socket:
                await self._received(socket, message)
        finally:
            self._transports.pop(socket, None)
            self._zombies.discard(socket)
            if socket in self._sockets:
                self._sockets.remove(socket)
        return socket

    async def _received(self, socket: web.WebSocketResponse, message) -> None:
        if socket in self._zombies:
            return
        if message.type is WSMsgType.PING:
            self.pings += 1
            await socket.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            answer = json.loads(message.data)
            for envelope in self.envelopes:
                if envelope.id == answer.get("envelope_id"):
                    envelope.answer = answer.get("payload") or None
                    envelope.acked.set()

    async def hand_over(self, envelope: Envelope) -> Envelope:
        loop = asyncio.get_running_loop()
        events = envelope.kind == "events_api"
        body = {
            "envelope_id": envelope.id,
            "type": envelope.kind,
            "payload": envelope.payload,
            "accepts_response_payload": not events,
        }
        if events:
            body |= {"retry_attempt": envelope.retry, "retry_reason": envelope.reason}
        self.envelopes.append(envelope)
        try:
            async with asyncio.timeout(None if events and self.patient else self.ack_within):
                while not self._sockets:
                    self._changed.clear()
                    await self._changed.wait()
            began = loop.time()
            socket = self._sockets[next(self._turn) % len(self._sockets)]
            if socket not in self._zombies:
                await socket.send_json(body)
            async with asyncio.timeout(self.ack_within):
                await envelope.acked.wait()
            envelope.acked_after = loop.time() - began
        except (TimeoutError, ConnectionError):
            pass
        return envelope

    # ── what becomes of sockets ──

    async def send(self, body: Payload) -> None:
        """To every socket, such as `disconnect` with a reason."""
        for socket in tuple(self._sockets):
            await socket.send_json(body)

    async def disconnect(self, reason: str, *, which: int | None = None) -> None:
        """`warning`, `refresh_requested`, `too_many_websockets` or `link_disabled`; `which` socket, or every one."""
        if reason == "link_disabled":
            self.link_disabled = True
        for socket in tuple(self._sockets) if which is None else (self._sockets[which],):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "wire"}})

    async def drop(self) -> None:
        """Close every open socket."""
        sockets, self._sockets = self._sockets, []
        for socket in sockets:
            await socket.close(code=1001)

    def reset(self, which: int | None = None) -> None:
        """Cut the connection beneath: no close frame, the peer learns it from TCP alone."""
        for socket in tuple(self._sockets) if which is None else (self._sockets[which],):
            self._sockets.remove(socket)
            self._transports[socket].abort()

    def freeze(self, which: int | None = None) -> None:
        """Make zombies: open, but nothing is sent, no ping is answered, no acknowledgement is read.

        Slack does not know: it still hands payloads to them, in turns.
        """
        self._zombies.update(self._sockets if which is None else [self._sockets[which]])

    @property
    def zombies(self) -> int:
        return len(self._zombies)

    async def until_open(self, count: int = 1) -> None:
        async with asyncio.timeout(15):
            while len(self._sockets) < count:
                self._changed.clear()
                await self._changed.wait()

    async def close(self) -> None:
        await super().close()
        await self.drop()
