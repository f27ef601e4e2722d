"""Admins erase a ticket's user: a page that says what goes, and the act itself. The desk does it."""

from collections.abc import Mapping

from aiohttp import web

from bridge.console.gate import Refused
from bridge.console.house import House
from bridge.console.pages import html, told_plainly
from bridge.console.scenes import ticket_named
from bridge.console.viewer import Viewer
from bridge.domain.erasing import OUT_OF_REACH, UserFound
from bridge.domain.errors import NotAllowed
from bridge.domain.events.operators import Operator, UserErasure
from bridge.domain.ticket import Ticket

Form = Mapping[str, str]


async def ask(house: House, request: web.Request, viewer: Viewer) -> web.Response:
    """What would go, and what is out of reach."""
    ticket = await ticket_named(house, request.match_info["number"])
    found = await _found(house, ticket)
    return html(
        house.painter.paint("erase.html", found=found, number=ticket.number, out_of_reach=OUT_OF_REACH, viewer=viewer)
    )


async def erase(house: House, request: web.Request, viewer: Viewer, form: Form) -> web.Response:
    """Only the user whom the page showed: another may have come into their place."""
    ticket = await ticket_named(house, request.match_info["number"])
    found = await _found(house, ticket)
    if form.get("user") != found.id:
        raise Refused(422, "validation-error", "Open the page of the ticket again: this button was for somebody else.")
    by = Operator(key=f"console:{viewer.name}", via="console", facts={"ip": request.remote})
    event = UserErasure(bot=found.bot, external_id=found.external_id, by=by, at=house.clock.now())
    try:
        receipt = await house.desk.handle(event)
    except NotAllowed:
        raise _nobody() from None
    counts = receipt.counts
    return told_plainly(
        house, 200, "Erased",
        f"{counts.messages} messages of {counts.tickets} tickets and {counts.files} files are gone.",
        f"Receipt: {receipt.id}", link=(f"/t/{ticket.number}", f"Back to #{ticket.number}"),
    )  # fmt: skip


async def _found(house: House, ticket: Ticket) -> UserFound:
    user = await house.store.users.get(ticket.user)
    found = await house.store.erasures.plan(user.bot, user.external_id) if user is not None else None
    if found is None or (ticket.emptied is not None and found.counts.messages == 0 and found.name is None):
        raise _nobody()
    return found


def _nobody() -> Refused:
    return Refused(404, "not-found", "The user of this ticket is erased already.")
