"""What operators do with deliveries and lanes: judged on the locked row, audited, with all that follows."""

import pytest

from bridge.desk.desk import Desk
from bridge.domain.deliveries import DeliveryState, Ending, OpenThread, PostHistory, PostLine, PostWords, TellBot
from bridge.domain.errors import NotAllowed
from bridge.domain.events import Intent, OperatorClosed, Verb
from bridge.domain.events.operators import DeliverySettled, LanePaused, LaneResumed, Operator, Settle
from bridge.domain.fanout import after
from bridge.domain.notices.operators import refused
from bridge.domain.people import Person
from bridge.domain.refs import DeliveryId, Lane, bot_lane
from bridge.domain.ticket import Outcome
from bridge.domain.words import WordsState
from bridge.store.deliveries import Wanted
from tests.adapters.slack_shore import slack_shore
from tests.desk.house import ANA, HELP, SHOP

BOT = bot_lane(SHOP)
ROOT_LINK = "https://acme.slack.com/archives/C0HELP/p1700000000000100"
ROOT = "1700000000.000100"
BY = Operator(key="operator:root", via="command", facts={"ip": "::1"})
CONSOLE_ANA = Person(platform="console", workspace="console", id="Ana", name="Ana", in_channel=True)


async def taken_one(house, lane=HELP):
    fence = await house.store.lanes.lease(lane, "test", 30)
    return (await house.store.outbox.take(lane, house.clock.now(), 1, fence))[0]


async def taken_words(house, lane=HELP):
    """The first words of a person; what stands before them is delivered."""
    while True:
        taken = await taken_one(house, lane)
        if isinstance(taken.delivery.content, PostWords):
            return taken
        await ends(house, taken, Ending.DONE)


async def ends(house, taken, ending, **more):
    await house.store.outbox.finish(taken, ending, now=house.clock.now(), **more)
    return taken.id


async def settles(house, name, how, link=None):
    event = DeliverySettled(delivery=name, settle=how, by=BY, at=house.clock.now(), link=link)
    return await house.desk.handle(event)


async def state_of(house, name):
    standing, _ = await house.store.deliveries.get(name)
    return standing.state


async def acts(house):
    return [(row.action, row.object) for row in (await house.store.audit.page()).rows if "." in row.action]


async def refusal(house, name, how, link=None):
    with pytest.raises(NotAllowed) as no:
        await settles(house, name, how, link)
    return refused(no.value.code, no.value.facts)


@pytest.fixture
async def reading(house, clock):
    """The same house, with a Slack that reads links."""
    async with slack_shore(clock) as shore:
        house.desk = Desk(store=house.store, rules=house.rules, clock=clock, chats={"acme-slack": shore.platform})
        yield house


async def replied(house):
    """A ticket with a reply of Ana's on its way to the bot; the callback that carries it, taken."""
    ticket = (await house.escalates()).ticket.id
    thread = await house.opened_thread(ticket)
    await house.presses(ANA, Verb.CLAIM, ticket)
    await house.writes(ANA, "On its way.", thread)
    house.clock.advance(seconds=6)
    await house.fire_timers()
    while True:
        taken = await taken_one(house, BOT)
        message = await message_told(house, taken)
        if message is not None:
            return ticket, taken, message
        await ends(house, taken, Ending.DONE)


async def message_told(house, taken):
    told = await house.store.feed.get(taken.delivery.content.told)
    return told.message if told.row.type == "message.created" else None


async def words_state(house, message):
    return (await house.store.messages.get(message.id)).state


async def test_a_dead_reply_that_is_retried_is_on_its_way_again(house):
    ticket, taken, message = await replied(house)

    def follows(seen):
        return after(taken.delivery, Ending.DEAD, seen.ticket, next(iter(seen.messages.values())), house.clock.now())

    name = await ends(house, taken, Ending.DEAD, reason="410", after=follows)
    assert await words_state(house, message) is WordsState.FAILED

    settled = await settles(house, name, Settle.RETRY)

    assert (settled.number, settled.lane) == (1001, BOT)
    assert await words_state(house, message) is WordsState.SENDING
    assert (await house.store.tickets.get(ticket)).failed == 0
    again = await taken_one(house, BOT)
    assert (again.id, type(again.delivery.content)) == (name, TellBot)
    assert await acts(house) == [("delivery.retried", name)]


async def test_a_dead_reply_its_writer_sent_anew_is_not_sent_twice(house):
    ticket, taken, message = await replied(house)

    def follows(seen):
        return after(taken.delivery, Ending.DEAD, seen.ticket, next(iter(seen.messages.values())), house.clock.now())

    name = await ends(house, taken, Ending.DEAD, reason="410", after=follows)
    await house.presses(ANA, Verb.RETRY, ticket, message=message.id)

    assert "must not read it twice" in await refusal(house, name, Settle.RETRY)
    assert await state_of(house, name) is DeliveryState.DEAD
    assert await acts(house) == []


async def test_a_dropped_reply_is_marked_failed_and_its_writer_is_told(house):
    _, taken, message = await replied(house)
    name = await ends(house, taken, Ending.RETRY, not_before=house.clock.now().replace(year=2027), reason="503")

    await settles(house, name, Settle.DROP)

    stored = await house.store.messages.get(message.id)
    assert (stored.state, stored.failure) == (WordsState.FAILED, "an operator dropped it")
    said = [type(one.delivery.content).__name__ for one in await house.store.outbox.take(HELP, house.clock.now(), 9)]
    assert "Mark" in said
    assert "Whisper" in said
    assert await state_of(house, name) is DeliveryState.WITHDRAWN


async def test_words_that_are_dropped_leave_a_gap_and_free_those_behind_them(house):
    ticket = (await house.escalates()).ticket.id
    await house.opened_thread(ticket)
    await house.user_says(ticket, "first")
    await house.user_says(ticket, "second")
    first = await taken_words(house)
    name = await ends(house, first, Ending.UNKNOWN, not_before=house.clock.now().replace(year=2027), reason="cut")

    await settles(house, name, Settle.DROP)

    posted = (await taken_words(house)).delivery.content
    assert (await house.store.messages.get(posted.message)).text == "second"
    waiting, _ = await house.store.deliveries.page(Wanted(states=[DeliveryState.WAITING]))
    assert PostLine.__name__ in [view.what for view in waiting]


async def test_an_unknown_root_is_adopted_by_its_link(reading):
    ticket = (await reading.escalates()).ticket.id
    name = await ends(reading, await taken_one(reading), Ending.UNKNOWN, reason="cut")

    await settles(reading, name, Settle.ADOPT, f"{ROOT_LINK} ")

    assert (await reading.store.tickets.get(ticket)).thread.root == ROOT
    assert await state_of(reading, name) is DeliveryState.DONE
    assert isinstance((await taken_one(reading)).delivery.content, PostHistory)
    assert await acts(reading) == [("delivery.adopted", name)]


async def test_a_link_to_something_else_is_refused(reading):
    await reading.escalates()
    name = await ends(reading, await taken_one(reading), Ending.UNKNOWN, reason="cut")

    for link in ("", "https://evil.example/x", ROOT_LINK.replace("C0HELP", "C0PRO00")):
        assert "no link to a post in acme-slack/C0HELP" in await refusal(reading, name, Settle.ADOPT, link)
    assert await state_of(reading, name) is DeliveryState.UNKNOWN


async def test_a_post_of_another_ticket_is_not_adopted(reading):
    first = (await reading.escalates()).ticket.id
    await reading.opened_thread(first, ROOT)
    await reading.escalates("web-2")
    name = await ends(reading, await taken_one(reading), Ending.UNKNOWN, reason="cut")

    assert await refusal(reading, name, Settle.ADOPT, ROOT_LINK) == "That post belongs to #1001 already."


async def test_words_are_adopted_only_in_their_own_thread(reading):
    ticket = (await reading.escalates()).ticket.id
    await reading.opened_thread(ticket, ROOT)
    await reading.user_says(ticket, "hello?")
    name = await ends(reading, await taken_words(reading), Ending.UNKNOWN, reason="cut")
    link = "https://acme.slack.com/archives/C0HELP/p1700000000000200?thread_ts={}&cid=C0HELP"

    assert "no link" in await refusal(reading, name, Settle.ADOPT, link.format("1700000000.000999"))
    await settles(reading, name, Settle.ADOPT, link.format(ROOT))

    assert await state_of(reading, name) is DeliveryState.DONE


async def test_what_is_in_doubt_is_never_simply_retried_but_posted_again_on_purpose(house):
    await house.escalates()
    name = await ends(house, await taken_one(house), Ending.UNKNOWN, not_before=house.clock.now().replace(year=2027))

    assert "might be there twice" in await refusal(house, name, Settle.RETRY)
    await settles(house, name, Settle.POST_AGAIN)

    again = await taken_one(house)
    assert (again.id, again.unknown) == (name, False)


async def test_a_dead_root_that_is_retried_brings_its_ticket_home_with_its_history(house):
    ticket = (await house.escalates()).ticket.id
    taken = await taken_one(house)

    def follows(seen):
        return after(taken.delivery, Ending.DEAD, seen.ticket, None, house.clock.now())

    name = await ends(house, taken, Ending.DEAD, reason="is_archived", after=follows)
    assert (await house.store.tickets.get(ticket)).policy.lane is None
    await house.writes_in_console(CONSOLE_ANA, "hm", ticket, Intent.NOTE)

    await settles(house, name, Settle.RETRY)
    await house.opened_thread(ticket)

    found = await house.store.tickets.get(ticket)
    assert (found.policy.lane, found.thread.root) == (HELP, "r1")
    assert isinstance((await taken_one(house)).delivery.content, PostHistory)


async def test_a_dead_root_of_a_closed_ticket_stays_dead_and_can_be_dropped(house):
    ticket = (await house.escalates()).ticket.id
    taken = await taken_one(house)
    assert isinstance(taken.delivery.content, OpenThread)
    name = await ends(house, taken, Ending.DEAD, reason="is_archived")
    await house.presses(ANA, Verb.CLOSE, ticket)

    assert "#1001 is closed" in await refusal(house, name, Settle.RETRY)
    await settles(house, name, Settle.DROP)
    assert "withdrawn" in await refusal(house, name, Settle.DROP)


async def test_what_is_sent_right_now_or_was_sent_is_left_alone(house):
    await house.escalates()
    taken = await taken_one(house)
    for how in Settle:
        assert "at this moment" in await refusal(house, taken.id, how, ROOT_LINK)
    await ends(house, taken, Ending.DONE)
    for how in Settle:
        assert "nothing left to do" in await refusal(house, taken.id, how, ROOT_LINK)
    assert "no delivery dlv_none" in await refusal(house, DeliveryId("dlv_none"), Settle.RETRY)


async def test_a_lane_an_operator_paused_waits_until_an_operator_resumes_it(house):
    await house.escalates()
    await house.desk.handle(LanePaused(lane=HELP, by=BY, at=house.clock.now()))
    await house.store.lanes.pause(HELP, "slow down", house.clock.now())
    await house.store.lanes.resume(HELP)

    (view,) = [view for view in await house.store.lanes.views() if view.lane == HELP]
    assert (view.paused_because, view.paused_by) == ("an operator paused it", "operator:root")
    assert await house.store.outbox.ready_lanes(house.clock.now()) == [BOT]

    await house.desk.handle(LaneResumed(lane=HELP, by=BY, at=house.clock.now()))

    assert HELP in await house.store.outbox.ready_lanes(house.clock.now())
    assert await acts(house) == [("lane.resumed", "acme-slack/C0HELP"), ("lane.paused", "acme-slack/C0HELP")]


async def test_lanes_that_are_not_there_or_not_paused_are_refused(house):
    for lane in (Lane("no-slack", "C1"), Lane("bot", "nobody")):
        with pytest.raises(NotAllowed, match="no_such_lane"):
            await house.desk.handle(LanePaused(lane=lane, by=BY, at=house.clock.now()))
    with pytest.raises(NotAllowed, match="not_paused"):
        await house.desk.handle(LaneResumed(lane=HELP, by=BY, at=house.clock.now()))


async def test_a_ticket_closed_from_the_command_line_is_audited_once(house):
    ticket = (await house.escalates()).ticket.id
    event = OperatorClosed(key=house.key("operator"), ticket=ticket, outcome=Outcome.SPAM, at=house.clock.now())
    await house.desk.handle(event)
    await house.desk.handle(event)

    (row,) = (await house.store.audit.page()).rows
    assert (row.action, row.object, row.facts) == ("ticket.closed", ticket, {"outcome": "spam"})
