"""Socket Mode: addresses for one use, hello, envelopes, and sending again what was not acknowledged."""

import asyncio
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.wire.slack.workspace import APP, BOT_USER, TEAM, Payload


@dataclass(slots=True)
class Envelope:
    """One thing handed to the app; `acked_after` in seconds, None while or if it was never acknowledged."""

    id: str
    kind: str
    payload: Payload
    retry: int = 0
    acked_after: float | None = None
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Payload | None = None


class SocketMode:
    """Hands each payload to one open socket. `ack_within` is Slack's three seconds."""

    def __init__(self, ack_within: float = 3.0, retry_after: Sequence[float] = (0.0, 60.0, 300.0)) -> None:
        self.ack_within = ack_within
        self.retry_after = retry_after
        self.envelopes: list[Envelope] = []
        self.opened = 0
        self.refused = 0
        self.refuse_new = False
        """True: nobody gets in, as in an outage."""
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._changed = asyncio.Event()
        self._ids = itertools.count(1)
        self._turn = itertools.count()
        self._tasks: set[asyncio.Task[Envelope]] = set()

    @property
    def open_sockets(self) -> int:
        return len(self._sockets)

    def ticket(self) -> str:
        ticket = f"ticket-{next(self._ids)}"
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets or self.refuse_new or len(self._sockets) >= 10:
            self.refused += 1
            return web.Response(status=403)
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.opened += 1
        info = {"app_id": APP}
        await socket.send_json({"type": "hello", "num_connections": len(self._sockets) + 1, "connection_info": info})
        self._sockets.append(socket)
        self._wake()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(json.loads(message.data))
        finally:
            if socket in self._sockets:
                self._sockets.remove(socket)
        return socket

    def _acknowledge(self, answer: Payload) -> None:
        for envelope in self.envelopes:
            if envelope.id == answer.get("envelope_id"):
                envelope.answer = answer.get("payload")
                envelope.acked.set()

    def event(self, event: Payload, *, team: str = TEAM, authorized: str = TEAM) -> None:
        """Send an Events API event until it is acknowledged, three more times at most."""
        number = next(self._ids)
        payload = {
            "type": "event_callback",
            "team_id": team,
            "api_app_id": APP,
            "event_id": f"Ev{number}",
            "event_time": int(float(event.get("event_ts") or 0)),
            "authorizations": [{"team_id": authorized, "user_id": BOT_USER, "is_bot": True}],
            "event": event,
        }
        self._run(self._until_acked(payload))

    async def interaction(self, kind: str, payload: Payload) -> Envelope:
        """Send a click or a command once. The caller looks whether it was acknowledged in time."""
        return await self._hand_over(Envelope(f"env-{next(self._ids)}", kind, payload))

    async def _until_acked(self, payload: Payload) -> Envelope:
        envelope = Envelope(f"env-{next(self._ids)}", "events_api", payload)
        for retry, pause in enumerate((0.0, *self.retry_after)):
            await asyncio.sleep(pause)
            envelope = await self._hand_over(Envelope(f"env-{next(self._ids)}", "events_api", payload, retry))
            if envelope.acked.is_set():
                break
        return envelope

    async def _hand_over(self, envelope: Envelope) -> Envelope:
        loop = asyncio.get_running_loop()
        body = {
            "envelope_id": envelope.id,
            "type": envelope.kind,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.kind != "events_api",
        }
        if envelope.kind == "events_api":
            body |= {"retry_attempt": envelope.retry, "retry_reason": "timeout" if envelope.retry else ""}
        self.envelopes.append(envelope)
        while not self._sockets:
            self._changed.clear()
            await self._changed.wait()
        began = loop.time()
        socket = self._sockets[next(self._turn) % len(self._sockets)]
        try:
            await socket.send_json(body)
            async with asyncio.timeout(self.ack_within):
                await envelope.acked.wait()
            envelope.acked_after = loop.time() - began
        except (TimeoutError, ConnectionError):
            pass
        return envelope

    async def send(self, body: Payload) -> None:
        """To every socket, such as `disconnect` with a reason."""
        for socket in tuple(self._sockets):
            await socket.send_json(body)

    async def drop(self) -> None:
        """Close every open socket."""
        sockets, self._sockets = self._sockets, []
        for socket in sockets:
            await socket.close(code=1001)

    async def until_open(self, count: int = 1) -> None:
        async with asyncio.timeout(15):
            while len(self._sockets) < count:
                self._changed.clear()
                await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()

    def _run(self, work) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.drop()
