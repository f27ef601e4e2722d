"""Short ways to look at what an act left, and to send what no page would."""

from collections.abc import Awaitable, Callable

from bridge.domain.ticket import Ticket
from bridge.domain.words import Message
from tests.console.conftest import Site
from tests.console.visitor import Answer, Visitor

SignIn = Callable[..., Awaitable[Visitor]]


async def message_of(site: Site, ticket: Ticket, text: str) -> Message:
    return next(m for m in (await site.view(ticket.id)).messages if m.text == text)


async def raw(
    ana: Visitor, number: int, body: bytes, kind: str = "application/x-www-form-urlencoded", **more: str
) -> Answer:
    headers = {"Content-Type": kind, "X-CSRF-Token": ana.csrf, "Origin": ana.base, **more}
    async with ana.session.post(f"{ana.base}/t/{number}/say", data=body, headers=headers) as response:
        return Answer(response.status, await response.text(), response.headers)
