"""A small server that speaks as much of Handrail's bot interface as a bot needs: signed both ways, idempotent."""

import asyncio
import base64
import hmac
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import aiohttp
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

SIGNING = "whsec_c2hvcC1ib3Qgc2lnbnMgaXRzIGNhbGxzIHdpdGggdGhpcw=="
CALLBACK = "whsec_aGFuZHJhaWwgc2lnbnMgaXRzIGNhbGxiYWNrcyB3aXRoIGl0"


@dataclass(frozen=True, slots=True)
class Call:
    """One signed request that was carried out; repeated ones do not count."""

    method: str
    path: str
    body: Any
    key: str


def trusted(raw: bytes, headers: Mapping[str, str]) -> bool:
    """By the library; it verifies only text, so what is none is verified as the standard says."""
    try:
        Webhook(SIGNING).verify(raw.decode(), dict(headers), json_parse=False)
    except UnicodeDecodeError:
        head = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
        mac = hmac.digest(base64.b64decode(SIGNING.removeprefix("whsec_")), head + raw, "sha256")
        return headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
    except WebhookVerificationError:
        return False
    return True


def said(raw: bytes, media: str) -> Any:
    """The JSON of a body, or the name and the bytes of a form's file."""
    if not media.startswith("multipart/"):
        return json.loads(raw) if raw else None
    whole: EmailMessage = BytesParser(policy=policy.HTTP).parsebytes(f"Content-Type: {media}\r\n\r\n".encode() + raw)
    (part,) = whole.iter_parts()
    assert part.get_param("name", header="content-disposition") == "file"
    return {"name": part.get_filename(), "content": part.get_payload(decode=True)}


class WireHandrail:
    """One ticket per conversation. `calls` were carried out once each, `attempts` are the keys of all requests."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.attempts: list[str] = []
        self.tickets: dict[str, dict[str, Any]] = {}
        self._answers: dict[str, web.Response] = {}
        self._next: deque[web.Response] = deque()
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._told = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> list[str]:
        """What users said to the team, in order."""
        return [call.body["text"] for call in self.calls if call.method == "POST" and call.path.endswith("/messages")]

    async def up(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/v1/{rest:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def down(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def answer_next(self, status: int, problem: str = "", **headers: str) -> None:
        body = {"type": f"/docs/problems/{problem}", "status": status}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._next.append(
            web.json_response(body, status=status, headers=named, content_type="application/problem+json")
        )

    async def carried_out(self, count: int) -> list[Call]:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.calls) >= count)
        return self.calls

    async def attempted(self, count: int) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.attempts) >= count)

    def event(self, visitor: str, kind: str, owner: str | None = None, **extra: Any) -> dict[str, Any]:
        """What a callback says; a new owner makes a new version of the ticket."""
        ticket = self.tickets[visitor]
        if owner is not None:
            ticket.update(owner=owner, version=ticket["version"] + 1, epoch=ticket["epoch"] + 1)
        data = {"ticket": dict(ticket), "conversation": {"external_id": visitor}, "actor": {"name": "Ana"}, **extra}
        return {"type": kind, "timestamp": datetime.now(UTC).isoformat(), "data": data}

    async def tell(self, url: str, event: dict[str, Any], *, key: str | None = None, secret: str = CALLBACK) -> int:
        """Call the bot back; the status it answered."""
        self._told += 1
        key, raw, now = key or f"evt_{self._told}", json.dumps(event), datetime.now(UTC)
        headers = {
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(key, now, raw),
        }
        async with aiohttp.ClientSession() as http, http.post(url, data=raw.encode(), headers=headers) as got:
            return got.status

    async def _take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        if not trusted(raw, request.headers):
            return web.json_response({"type": "/docs/problems/invalid-signature"}, status=401)
        key = request.headers["webhook-id"]
        async with self._changed:
            self.attempts.append(key)
            self._changed.notify_all()
        if self._next:
            return self._next.popleft()
        if key in self._answers:
            return self._copy(self._answers[key])
        call = Call(request.method, request.path, said(raw, request.headers["Content-Type"]), key)
        answer = self._answers[key] = self._answer(call)
        async with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
        return self._copy(answer)

    def _answer(self, call: Call) -> web.Response:
        if call.path == "/v1/files":
            file = {"id": f"fil_{len(self.calls)}", "name": call.body["name"], "size": len(call.body["content"])}
            return web.json_response({"file": {**file, "content_type": "application/pdf"}}, status=201)
        if call.path == "/v1/tickets":
            visitor = call.body["conversation"]["external_id"]
            fresh = {"id": f"tkt_{len(self.tickets) + 1}", "number": 1001 + len(self.tickets), "epoch": 0, "version": 0}
            ticket = self.tickets.setdefault(visitor, fresh)
            ticket.update(owner="queue", version=ticket["version"] + 1, epoch=ticket["epoch"] + 1)
        else:
            ticket = next(each for each in self.tickets.values() if call.path.startswith(f"/v1/tickets/{each['id']}/"))
            if call.path.endswith("/takeback"):
                ticket.update(owner="bot", version=ticket["version"] + 1, epoch=ticket["epoch"] + 1)
        return web.Response(status=204) if call.method == "DELETE" else web.json_response({"ticket": dict(ticket)})

    @staticmethod
    def _copy(answer: web.Response) -> web.Response:
        """A response object can be sent only once."""
        return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)
