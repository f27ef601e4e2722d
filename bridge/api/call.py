"""One authenticated call, and the parts of the house it may use."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal, TypeVar

from aiohttp import web

from bridge.api import body as bodies
from bridge.api.auth import Caller
from bridge.api.fields import FILE_HOSTS, is_external_id
from bridge.api.limits import Limits
from bridge.api.models import Request
from bridge.api.problems import Fault, Problem
from bridge.api.translate import Common, event_key
from bridge.api.upload import Upload
from bridge.crashpoint import crashpoint
from bridge.desk.desk import Desk
from bridge.domain.change import Verdict
from bridge.domain.events import BotEvent
from bridge.domain.refs import BotName, ThreadRef, TicketId
from bridge.metrics import Metrics
from bridge.ports.clock import Clock
from bridge.rulebook.reload import Rules
from bridge.store.store import Store

Sent = TypeVar("Sent", bound=Request)

_TICKET_ID: Final = re.compile(r"tkt_[0-9a-f]{32}")
_EPOCH: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


async def nothing_degraded() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """What the interface is built from; the composition root fills it."""

    desk: Desk
    store: Store
    rules: Rules
    clock: Clock
    metrics: Metrics
    on_bot_call: Callable[[BotName], None]
    """Called after each authenticated call: the bot is alive, so its lane need not wait."""
    ready: Callable[[], Awaitable[Mapping[str, str]]]
    """What is in trouble, by part, each with a sentence for operators. Empty: ready."""
    permalink: Callable[[ThreadRef], str | None]
    """The web address of a thread, where its platform can tell one."""
    degraded: Callable[[], Awaitable[Mapping[str, str]]] = nothing_degraded
    """What works less well, by part, without making us unready."""
    public_url: str = ""
    metrics_token: str | None = None
    """If set, /metrics asks for it as a bearer token."""
    metrics_open: bool = True
    """Without a token /metrics answers whoever asks: only where nobody else can."""
    limits: Limits = field(default_factory=Limits)
    polls: Counter[BotName] = field(default_factory=Counter)
    """Polls that wait now."""
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    """Set it on shutdown: new calls are answered 503 `draining`, waiting polls answer at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request whose bot is known and whose body has been read, but not yet understood."""

    api: Api
    request: web.Request
    caller: Caller
    body: bytes
    upload: Upload | None = None
    """The file of a call that brings one; its body is empty."""

    def sent(self, model: type[Sent]) -> Sent:
        """The body as the model describes it. Raises Problem."""
        return bodies.parse(self.body, model, {FILE_HOSTS: self.caller.door.file_hosts})

    @property
    def common(self) -> Common:
        """What every event of a bot has."""
        return Common(
            bot=self.caller.bot,
            key=event_key(self.caller),
            fingerprint=self._fingerprint(),
            at=self.api.clock.now(),
            if_epoch=self._if_epoch(),
        )

    @property
    def ticket(self) -> TicketId:
        """The ticket of the path; an id that cannot be one reads like one that is not there."""
        name = self.request.match_info["ticket"]
        if not _TICKET_ID.fullmatch(name):
            raise no_such_ticket()
        return TicketId(name)

    @property
    def external_id(self) -> str:
        """The message of the path."""
        name = self.request.match_info["external_id"]
        if not is_external_id(name):
            raise no_such_ticket()
        return name

    async def report(self, event: BotEvent) -> Verdict:
        crashpoint("intake.received")
        verdict = await self.api.desk.handle(event)
        crashpoint("intake.before_answer")
        return verdict

    def _fingerprint(self) -> str:
        head = f"{self.request.method} {self.request.rel_url.raw_path}\n".encode()
        return sha256(head + self.body).hexdigest()

    def _if_epoch(self) -> int | None:
        values = self.request.headers.getall("If-Epoch", [])
        if not values:
            return None
        if len(values) > 1 or not _EPOCH.fullmatch(values[0]):
            fault = Fault("", "if-epoch", "The header If-Epoch must be a whole number.")
            raise Problem("validation-error", fault.detail, faults=[fault])
        return int(values[0])


def no_such_ticket() -> Problem:
    """The same for a ticket of another bot, one that is not there, and an id that cannot be one."""
    return Problem("not-found", "There is no such ticket or message.")


Handler = Callable[[Call], Awaitable[web.StreamResponse]]
Method = Literal["GET", "POST", "PATCH", "DELETE"]
