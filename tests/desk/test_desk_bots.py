from dataclasses import replace

import pytest

from bridge.domain.errors import AlreadySeen, NoSuchTicket, NotAllowed
from bridge.domain.events import (
    Activity,
    EventKey,
    FeedRead,
    TakenBack,
    TicketMoved,
    TicketPatched,
    Turn,
    UserActive,
    UserDeleted,
    UserEdited,
    UserFacts,
    Verb,
)
from bridge.domain.refs import BotName
from bridge.domain.ticket import Outcome, TicketState
from bridge.domain.words import Author, WordsState
from tests.desk.house import ANA, SHOP, House


def about(house: House, kind, ticket, **more):
    return kind(
        bot=more.pop("bot", SHOP), key=house.key("bot:shop-bot"), fingerprint="f", at=house.clock.now(), ticket=ticket,
        **more,
    )  # fmt: skip


async def test_an_escalation_opens_one_ticket_on_the_route_its_facts_choose(house: House):
    verdict = await house.escalates(attributes={"plan": "pro"})
    assert (verdict.code, verdict.ticket.number, verdict.ticket.route) == ("opened", 1001, "pro")


async def test_a_repeated_call_gets_the_first_answer_and_another_body_is_a_conflict(house: House):
    first = await house.escalates(key=EventKey("bot:shop-bot", "k"), fingerprint="a")
    again = await house.escalates(key=EventKey("bot:shop-bot", "k"), fingerprint="a")
    assert (again.ticket, again.replayed) == (first.ticket, True)
    with pytest.raises(AlreadySeen):
        await house.escalates(key=EventKey("bot:shop-bot", "k"), fingerprint="b")


async def test_the_same_conversation_is_never_opened_twice(house: House):
    first = await house.escalates()
    second = await house.escalates(
        transcript=(
            Turn(author=Author.USER, text="refund?", external_id="m1"),
            Turn(author=Author.USER, text="hello??", external_id="m2"),
        )
    )
    assert (second.code, second.ticket.id) == ("merged", first.ticket.id)
    assert [m.text for m in await house.store.messages.of(first.ticket.id)] == ["refund?", "hello??"]


async def test_what_the_bot_left_unsaid_about_a_known_user_stays_known(house: House):
    await house.escalates()
    await house.escalates(user=UserFacts(external_id="u_17", locale="fr-FR"))
    user = await house.store.users.by_external(SHOP, "u_17")
    assert user is not None
    assert (user.name, user.locale) == ("Mara", "fr-FR")


async def test_one_external_id_is_one_message_under_any_key(house: House):
    ticket = (await house.escalates()).ticket.id
    first = await house.user_says(ticket, "hello?", external_id="m2")
    again = await house.user_says(ticket, "hello?", external_id="m2")
    assert (again.code, again.message) == ("known", first.message)
    assert len(await house.store.messages.of(ticket)) == 2


async def test_users_edit_and_delete_their_own_words(house: House):
    ticket = (await house.escalates()).ticket.id
    said = await house.user_says(ticket, "helo", external_id="m2")
    await house.desk.handle(about(house, UserEdited, ticket, external_id="m2", text="hello"))
    message = await house.store.messages.get(said.message)
    assert (message.text, message.revision) == ("hello", 2)
    await house.desk.handle(about(house, UserDeleted, ticket, external_id="m2"))
    assert (await house.store.messages.get(said.message)).state is WordsState.DELETED
    with pytest.raises(NoSuchTicket):
        await house.desk.handle(about(house, UserDeleted, ticket, external_id="nothing"))


async def test_another_bots_ticket_does_not_exist(house: House):
    ticket = (await house.escalates()).ticket.id
    for event in (
        about(house, TakenBack, ticket, bot="other-bot", outcome=Outcome.CANCELLED),
        about(house, UserActive, ticket, bot="other-bot", activity=Activity.TYPING),
        about(house, TicketPatched, ticket, bot="other-bot", title="mine"),
    ):
        with pytest.raises(NoSuchTicket):
            await house.desk.handle(event)


async def test_a_bot_that_speaks_of_a_former_owner_is_refused(house: House):
    ticket = (await house.escalates()).ticket.id
    await house.presses(ANA, Verb.CLAIM, ticket)
    with pytest.raises(NotAllowed) as no:
        await house.user_says(ticket, "hi", if_epoch=1)
    assert (no.value.code, no.value.facts["epoch"]) == ("stale_epoch", 2)


async def test_new_facts_may_route_the_ticket_anew(house: House):
    ticket = (await house.escalates()).ticket.id
    event = about(house, TicketPatched, ticket, attributes={"plan": "pro"}, title="Pro refund", reroute=True)
    verdict = await house.desk.handle(event)
    assert (verdict.code, verdict.ticket.route) == ("moved", "pro")
    view = await house.store.tickets.view(ticket)
    assert (view.brief.title, dict(view.brief.attributes)) == ("Pro refund", {"plan": "pro"})


async def test_a_patch_that_comes_again_days_later_does_not_undo_what_a_member_did(house: House):
    ticket = (await house.escalates()).ticket.id
    event = about(house, TicketPatched, ticket, attributes={"plan": "pro"}, reroute=True)
    first = await house.desk.handle(event)
    back = TicketMoved(
        ticket=ticket, version=first.ticket.version, rules="r", to="everything", by="ana", name="Ana", via="command",
        at=house.clock.now(),
    )  # fmt: skip
    assert (await house.desk.handle(back)).code == "moved"
    again = await house.desk.handle(event)
    assert (again.code, again.ticket, again.replayed) == (first.code, first.ticket, True)
    assert (await house.store.tickets.get(ticket)).policy.route == "everything"


async def test_the_bot_takes_the_conversation_back_once(house: House):
    ticket = (await house.escalates()).ticket.id
    event = about(house, TakenBack, ticket, outcome=Outcome.CANCELLED, note="user left")
    assert (await house.desk.handle(event)).ticket.state is TicketState.CLOSED
    with pytest.raises(NotAllowed) as no:
        await house.desk.handle(replace(event, key=house.key("bot:shop-bot")))
    assert no.value.code == "already_closed"


async def test_signs_of_life_are_shown_and_not_kept(house: House):
    ticket = (await house.escalates()).ticket.id
    await house.desk.handle(about(house, UserActive, ticket, activity=Activity.TYPING))
    assert house.desk.presence.user_activity(ticket, house.clock.now()) is Activity.TYPING
    house.clock.advance(seconds=9)
    assert house.desk.presence.user_activity(ticket, house.clock.now()) is Activity.ONLINE


async def test_what_a_polling_bot_has_read_is_marked_as_sent_and_what_it_has_not_is_not(house: House):
    poller = BotName("other-bot")
    ticket = (await house.escalates(bot=poller)).ticket.id
    await house.presses(ANA, Verb.CLAIM, ticket)
    thread = await house.opened_thread(ticket)
    for text in ("one", "two"):
        await house.writes(ANA, text, thread)
        house.clock.advance(seconds=5)
        await house.fire_timers()
    rows = await house.store.feed.after(poller, 0, 100)
    first = next(filled.row.cursor for filled in rows if filled.row.type == "message.created")

    await house.desk.handle(FeedRead(bot=poller, cursor=first, at=house.clock.now()))
    await house.desk.handle(FeedRead(bot=poller, cursor=first, at=house.clock.now()))

    states = {m.text: m.state for m in await house.store.messages.of(ticket)}
    assert (states["one"], states["two"]) == (WordsState.SENT, WordsState.SENDING)
    view = await house.store.tickets.view(ticket)
    assert [entry.kind for entry in view.entries].count("message.sent") == 1


async def test_a_cursor_from_nowhere_confirms_nothing_that_is_still_to_come(house: House):
    poller = BotName("other-bot")
    ticket = (await house.escalates(bot=poller)).ticket.id
    await house.presses(ANA, Verb.CLAIM, ticket)
    thread = await house.opened_thread(ticket)
    await house.desk.handle(FeedRead(bot=poller, cursor=10**12, at=house.clock.now()))
    await house.writes(ANA, "one", thread)
    house.clock.advance(seconds=5)
    await house.fire_timers()
    latest = await house.store.feed.latest(poller)
    await house.desk.handle(FeedRead(bot=poller, cursor=latest, at=house.clock.now()))
    assert [m.state for m in await house.store.messages.of(ticket) if m.text == "one"] == [WordsState.SENT]
