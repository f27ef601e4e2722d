"""Running tickets are moved to the rules in force on purpose, each once, and it is audited."""

from datetime import timedelta

import pytest

from bridge.domain.errors import NotAllowed
from bridge.domain.events import TicketMoved, TimerKind, Verb
from bridge.domain.fanout.moving import move_on
from bridge.domain.refs import Lane
from bridge.rulebook import load
from bridge.rulebook.following import is_outdated
from bridge.store.asks import Ask, ByTicket
from tests.desk.house import BEN, ENV, FILE, HELP


@pytest.fixture
def edited(house, tmp_path):
    """Puts another file into force; what tickets follow stays with them."""

    def edit(*changes):
        text = FILE
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        path = tmp_path / "edited.yaml"
        path.write_text(text, encoding="utf-8")
        house.rules.replace(load(path, ENV))

    return edit


async def moves(house, ticket, **more):
    now = await house.store.tickets.get(ticket)
    event = TicketMoved(
        ticket=ticket, version=more.pop("version", now.version), rules=house.rules.current.digest,
        by="operator:ana", name="Ana", via="command", at=house.clock.now(), **more,
    )  # fmt: skip
    return await house.desk.handle(event)


async def test_a_ticket_keeps_its_rules_until_it_is_moved(house, edited):
    ticket = (await house.escalates()).ticket.id
    edited(("channel: C0HELP", "channel: C0NEW"))
    before = await house.store.tickets.get(ticket)
    assert before.policy.lane == HELP

    verdict = await moves(house, ticket)
    after = await house.store.tickets.get(ticket)
    assert (verdict.code, after.policy.lane.place) == ("moved", "C0NEW")
    assert after.policy.rulebook == house.rules.current.digest
    assert Lane("acme-slack", "C0NEW") in await house.store.outbox.ready_lanes(house.clock.now())


@pytest.mark.parametrize(("to", "stays"), [(None, True), ("everything", False)])
async def test_a_ticket_that_went_around_its_channel_comes_back_only_when_its_route_is_named(house, edited, to, stays):
    ticket = (await house.escalates()).ticket.id
    await house.store.writer.decide(
        Ask(find=ByTicket(ticket), decide=lambda seen: move_on(seen.ticket, (), house.clock.now()))
    )
    edited(("version: 1", "version: 1\ntimezone: Europe/Paris"))
    left = await house.store.tickets.get(ticket)
    assert left.policy.lane is None
    assert left.policy.rulebook != house.rules.current.digest
    assert not is_outdated(house.rules.current, left.policy)

    await moves(house, ticket, to=to)

    assert (await house.store.tickets.get(ticket)).policy.lane == (None if stays else HELP)


async def test_moving_twice_and_moving_where_it_is_do_nothing(house, edited):
    ticket = (await house.escalates()).ticket.id
    assert await moves(house, ticket) is None
    edited(("channel: C0HELP", "channel: C0NEW"))
    version = (await house.store.tickets.get(ticket)).version
    await moves(house, ticket, version=version)
    moved = await house.store.tickets.get(ticket)
    await moves(house, ticket, version=version)
    assert await moves(house, ticket) is None
    assert await house.store.tickets.get(ticket) == moved
    audited = [row for row in (await house.store.audit.page()).rows if row.action == "ticket.rerouted"]
    assert [(row.actor, row.via, row.object) for row in audited] == [("operator:ana", "command", ticket)]


async def test_an_edit_that_does_not_touch_its_route_moves_nothing(house, edited):
    ticket = (await house.escalates()).ticket.id
    edited(("channel: C0PRO", "channel: C0ELSE"))
    assert (await house.store.tickets.get(ticket)).policy.rulebook != house.rules.current.digest
    assert await moves(house, ticket) is None


async def test_a_route_that_is_named_takes_it_and_one_that_is_not_there_is_refused(house):
    ticket = (await house.escalates()).ticket.id
    names = [route.name for route in house.rules.current.routes()]
    now = (await house.store.tickets.get(ticket)).policy.route
    other = next(name for name in names if name != now)
    assert (await moves(house, ticket, to=other)).code == "moved"
    assert (await house.store.tickets.get(ticket)).policy.route == other
    with pytest.raises(NotAllowed):
        await moves(house, ticket, to="nowhere")


async def test_a_closed_ticket_stays_where_it_ended(house, edited):
    ticket = (await house.escalates()).ticket.id
    await house.presses(BEN, Verb.CLOSE, ticket)
    edited(("channel: C0HELP", "channel: C0NEW"))
    assert await moves(house, ticket) is None


def hold(after):
    return "ladder: waiting\n  routes", (
        f"ladder: waiting\n  claim: {{hold: {{until: replied, steps: [{{after: {after}, do: nudge}}]}}}}\n  routes"
    )


async def test_whoever_has_it_goes_on_under_the_new_hold(house, edited):
    edited(hold("10m"))
    ticket = (await house.escalates()).ticket.id
    await house.presses(BEN, Verb.CLAIM, ticket)
    before = await house.store.tickets.get(ticket)
    assert before.answering_climb is not None
    edited(hold("40m"))
    await moves(house, ticket)
    after = await house.store.tickets.get(ticket)
    assert (after.assignee, after.answering_climb) == (before.assignee, before.answering_climb)
    house.clock.advance(hours=2)
    due = {event.timer: event.due for event in await house.store.timers.due(house.clock.now(), 100)}
    assert due[TimerKind.ANSWERING] == before.answering_climb.since + timedelta(minutes=40)
