"""A member with as many tickets as the team thinks right is asked before the next one; others are not."""

import asyncio
from dataclasses import replace
from pathlib import Path

from bridge.domain.events import Verb
from bridge.domain.paint import Notice, plain
from bridge.store import Store
from tests.desk.house import ANA, BEN, House, book_for
from tests.given_time import GivenClock


def at_most(house: House, number: int | None) -> House:
    book = house.rules.current
    teams = {name: replace(team, max_open=number) for name, team in book.teams.items()}
    return House(house.store, replace(book, teams=teams), house.clock)


async def tickets(house: House, number: int) -> list:
    return [(await house.escalates(f"web-{index}")).ticket for index in range(number)]


async def mine(house: House, wanted: list) -> int:
    found = [await house.store.tickets.get(ticket.id) for ticket in wanted]
    return sum(one is not None and one.assignee is not None and one.assignee.key == "ana" for one in found)


async def test_the_claim_after_the_last_one_is_a_question(house: House):
    house = at_most(house, 2)
    wanted = await tickets(house, 3)
    for ticket in wanted[:2]:
        await house.presses(ANA, Verb.CLAIM, ticket.id)

    asked = await house.presses(ANA, Verb.CLAIM, wanted[2].id)

    assert isinstance(asked, Notice)
    assert plain(asked.line) == f"You have 2 open. Claim #{wanted[2].number} anyway?"
    assert [(button.label, button.verb) for button in asked.buttons] == [("Claim anyway", Verb.CLAIM_ANYWAY)]
    assert await mine(house, wanted) == 2

    await house.presses(ANA, Verb.CLAIM_ANYWAY, wanted[2].id)
    assert await mine(house, wanted) == 3


async def test_a_ticket_that_was_closed_or_let_go_counts_no_more(house: House):
    house = at_most(house, 1)
    wanted = await tickets(house, 2)
    await house.presses(ANA, Verb.CLAIM, wanted[0].id)
    await house.presses(ANA, Verb.RELEASE, wanted[0].id)
    await house.presses(ANA, Verb.CLAIM, wanted[1].id)

    assert await mine(house, wanted) == 1


async def test_others_tickets_and_teams_without_a_number_are_no_reason_to_ask(house: House):
    wanted = await tickets(house, 4)
    for ticket in wanted[:3]:
        await house.presses(ANA, Verb.CLAIM, ticket.id)
    assert await mine(house, wanted) == 3
    house = at_most(house, 1)

    await house.presses(BEN, Verb.CLAIM, wanted[3].id)

    found = await house.store.tickets.get(wanted[3].id)
    assert found is not None
    assert found.assignee is not None
    assert found.assignee.name == "Ben"


async def test_of_many_claims_at_once_only_so_many_pass(store: Store, clock: GivenClock, tmp_path: Path):
    house = at_most(House(store, book_for(tmp_path), clock), 2)
    wanted = await tickets(house, 5)

    await asyncio.gather(*(house.presses(ANA, Verb.CLAIM, ticket.id) for ticket in wanted))

    assert await mine(house, wanted) == 2
