"""The gateway: sessions, intents, sequence numbers, resume."""

import asyncio
import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.wire.discord.world import DM, Post

if TYPE_CHECKING:
    from tests.wire.discord.server import DiscordServer

Json = dict[str, Any]
GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = 1 << 1 | 1 << 8 | MESSAGE_CONTENT


@dataclass
class Session:
    id: str
    intents: int
    seq: int = 0
    sent: list[tuple[int, Json]] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None
    squeeze: Any = None
    line: asyncio.WriteTransport | None = None
    resumed: int = 0

    async def give(self, kind: str, data: Json) -> None:
        """Number an event and send it; kept for a resume."""
        self.seq += 1
        packet = {"op": 0, "t": kind, "s": self.seq, "d": data}
        self.sent.append((self.seq, packet))
        await self.push(packet)

    async def push(self, packet: Json) -> None:
        if self.socket is None or self.socket.closed:
            return
        try:
            await _send(self.socket, packet, self.squeeze)
        except ConnectionError:
            self.socket = None


class Gateway:
    def __init__(self, server: "DiscordServer") -> None:
        self._server = server
        self.content_allowed = True
        """The message-content switch on the developer page."""
        self.refusing = False
        """Answers 503 instead of a websocket."""
        self.silent = False
        """Half dead: the socket stands, nothing is acknowledged and nothing comes."""
        self.sessions: dict[str, Session] = {}
        self.identifies = 0
        self.heartbeats = 0
        self.beat_ms = 41_250

    @property
    def live(self) -> list[Session]:
        return [one for one in self.sessions.values() if one.socket is not None and not one.socket.closed]

    # ── the socket ────────────────────────────────────────────────────────

    async def connect(self, request: web.Request) -> web.StreamResponse:
        if self.refusing:
            return web.Response(status=503)
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        squeeze = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        await _send(socket, {"op": 10, "d": {"heartbeat_interval": self.beat_ms}}, squeeze)
        session: Session | None = None
        async for message in socket:
            if message.type is not WSMsgType.TEXT or len(message.data) > 4096:
                await socket.close(code=4002)
                break
            packet = json.loads(message.data)
            if packet["op"] == 1:
                self.heartbeats += 1
                if not self.silent:
                    await _send(socket, {"op": 11}, squeeze)
            elif packet["op"] == 2:
                session = await self._identify(socket, squeeze, packet["d"])
            elif packet["op"] == 6:
                session = await self._resume(socket, squeeze, packet["d"])
            if session is not None:
                session.line = request.transport
            self._server.note()
        if session is not None and session.socket is socket:
            session.socket = None
            if socket.close_code in {WSCloseCode.OK, WSCloseCode.GOING_AWAY}:
                self.sessions.pop(session.id, None)
        self._server.note()
        return socket

    async def _identify(self, socket: web.WebSocketResponse, squeeze: Any, data: Json) -> Session | None:
        self.identifies += 1
        world = self._server.world
        if data["token"] != self._server.token:
            await socket.close(code=4004)
            return None
        if data["intents"] & PRIVILEGED & ~MESSAGE_CONTENT or (
            data["intents"] & MESSAGE_CONTENT and not self.content_allowed
        ):
            await socket.close(code=4014)
            return None
        session = Session(f"session-{self.identifies}", data["intents"], socket=socket, squeeze=squeeze)
        self.sessions[session.id] = session
        ready = {
            "v": 10,
            "user": world.bot.user_json(),
            "guilds": [] if world.bot_removed else [{"id": str(world.guild), "unavailable": True}],
            "session_id": session.id,
            "resume_gateway_url": self._server.gateway_url,
            "application": {"id": str(world.application), "flags": 0},
        }
        await session.give("READY", ready)
        if not world.bot_removed:
            await session.give("GUILD_CREATE", world.guild_json())
        return session

    async def _resume(self, socket: web.WebSocketResponse, squeeze: Any, data: Json) -> Session | None:
        session = self.sessions.get(data["session_id"])
        if session is None or data["token"] != self._server.token:
            await _send(socket, {"op": 9, "d": False}, squeeze)
            return None
        session.socket, session.squeeze = socket, squeeze
        session.resumed += 1
        for seq, packet in list(session.sent):
            if seq > (data["seq"] or 0):
                await session.push(packet)
        await session.give("RESUMED", {"_trace": []})
        return session

    # ── trouble ───────────────────────────────────────────────────────────

    async def drop(self, code: int = 4000) -> None:
        """Close every socket; sessions stay and can be resumed."""
        for session in self.live:
            if session.socket is not None:
                await session.socket.close(code=code)
                session.socket = None

    async def cut(self) -> None:
        """Break every socket without a closing word."""
        for session in self.live:
            if session.line is not None:
                session.line.abort()
            session.socket = None

    async def ask_to_reconnect(self) -> None:
        for session in self.live:
            await session.push({"op": 7, "d": None})

    async def invalidate(self, *, resumable: bool) -> None:
        for session in self.live:
            if not resumable:
                self.sessions.pop(session.id, None)
            await session.push({"op": 9, "d": resumable})

    # ── events ────────────────────────────────────────────────────────────

    async def tell(self, kind: str, data: Json, *, needs: int = GUILDS) -> None:
        if kind.startswith("MESSAGE_") and needs == GUILDS:
            needs = GUILD_MESSAGES
        for session in list(self.sessions.values()):
            if session.intents & needs and not self.silent:
                await session.give(kind, data)
        self._server.note()

    async def message(self, post: Post, kind: str, **extra: Any) -> None:
        """A message event; without the content intent the words of others are blanked."""
        world = self._server.world
        private = world.channels[post.channel].kind == DM
        data = world.post_json(post, nonce=kind == "MESSAGE_CREATE") | extra
        if not private:
            data |= {"guild_id": str(world.guild), "member": post.author.member_json()}
        plain = private or post.author is world.bot or world.bot in post.mentioned
        for session in list(self.sessions.values()):
            if not session.intents & (DIRECT_MESSAGES if private else GUILD_MESSAGES) or self.silent:
                continue
            hidden = {} if plain or session.intents & MESSAGE_CONTENT else {
                "content": "", "embeds": [], "attachments": [], "components": [],
            }  # fmt: skip
            await session.give(kind, json.loads(json.dumps(data | hidden)))
        self._server.note()

    async def interaction(self, data: Json) -> bool:
        """Told once, to one session that stands; False if nobody is there to hear it."""
        for session in self.live:
            if not self.silent:
                await session.give("INTERACTION_CREATE", data)
                # Delivered once: a resume does not bring it back.
                session.sent.pop()
                self._server.note()
                return True
        await asyncio.sleep(0)
        return False


async def _send(socket: web.WebSocketResponse, packet: Json, squeeze: Any) -> None:
    text = json.dumps(packet)
    if squeeze is None:
        await socket.send_str(text)
    else:
        await socket.send_bytes(squeeze.compress(text.encode()) + squeeze.flush(zlib.Z_SYNC_FLUSH))
