from dataclasses import replace

import pytest

from bridge.domain.deliveries import DeliveryState, Ending, Posted
from bridge.domain.events import (
    EventKey,
    FormAsked,
    Intent,
    PersonDeleted,
    PersonEdited,
    PersonTyping,
    ThreadGone,
    TimerKind,
    Verb,
)
from bridge.domain.paint import Form, Listing, Nothing, Notice, plain
from bridge.domain.refs import Lane, MessageRef, ThreadRef, bot_lane
from bridge.domain.ticket import TicketState
from bridge.domain.words import WordsState
from tests.desk.house import ANA, BEN, EVE, HELP, SHOP, House


@pytest.fixture
async def ticket(house: House):
    return (await house.escalates()).ticket.id


@pytest.fixture
async def thread(house: House, ticket):
    return await house.opened_thread(ticket)


def text(answer) -> str:
    assert isinstance(answer, Notice), answer
    return plain(answer.line)


async def told(house: House) -> list[str]:
    return [filled.row.type for filled in await house.store.feed.after(SHOP, 0, 100)]


async def test_of_two_clicks_one_wins_and_the_other_is_told_who(house: House, ticket):
    assert text(await house.presses(BEN, Verb.CLAIM, ticket)) == "#1001 is yours."
    house.clock.advance(seconds=2)
    refused = await house.presses(ANA, Verb.CLAIM, ticket)
    assert text(refused) == "Ben took #1001 two seconds before you."
    assert refused.refused


async def test_the_same_click_delivered_twice_has_one_effect_and_one_answer(house: House, ticket):
    key = EventKey("acme-slack", "click")
    first = await house.presses(ANA, Verb.CLAIM, ticket, key=key)
    again = await house.presses(ANA, Verb.CLAIM, ticket, key=key)
    assert text(first) == text(again)
    assert (await told(house)).count("ticket.assigned") == 1


async def test_somebody_outside_the_team_is_refused_with_its_name(house: House, ticket):
    assert "Only members of support" in text(await house.presses(EVE, Verb.CLAIM, ticket))


async def test_somebody_whose_groups_could_not_be_read_is_refused_with_that_reason(house: House, ticket):
    unknown = replace(BEN, groups=None)
    assert "could not be found out" in text(await house.presses(unknown, Verb.CLAIM, ticket))


async def test_one_human_is_the_same_member_in_slack_and_in_the_console(house: House, ticket, thread):
    await house.presses(ANA, Verb.CLAIM, ticket)
    console = replace(ANA, platform="console", workspace="console", id="Ana")
    await house.writes_in_console(console, "Hello", ticket, Intent.REPLY)
    house.clock.advance(seconds=5)
    await house.fire_timers()
    assert "message.created" in await told(house)


async def test_a_reply_in_the_thread_is_told_after_its_undo_window(house: House, ticket, thread):
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.writes(ANA, "I am checking", thread)
    await house.fire_timers()
    assert "message.created" not in await told(house)
    house.clock.advance(seconds=5)
    await house.fire_timers()
    [filled] = [f for f in await house.store.feed.after(SHOP, 0, 100) if f.row.type == "message.created"]
    assert filled.message.text == "I am checking"


async def test_words_in_a_thread_that_is_nobodys_leave_no_trace(house: House, ticket, thread):
    answer = await house.writes(ANA, "lunch?", ThreadRef(HELP, "elsewhere"))
    assert isinstance(answer, Nothing)
    assert [m.text for m in await house.store.messages.of(ticket)] == ["refund?"]


async def test_words_in_a_thread_not_yet_recorded_are_kept_until_it_is(house: House, ticket):
    fence = await house.store.lanes.lease(HELP, "test", 30)
    root, *_ = await house.store.outbox.take(HELP, house.clock.now(), 1, fence)
    await house.writes(ANA, "note: quick", ThreadRef(HELP, "r9"))
    await house.store.outbox.finish(root, Ending.DONE, now=house.clock.now(), posted=Posted(thread="r9"))
    [parked] = await house.store.parked.ready(house.clock.now())
    await house.desk.handle(parked)
    assert [m.text for m in await house.store.messages.of(ticket)] == ["refund?", "quick"]


async def test_edits_and_deletions_follow_by_where_the_words_stand(house: House, ticket, thread):
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.writes(ANA, "thirty days", thread)
    written = (await house.store.messages.of(ticket))[-1]
    edit = PersonEdited(key=house.key(), person=ANA, at=house.clock.now(), text="14 days", origin=written.origin)
    await house.desk.handle(edit)
    assert (await house.store.messages.get(written.id)).text == "14 days"
    moderator = replace(EVE, id="U0MOD")
    gone = PersonDeleted(key=house.key(), person=moderator, at=house.clock.now(), origin=written.origin)
    assert text(await house.desk.handle(gone)) == "Taken back. Mara never saw it."
    assert (await house.store.messages.get(written.id)).state is WordsState.UNSENT
    unknown = PersonDeleted(
        key=house.key(), person=ANA, at=house.clock.now(), origin=MessageRef(HELP, "r1", "ts-unknown")
    )
    assert isinstance(await house.desk.handle(unknown), Nothing)


async def test_a_held_message_is_decided_by_its_buttons(house: House, ticket, thread):
    await house.writes(ANA, "Hello Mara", thread)
    held = (await house.store.tickets.get(ticket)).held[0].message
    answer = await house.presses(ANA, Verb.CLAIM_AND_SEND, ticket, message=held)
    assert text(answer) == "On its way to Mara."
    assert (await house.store.tickets.get(ticket)).state is TicketState.ASSIGNED


async def test_a_close_can_be_undone_for_ten_seconds(house: House, ticket):
    await house.presses(ANA, Verb.CLAIM, ticket)
    closed = await house.presses(ANA, Verb.CLOSE, ticket)
    assert [button.verb for button in closed.buttons] == [Verb.UNDO_CLOSE]
    await house.presses(ANA, Verb.UNDO_CLOSE, ticket)
    assert (await house.store.tickets.get(ticket)).assignee.key == "ana"
    await house.presses(ANA, Verb.CLOSE, ticket)
    house.clock.advance(minutes=1)
    assert "over" in text(await house.presses(ANA, Verb.UNDO_CLOSE, ticket))


async def test_assigning_names_a_member_of_the_team_or_is_refused(house: House, ticket):
    assert text(await house.presses(BEN, Verb.ASSIGN, ticket, fields={"to": "ana"})) == "ana has #1001 now."
    assert "not a member" in text(await house.presses(BEN, Verb.ASSIGN, ticket, named=EVE))
    assert "Name a member" in text(await house.presses(BEN, Verb.ASSIGN, ticket, fields={"to": "nobody"}))


async def test_moving_and_snoozing_say_what_is_wrong_with_a_choice(house: House, ticket):
    assert "no route called nowhere" in text(await house.presses(ANA, Verb.MOVE, ticket, fields={"route": "nowhere"}))
    assert "Say how long" in text(await house.presses(ANA, Verb.SNOOZE, ticket, fields={"until": "soon"}))
    await house.presses(ANA, Verb.MOVE, ticket, fields={"route": "pro"})
    assert (await house.store.tickets.get(ticket)).policy.lane == Lane("acme-slack", "C0PRO")


async def test_why_here_tells_the_rule_and_what_today_would_say(house: House, ticket):
    assert "is on the route everything" in text(await house.presses(EVE, Verb.WHY, ticket))


async def test_commands_act_by_number_and_list_what_waits(house: House, ticket, thread):
    listing = await house.commands(ANA, "list")
    assert isinstance(listing, Listing)
    assert "#1001" in plain(listing.rows[0][0])
    assert text(await house.commands(ANA, "claim", "#1001")) == "#1001 is yours."
    assert "#1001" in plain((await house.commands(ANA, "mine")).rows[0][0])
    assert text(await house.commands(ANA, "release", thread=thread)) == "#1001 is back in the queue."
    assert "no ticket" in text(await house.commands(ANA, "claim", "99999"))
    unknown = await house.commands(ANA, "relaese", "1001")
    assert unknown.title == "I do not know “relaese”. Did you mean release?"
    assert any("claim N" in plain(line) for line, _ in unknown.rows)
    assert "C0HELP" in text(await house.commands(ANA, "here"))


async def test_a_form_commits_nothing(house: House, ticket):
    form = await house.desk.handle(
        FormAsked(key=house.key(), person=ANA, at=house.clock.now(), ticket=ticket, verb=Verb.MOVE)
    )
    assert isinstance(form, Form)
    assert [value for value, _ in form.fields[0].choices] == ["pro"]
    assert (await house.store.tickets.get(ticket)).version == 1


async def test_a_deleted_thread_opens_anew(house: House, ticket, thread):
    await house.desk.handle(ThreadGone(key=house.key(), thread=thread, at=house.clock.now()))
    again = await house.opened_thread(ticket, root="r2")
    assert (await house.store.tickets.get(ticket)).thread == again


async def test_the_team_typing_is_told_to_a_bot_that_can_show_it_but_not_too_often(house: House, ticket):
    await house.presses(ANA, Verb.CLAIM, ticket)
    for _ in range(3):
        await house.desk.handle(PersonTyping(ticket=ticket, person=ANA, note=False, at=house.clock.now()))
    await house.desk.handle(PersonTyping(ticket=ticket, person=BEN, note=True, at=house.clock.now()))
    assert (await told(house)).count("activity.changed") == 1
    assert {name for _, name, _ in house.desk.presence.writing(ticket, house.clock.now())} == {"Ana", "Ben"}


async def test_a_timer_acts_once_even_if_it_is_reported_twice(house: House, ticket):
    house.clock.advance(minutes=3)
    [due] = await house.store.timers.due(house.clock.now(), 10)
    assert due.timer is TimerKind.WAITING
    await house.desk.handle(due)
    await house.desk.handle(due)
    view = await house.store.tickets.view(ticket)
    assert [entry.kind for entry in view.entries].count("reminder.sent") == 1
    # The bot's file entry did not ask for it: it can be polled, and is no callback.
    assert (await told(house)).count("reminder.sent") == 1
    called = await house.store.outbox.views([DeliveryState.READY, DeliveryState.WAITING])
    assert [view.what for view in called if view.lane == bot_lane(SHOP)] == ["TellBot"]


async def test_guests_and_strangers_learn_nothing_about_tickets_of_teams_they_are_not_in(house: House, ticket, thread):
    for outsider in (replace(EVE, guest=True), replace(EVE, stranger=True)):
        assert "no ticket" in text(await house.commands(outsider, "why", "1001"))
        assert "no ticket" in text(await house.presses(outsider, Verb.OPEN, ticket))
        assert (await house.commands(outsider, "list")).rows == ()
    listed = replace(ANA, guest=True)
    assert "everything" in text(await house.commands(listed, "why", "1001"))
