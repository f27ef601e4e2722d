"""A ticket that moved: who is only in the channel it left has no say in it any more."""

from dataclasses import replace

import pytest

from bridge.domain.events import MessageRecast, TicketMoved, Wish
from bridge.domain.paint import Notice, plain
from bridge.domain.words import WordsState
from bridge.rulebook import load
from tests.desk.house import ENV, EVE, FILE

WHOEVER_IS_THERE = ("slack_group: S0SUPPORT", "members_of: channel")
ELSEWHERE = ("channel: C0HELP", "channel: C0NEW")
THERE = replace(EVE, channel="C0HELP")


@pytest.fixture
def rules(house, tmp_path):
    def put(*changes):
        text = FILE
        for old, new in changes:
            text = text.replace(old, new, 1)
        path = tmp_path / "other.yaml"
        path.write_text(text, encoding="utf-8")
        house.rules.replace(load(path, ENV))

    return put


@pytest.fixture
async def note(house, rules):
    """Words kept inside, of somebody in the channel the ticket was in."""
    rules(WHOEVER_IS_THERE)
    ticket = (await house.escalates()).ticket.id
    await house.writes(EVE, "note: psst", await house.opened_thread(ticket))
    return (await house.store.tickets.view(ticket)).messages[-1]


async def moves_away(house, rules, note):
    rules(WHOEVER_IS_THERE, ELSEWHERE)
    ticket = await house.store.tickets.get(note.ticket)
    event = TicketMoved(
        ticket=ticket.id, version=ticket.version, rules=house.rules.current.digest, by="operator:ana", name="Ana",
        via="command", at=house.clock.now(),
    )  # fmt: skip
    await house.desk.handle(event)


async def sends(house, note):
    event = MessageRecast(key=house.key(), person=THERE, at=house.clock.now(), origin=note.origin, wish=Wish.SEND)
    answer = await house.desk.handle(event)
    assert isinstance(answer, Notice)
    return answer


async def test_the_menu_of_words_in_the_channel_that_was_left_sends_nothing(house, rules, note):
    await moves_away(house, rules, note)
    assert (await sends(house, note)).refused
    assert (await house.store.messages.get(note.id)).state is WordsState.INSIDE


async def test_where_the_ticket_still_is_it_sends(house, note):
    assert plain((await sends(house, note)).line) == "On its way to Mara."
