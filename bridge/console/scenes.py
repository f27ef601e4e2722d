"""What a screen shows now: reads the store, paints the regions. Pages, answers and the live stream all use these."""

import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from markupsafe import Markup

from bridge.console.config_banner import banner
from bridge.console.gate import Refused, member_key
from bridge.console.house import House
from bridge.console.list_regions import ListFacts, list_regions
from bridge.console.operations_scene import anything_wrong
from bridge.console.painter import Canvas, Region
from bridge.console.ticket_regions import Neighbour, Surroundings, ticket_regions
from bridge.console.viewer import SEARCH_AT_MOST, Screen, Viewer, person_called
from bridge.domain.events import Activity
from bridge.domain.people import Assignee
from bridge.domain.refs import MemberKey, TicketId, bot_lane
from bridge.domain.ticket import Ticket, TicketState
from bridge.domain.views import Inbox, LaneView, Section, TicketView
from bridge.domain.words import WordsState

PAGE_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,32}")
NUMBER = re.compile(r"[0-9]{1,10}")
ANSWERS_WITHIN = timedelta(seconds=20)


def new_token() -> str:
    """Names one load of a page, or one box: whatever is sent twice under it has one effect."""
    return secrets.token_urlsafe(12)


def screen_of(query: Mapping[str, str], ticket: Ticket | None = None) -> Screen:
    """What the address's query asks for.

    Raises:
        Refused: the search is too long.
    """
    search = " ".join(query.get("q", "").replace("\0", " ").split())
    if len(search) > SEARCH_AT_MOST:
        raise Refused(422, "validation-error", f"A search has at most {SEARCH_AT_MOST} characters.")
    wanted = query.get("s", "")
    section = Section(wanted) if wanted in set(Section) else Section.UNASSIGNED
    return Screen(
        section=section, search=search, after=query.get("after") or None,
        number=ticket.number if ticket else None, ticket=ticket.id if ticket else None,
    )  # fmt: skip


def screen_at(address: str, ticket: Ticket) -> Screen:
    """The screen a browser says it shows; where that makes no sense, the ticket with the first list."""
    with suppress(ValueError, Refused):
        return screen_of(dict(parse_qsl(urlsplit(address).query, max_num_fields=20)), ticket)
    return screen_of({}, ticket)


async def ticket_named(house: House, name: str) -> Ticket:
    """A ticket by number or id.

    Raises:
        Refused: there is none.
    """
    ticket = None
    if NUMBER.fullmatch(name):
        ticket = await house.store.tickets.by_number(int(name))
    elif name.startswith("tkt_") and name.isascii() and len(name) < 64:
        ticket = await house.store.tickets.get(TicketId(name))
    if ticket is None:
        raise Refused(404, "not-found", "There is no ticket by that number here.")
    return ticket


async def view_of(house: House, ticket: TicketId) -> TicketView:
    view = await house.store.tickets.view(ticket)
    if view is None:
        raise Refused(404, "not-found", "There is no ticket by that number here.")
    return view


async def list_scene(house: House, canvas: Canvas, inbox: Inbox | None = None) -> tuple[Region, ...]:
    """The list as it is now, unless it was read already."""
    screen, viewer = canvas.screen, canvas.viewer
    if inbox is None:
        inbox = await house.store.tickets.inbox(
            screen.section, member=viewer.key, search=screen.search or None, cursor=screen.after
        )
    regions = list_regions(canvas, inbox, await _list_facts(house, viewer, screen, inbox))
    wrong = canvas.keep("wrong-link", "wrong.html", wrong=await house.wrongs.any(lambda: anything_wrong(house)))
    return (*regions, banner(canvas, house.rules), Region("wrong", (wrong,)))


async def _list_facts(house: House, viewer: Viewer, screen: Screen, inbox: Inbox) -> ListFacts:
    """Only an empty list asks for more."""
    if inbox.rows or screen.search or screen.after:
        return ListFacts()
    if not any(inbox.counts.values()):
        return ListFacts(first_run=True)
    tickets = house.store.tickets
    if screen.section is Section.MINE:
        waiting = await tickets.inbox(Section.UNASSIGNED, member=viewer.key, limit=1)
        return ListFacts(oldest=waiting.rows[0] if waiting.rows else None)
    if screen.section is Section.UNASSIGNED:
        held = [row.ticket for row in (await tickets.inbox(Section.OPEN, member=viewer.key)).rows]
        held += [row.ticket for row in (await tickets.inbox(Section.CLOSED, member=viewer.key, limit=5)).rows]
        claimed = [(t.claimed_at, t.claimed_at - t.opened_at) for t in held if t.claimed_at and t.opened_at]
        return ListFacts(claimed_in=max(claimed)[1] if claimed else None)
    return ListFacts()


async def ticket_scene(house: House, canvas: Canvas, view: TicketView) -> tuple[Region, ...]:
    """The open ticket as it is now."""
    ticket = view.ticket
    surroundings = Surroundings(
        people=await receivers(house, ticket.policy.team) if ticket.state is not TicketState.CLOSED else (),
        routes=tuple(route.name for route in house.rules.current.routes()),
        others=neighbours(house, canvas.viewer, ticket.id),
        typing=_typing(house, view),
        thread_url=house.permalink(ticket.thread) if ticket.thread else None,
        trouble=await _trouble(house, view),
        now=house.clock.now(),
    )
    return ticket_regions(canvas, view, surroundings)


async def _trouble(house: House, view: TicketView) -> LaneView | None:
    """The bot's lane while it fails; asked only when a reply is on its way for longer than usual."""
    patience = house.clock.now() - ANSWERS_WITHIN
    if not any(m.state is WordsState.SENDING and m.at < patience for m in view.messages):
        return None
    ours = bot_lane(view.ticket.bot)
    lanes = await house.store.lanes.views()
    return next((lane for lane in lanes if lane.lane == ours and lane.failing_since is not None), None)


def neighbours(house: House, viewer: Viewer, ticket: TicketId) -> Sequence[Neighbour]:
    """Colleagues at the same ticket: who writes first, then who looks."""
    writing = {
        key: Neighbour(name=name, writing=True, note=note)
        for key, name, note in house.desk.presence.writing(ticket, house.clock.now())
        if key != viewer.key
    }
    names = {neighbour.name for neighbour in writing.values()}
    looking = [Neighbour(name=name) for name in house.live.others_at(ticket, viewer) if name not in names]
    return (*writing.values(), *looking)


def _typing(house: House, view: TicketView) -> str | None:
    return view.user.called if _user_types(house, view.ticket.id) else None


def _user_types(house: House, ticket: TicketId) -> bool:
    return house.desk.presence.user_activity(ticket, house.clock.now()) is Activity.TYPING


def signs_of_life(house: House, ticket: TicketId) -> bool:
    """Is anybody shown writing, which will not last?"""
    return _user_types(house, ticket) or bool(house.desk.presence.writing(ticket, house.clock.now()))


async def receivers(house: House, team: str) -> Sequence[Assignee]:
    """Whom a ticket of this team can be given to: members of the file and of the console, each human once."""
    book = house.rules.current
    found: dict[MemberKey, Assignee] = {}
    entry = book.teams.get(team)
    for name in sorted(entry.members if entry else ()):
        key = MemberKey(name)
        found[key] = Assignee(key=key, name=book.member_name(key) or name)
    for member in await house.store.sessions.members():
        if book.belongs(team, person_called(member.name), in_ticket_channel=True):
            key = member_key(house.rules, member.name)
            found[key] = Assignee(key=key, name=member.name)
    return sorted(found.values(), key=lambda who: who.name.casefold())


async def pane(house: House, canvas: Canvas, ticket: Ticket) -> Markup:
    """The right side with a ticket open."""
    view = await view_of(house, ticket.id)
    regions = {region.id: region for region in await ticket_scene(house, canvas, view)}
    return canvas.paint(
        "pane.html", t=view.ticket, view=view, regions=regions, say_key=new_token(), page=canvas.page,
        live=live_address(canvas.screen, canvas.page),
    )  # fmt: skip


def live_address(screen: Screen, page: str) -> str:
    """Where the stream of this screen is."""
    query = screen.query_of(screen.section, after=screen.after)
    ticket = f"&t={screen.number}" if screen.number else ""
    return f"/live{query or '?'}{'&' if query else ''}page={page}{ticket}"
