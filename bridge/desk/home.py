"""One member's own page: what is wrong, what is theirs, and what nobody has that they may take."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bridge.desk.placing import placed
from bridge.desk.room import Room
from bridge.desk.rows import claim, line, link
from bridge.desk.who import key_of
from bridge.domain.events import HomeOpened
from bridge.domain.notices.alarms import alarm_line
from bridge.domain.paint import Answer, HomePage, HomeRow, Line, Moment, Nothing
from bridge.domain.people import Person
from bridge.domain.refs import BOT_SHORE, Lane
from bridge.domain.ticket import Ticket
from bridge.domain.views import InboxRow, LaneView, Section

SHOWN = 10
LOOKED_AT = 50
"""Of the queue, oldest first: a page need not hold more, and somebody of a small team still finds theirs."""
TROUBLES = 5
PASSES = timedelta(minutes=1)


async def page(room: Room, event: HomeOpened) -> Answer:
    """The page as it is now; Nothing when it is known to be what they have."""
    turn = room.store.commits.turn
    if event.seen == turn:
        return Nothing()
    person = event.person
    if person.guest or person.stranger:
        troubles: tuple[Line, ...] = ()
    else:
        troubles = await _troubles(room)
    mine = await room.store.tickets.inbox(Section.MINE, member=key_of(person, room.rules.current), limit=SHOWN)
    waiting = await room.store.tickets.inbox(Section.UNASSIGNED, limit=LOOKED_AT)
    theirs = await _they_may_take(room, person, waiting.rows)
    behind = max(waiting.counts.get(Section.UNASSIGNED, 0) - len(waiting.rows), 0) if theirs else 0
    return HomePage(
        troubles=troubles,
        mine=tuple(HomeRow(line=line(row), buttons=(link(room, row.ticket),)) for row in mine.rows),
        queue=tuple(HomeRow(line=line(row), buttons=(claim(row), link(room, row.ticket))) for row in theirs[:SHOWN]),
        more_mine=max(mine.counts.get(Section.MINE, 0) - len(mine.rows), 0),
        more_queue=len(theirs[SHOWN:]) + behind,
        turn=turn,
    )


async def _they_may_take(room: Room, person: Person, rows: Sequence[InboxRow]) -> list[InboxRow]:
    """Each channel is asked for once, however many of its tickets wait."""
    known: dict[tuple[str, Lane | None], bool] = {}
    for row in rows:
        asked = (row.ticket.policy.team, row.ticket.policy.lane)
        if asked not in known:
            known[asked] = await _may_take(room, person, row.ticket)
    return [row for row in rows if known[row.ticket.policy.team, row.ticket.policy.lane]]


async def _may_take(room: Room, person: Person, ticket: Ticket) -> bool:
    there = await placed(room, person, ticket)
    return room.rules.current.belongs(ticket.policy.team, there, in_ticket_channel=there.in_channel)


async def _troubles(room: Room) -> tuple[Line, ...]:
    alarms = [alarm_line(alarm) for alarm in await room.store.alarms.open_ones()]
    now = room.clock.now()
    paused = [_paused(view) for view in await room.store.lanes.stopped() if _lasts(view, now)]
    found = (*alarms, *paused)
    if len(found) > TROUBLES:
        return (*found[:TROUBLES], (f"… and {len(found) - TROUBLES} more on the operators' page.",))
    return found


def _lasts(view: LaneView, now: datetime) -> bool:
    """A rate limit passes by itself, and a platform that is away has an alarm of its own."""
    if view.paused_until is not None:
        return view.paused_until - now > PASSES
    return view.paused_by is not None


def _paused(view: LaneView) -> Line:
    lane = view.lane
    name = str(lane) if lane.place else lane.platform
    if lane.platform == BOT_SHORE:
        name = f"the bot {lane.place}" if lane.place else "every bot"
    since: Line = (" since ", Moment(view.paused_at)) if view.paused_at is not None else ()
    until: Line = (", until ", Moment(view.paused_until)) if view.paused_until is not None else ()
    return (f"⚠ Nothing is sent to {name}", *since, *until, f": {view.paused_because}. Nothing is lost.")
