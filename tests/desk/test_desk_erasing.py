"""A user is erased: their words are gone everywhere, and nothing that comes late brings them back."""

import asyncio

import pytest

from bridge.domain.errors import NotAllowed
from bridge.domain.events import Intent, UserDeleted, UserEdited, UserFacts, Verb
from bridge.domain.events.operators import Operator, UserErasure
from bridge.domain.refs import BotName, TicketId
from bridge.domain.ticket import Outcome, TicketState, WhyEmptied
from bridge.domain.words import WordsState
from tests.desk.house import ANA, HELP, SHOP, House, book_for

OPERATOR = Operator(key="operator:root", via="command")


@pytest.fixture
def house(store, clock, tmp_path) -> House:
    return House(store, book_for(tmp_path), clock)


async def erase(house: House, external_id: str = "u_17", *, bot: BotName = SHOP, by: Operator = OPERATOR, **more):
    event = UserErasure(bot=bot, external_id=external_id, by=by, at=house.clock.now(), **more)
    return await house.desk.handle(event)


async def texts(house: House, ticket: TicketId) -> list[str]:
    return [message.text for message in await house.store.messages.of(ticket)]


async def lived(house: House) -> TicketId:
    """A ticket with a thread, words of the user, a reply and a note."""
    ticket = (await house.escalates()).ticket.id
    thread = await house.opened_thread(ticket)
    await house.user_says(ticket, "it never came", external_id="m2")
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.writes(ANA, "I am looking", thread)
    await house.writes_in_console(ANA, "she is angry", ticket, Intent.NOTE)
    return ticket


async def test_an_erased_user_leaves_ids_and_counts_and_no_word(house):
    ticket = await lived(house)

    receipt = await erase(house)

    view = await house.store.tickets.view(ticket)
    assert view.ticket.state is TicketState.CLOSED
    assert view.ticket.outcome is Outcome.CANCELLED
    assert view.ticket.emptied.why is WhyEmptied.ERASED
    assert {message.text for message in view.messages} == {""}
    assert {message.state for message in view.messages} == {WordsState.DELETED}
    assert (view.user.name, view.user.email, view.user.external_id) == (None, None, f"erased:{view.user.id}")
    assert view.brief.title == "(erased)"
    assert [entry.kind for entry in view.entries][-2:] == ["user.erased", "ticket.closed"]
    assert (receipt.counts.tickets, receipt.counts.open, receipt.counts.messages) == (1, 1, 4)
    assert [kept.id for kept in await house.store.erasures.receipts()] == [receipt.id]


async def test_its_bot_is_told_once_and_by_the_id_it_knows(house):
    ticket = await lived(house)
    other = (await house.escalates("web-2")).ticket.id

    receipt = await erase(house)

    told = [filled.row for filled in await house.store.feed.after(SHOP, 0, 100) if filled.row.type == "user.erased"]
    assert [(row.ticket.id, row.facts["external_id"], row.facts["receipt"]) for row in told] == [
        (other, "u_17", receipt.id)
    ]
    assert (await house.store.tickets.get(ticket)).state is TicketState.CLOSED


async def test_words_on_their_way_are_withdrawn_and_what_was_said_of_them_is_filled_with_nothing(house):
    ticket = await lived(house)
    await house.fire_timers()
    house.clock.advance(seconds=6)
    await house.fire_timers()

    await erase(house)

    filled = await house.store.feed.after(SHOP, 0, 100)
    said = [each.message for each in filled if each.row.type == "message.created"]
    assert said
    assert {message.text for message in said} == {""}
    fence = await house.store.lanes.lease(HELP, "test", 30)
    sent = [type(each.delivery.content).__name__ for each in await house.store.outbox.take(
        HELP, house.clock.now(), 50, fence)]  # fmt: skip
    assert "PostWords" not in sent
    assert "PostLine" in sent
    assert ticket


async def test_late_news_of_erased_words_changes_nothing(house):
    ticket = await lived(house)
    await erase(house)
    common = {"bot": SHOP, "fingerprint": "f", "at": house.clock.now(), "ticket": ticket}

    await house.desk.handle(UserEdited(**common, key=house.key(), external_id="m2", text="it is back"))
    await house.desk.handle(UserDeleted(**common, key=house.key(), external_id="m2"))
    assert (await house.user_says(ticket, "it never came", external_id="m2")).code == "known"
    with pytest.raises(NotAllowed) as refused:
        await house.user_says(ticket, "hello?", external_id="m9")
    assert refused.value.code == "ticket_closed"

    assert set(await texts(house, ticket)) == {""}


async def test_what_a_member_does_on_an_erased_ticket_is_refused_with_a_sentence(house):
    ticket = await lived(house)
    await erase(house)

    told = await house.writes_in_console(ANA, "her name was Mara", ticket, Intent.NOTE)
    assert told.refused
    assert "removed for good" in str(told.line)
    assert (await house.presses(ANA, Verb.REOPEN, ticket)).refused
    assert set(await texts(house, ticket)) == {""}


async def test_who_comes_back_under_the_same_id_is_somebody_new(house):
    ticket = await lived(house)
    await erase(house)

    again = await house.escalates(user=UserFacts(external_id="u_17", name="Mara"))

    assert again.code == "opened"
    assert again.ticket.id != ticket
    assert again.ticket.previous is None
    old, new = await house.store.tickets.view(ticket), await house.store.tickets.view(again.ticket.id)
    assert (old.user.name, new.user.name) == (None, "Mara")
    assert new.before == ()


async def test_erasing_twice_gives_the_receipt_again_and_a_stranger_is_refused(house):
    await lived(house)
    first = await erase(house)

    again = await erase(house)

    assert (again.id, again.again) == (first.id, True)
    with pytest.raises(NotAllowed) as refused:
        await erase(house, "nobody")
    assert refused.value.code == "no_such_user"
    with pytest.raises(NotAllowed):
        await erase(house, bot=BotName("other-bot"))


async def test_the_same_key_never_erases_who_came_after(house):
    await lived(house)
    key = house.key("bot:shop-bot")
    first = await erase(house, key=key, fingerprint="f")
    fresh = await house.escalates()

    again = await erase(house, key=key, fingerprint="f")

    assert (again.id, again.again) == (first.id, True)
    assert (await house.store.tickets.view(fresh.ticket.id)).user.name == "Mara"


async def test_the_audit_says_who_erased_and_how_much_and_never_whom_by_name(house):
    await lived(house)
    receipt = await erase(house)

    (act,) = (await house.store.audit.page(action="user.erased")).rows
    assert (act.actor, act.object, act.facts["tickets"]) == ("operator:root", receipt.id, 1)
    assert "u_17" not in str(act)
    assert "Mara" not in str(act)


async def test_what_the_user_said_in_somebody_elses_conversation_goes_as_well(house):
    ticket = (await house.escalates()).ticket.id
    joined = UserFacts(external_id="u_18", name="Tom")
    from bridge.domain.events import Turn
    from bridge.domain.words import Author

    await house.escalates(user=joined, transcript=(Turn(author=Author.USER, text="me too", external_id="m7"),))
    assert await texts(house, ticket) == ["refund?", "me too"]

    await erase(house, "u_18")

    assert await texts(house, ticket) == ["refund?", ""]
    assert (await house.store.tickets.get(ticket)).state is TicketState.OPEN


async def test_words_that_come_in_the_same_moment_are_erased_or_refused(house):
    ticket = await lived(house)

    await asyncio.gather(
        erase(house),
        *(house.user_says(ticket, "now", external_id=f"n{n}") for n in range(5)),
        house.escalates(title="merged just now"),
        *(busy(house, n) for n in range(200)),
        return_exceptions=True,
    )

    assert set(await texts(house, ticket)) == {""}
    view = await house.store.tickets.view(ticket)
    assert (view.brief.title, view.user.name) == ("(erased)", None)


async def busy(house: House, number: int) -> None:
    """Says something once some others have: the erasure falls into the midst of them."""
    for _ in range(number % 40):
        await asyncio.sleep(0)
    ticket = await house.store.tickets.by_number(1001)
    await house.user_says(ticket.id, "meanwhile", external_id=f"w{number}")
