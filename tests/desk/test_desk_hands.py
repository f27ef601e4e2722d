"""What the desk answers to forms, menus, home pages and people who act from elsewhere."""

from dataclasses import replace

import pytest

from bridge.domain.audit import Audited
from bridge.domain.events import CommandGiven, FormAsked, FormSubmitted, HomeOpened, MessageRecast, Verb, Wish
from bridge.domain.paint import Form, HomePage, Listing, Nothing, Notice, plain
from bridge.domain.refs import MessageRef, bot_lane
from bridge.domain.ticket import Priority, TicketState
from bridge.domain.words import WordsKind, WordsState
from tests.desk.house import ANA, BEN, EVE, HELP, SHOP, House
from tests.samples import START

BY_OPERATOR = Audited(at=START, actor="operator:root", via="command", action="lane.paused", object="bot/shop-bot")


@pytest.fixture
async def ticket(house: House):
    return (await house.escalates()).ticket.id


async def asks(house: House, who, verb, ticket):
    return await house.desk.handle(
        FormAsked(key=house.key(), person=who, at=house.clock.now(), ticket=ticket, verb=verb)
    )


async def sends_in(house: House, who, form: Form, named=None, **fields):
    event = FormSubmitted(
        key=house.key(), person=who, at=house.clock.now(), ticket=form.ticket, verb=form.verb, epoch=form.epoch,
        fields=fields, named=named,
    )  # fmt: skip
    return await house.desk.handle(event)


async def opens_home(house: House, who, seen=None):
    return await house.desk.handle(HomeOpened(key=house.key(), person=who, at=house.clock.now(), seen=seen))


def said(answer) -> str:
    assert isinstance(answer, Notice), answer
    return plain(answer.line)


async def test_a_form_filled_in_for_another_owners_ticket_is_not_taken(house: House, ticket):
    form = await asks(house, ANA, Verb.ASSIGN, ticket)
    await house.presses(BEN, Verb.CLAIM, ticket)

    assert said(await sends_in(house, ANA, form, named=ANA)).startswith("#1001 changed hands meanwhile")

    assert (await house.store.tickets.get(ticket)).assignee.name == "Ben"
    form = await asks(house, ANA, Verb.ASSIGN, ticket)
    assert "Ana has #1001" in said(await sends_in(house, ANA, form, named=ANA))


async def test_who_may_not_act_is_told_before_a_form_is_filled_in(house: House, ticket):
    answer = await asks(house, EVE, Verb.CLOSE, ticket)
    assert said(answer) == "Only members of support can do this. Ask ana."
    assert answer.refused
    assert "could not be found out" in said(await asks(house, replace(EVE, groups=None), Verb.CLOSE, ticket))
    await house.presses(ANA, Verb.CLOSE, ticket)
    assert "Reopen" in [button.label for button in (await asks(house, ANA, Verb.SNOOZE, ticket)).buttons]


async def test_closing_by_form_keeps_the_outcome_and_the_note_inside(house: House, ticket):
    form = await asks(house, ANA, Verb.CLOSE, ticket)
    assert [label for _, label in form.fields[0].choices] == ["Resolved", "Back to the bot", "Cancelled", "Spam"]
    await sends_in(house, ANA, form, outcome="spam", note="a robot")
    view = await house.store.tickets.view(ticket)
    assert view.ticket.outcome == "spam"
    assert [(m.text, m.state) for m in view.messages if m.kind is WordsKind.NOTE] == [("a robot", WordsState.INSIDE)]


async def test_a_reply_by_form_goes_to_the_user(house: House, ticket):
    await house.presses(ANA, Verb.CLAIM, ticket)
    form = await asks(house, ANA, Verb.REPLY, ticket)
    assert form.fields[0].label == "Mara reads this"
    assert "Write the words" in said(await sends_in(house, ANA, form, text=" \n"))
    await sends_in(house, ANA, form, text="on its way")
    messages = (await house.store.tickets.view(ticket)).messages
    assert [(m.text, m.kind) for m in messages][-1] == ("on its way", WordsKind.REPLY)


async def test_an_unknown_member_in_a_form_is_named_as_such(house: House, ticket):
    form = await asks(house, ANA, Verb.ASSIGN, ticket)
    assert "Name a member" in said(await sends_in(house, ANA, form))
    assert "not a member of support" in said(await sends_in(house, ANA, form, named=EVE))


async def test_a_note_is_sent_from_its_menu_and_told_to_the_bot_as_a_reply(house: House, ticket):
    thread = await house.opened_thread(ticket)
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.writes(ANA, "note: it is on its way", thread)
    note = (await house.store.tickets.view(ticket)).messages[-1]

    event = MessageRecast(key=house.key(), person=ANA, at=house.clock.now(), origin=note.origin, wish=Wish.SEND)
    assert said(await house.desk.handle(event)) == "On its way to Mara."
    assert await house.desk.handle(event) is not None

    stored = await house.store.messages.get(note.id)
    assert (stored.kind, stored.state) == (WordsKind.REPLY, WordsState.SENDING)


async def test_typed_in_the_thread_it_is_about_the_last_words_of_who_types(house: House, ticket):
    thread = await house.opened_thread(ticket)
    assert "no ticket's thread" in said(await house.commands(ANA, "send", thread=thread))
    written = await house.writes(ANA, "hello", thread)
    assert written == Nothing()
    await house.writes(BEN, "note: psst", thread)

    assert said(await house.commands(ANA, "send", thread=thread)) == "On its way to Mara."
    assert said(await house.commands(BEN, "keep", thread=thread)) == "Kept inside. Mara will not see it."
    assert "own thread" in said(await house.commands(ANA, "unsend"))


async def test_words_behind_a_command_keep_their_lines(house: House, ticket):
    thread = await house.opened_thread(ticket)
    await house.presses(ANA, Verb.CLAIM, ticket)
    text = "reply #1001 one\n\n    two  spaces"
    event = CommandGiven(
        key=house.key(), person=ANA, at=house.clock.now(), words=tuple(text.split()), lane=HELP, thread=thread,
        text=text,
    )  # fmt: skip
    await house.desk.handle(event)
    assert (await house.store.tickets.view(ticket)).messages[-1].text == "one\n\n    two  spaces"


async def test_a_menu_on_words_of_no_ticket_says_so(house: House):
    origin = MessageRef(HELP, "r9", "ts9")
    event = MessageRecast(key=house.key(), person=ANA, at=house.clock.now(), origin=origin, wish=Wish.KEEP)
    assert "no ticket's thread" in said(await house.desk.handle(event))


async def test_a_home_page_shows_what_is_mine_and_what_i_may_take(house: House, ticket):
    other = (await house.escalates("web-2")).ticket.id
    await house.presses(ANA, Verb.CLAIM, ticket)

    page = await opens_home(house, ANA)

    assert isinstance(page, HomePage)
    assert ["#1001" in plain(row.line) for row in page.mine] == [True]
    assert [[button.verb for button in row.buttons] for row in page.queue] == [[Verb.CLAIM, Verb.OPEN]]
    assert page.queue[0].buttons[0].ticket == other
    assert page.queue[0].buttons[1].url == "http://127.0.0.1:8700/t/1002"
    assert (await opens_home(house, EVE)).queue == ()


async def test_a_home_page_is_made_anew_only_after_something_happened(house: House, ticket):
    page = await opens_home(house, ANA)
    assert await opens_home(house, ANA, seen=page.turn) == Nothing()
    await house.presses(BEN, Verb.CLAIM, ticket)
    assert (await opens_home(house, ANA, seen=page.turn)).queue == ()


async def test_a_home_page_says_what_is_wrong_but_not_to_guests(house: House, ticket):
    await house.store.alarms.begin("bot", "bot_unreachable", {"bot": "shop-bot"}, house.clock.now())
    await house.store.lanes.pause(HELP, "too fast", house.clock.now())

    await house.store.lanes.pause(bot_lane(SHOP), "an operator paused it", by=BY_OPERATOR)

    page = await opens_home(house, ANA)
    assert [plain(line).split(" since")[0] for line in page.troubles] == [
        "⚠ shop-bot has not taken its callbacks", "⚠ Nothing is sent to the bot shop-bot",
    ]  # fmt: skip
    assert plain(page.troubles[1]).endswith("UTC: an operator paused it. Nothing is lost.")
    assert (await opens_home(house, replace(EVE, guest=True))).troubles == ()


async def test_an_unknown_word_is_answered_with_what_it_may_have_meant(house: House):
    answer = await house.commands(ANA, "clam", "1001")
    assert isinstance(answer, Listing)
    assert answer.title == "I do not know “clam”. Did you mean claim?"
    assert (await house.commands(ANA, "xyzzy")).title == "I do not know “xyzzy”."


async def test_a_command_without_its_ticket_or_its_outcome_says_what_to_type(house: House, ticket):
    assert "which ticket, for example: /handrail close 1042" in said(await house.commands(ANA, "close"))
    assert "no ticket by that number" in said(await house.commands(ANA, "close", "4711"))
    answer = await house.commands(ANA, "close", "1001", "done")
    assert said(answer) == "Say how #1001 ended: resolved, returned_to_bot, cancelled, expired, spam."
    assert [(button.label, button.form) for button in answer.buttons] == [("Close as…", True)]


async def test_help_never_speaks_of_users_and_says_what_to_do_in_threads(house: House):
    help_ = [plain(line) for line, _ in (await house.commands(ANA, "help")).rows]
    assert any("@Handrail close" in line for line in help_)
    assert not any("user" in line for line in help_)


async def test_a_list_says_what_is_urgent_and_on_whom_a_ticket_waits(house: House):
    ticket = (await house.escalates(priority=Priority.HIGH)).ticket.id
    ((line, _),) = (await house.commands(ANA, "list")).rows
    assert plain(line).startswith("● High  #1001 ")
    thread = await house.opened_thread(ticket)
    await house.presses(ANA, Verb.CLAIM, ticket)
    ((line, _),) = (await house.commands(ANA, "mine")).rows
    assert " · Mara · waiting since " in plain(line)
    await house.writes(ANA, "hello", thread)
    house.clock.advance(60)
    await house.fire_timers()
    ((line, _),) = (await house.commands(ANA, "mine")).rows
    assert plain(line).endswith(" · Mara · waiting on Mara")


async def test_who_has_nothing_is_offered_the_oldest(house: House, ticket):
    answer = await house.commands(ANA, "mine")
    assert said(answer).startswith("Nothing is yours. The oldest is #1001")
    (take,) = answer.buttons
    await house.presses(ANA, take.verb, take.ticket)
    assert (await house.store.tickets.get(ticket)).state is TicketState.ASSIGNED
