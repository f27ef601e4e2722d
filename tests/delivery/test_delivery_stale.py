"""A reply that has waited too long for its bot: it is held when its turn comes, and leaves by a click."""

from datetime import timedelta

from bridge.domain import actions as act
from bridge.domain.events import Intent
from bridge.domain.fanout import spread
from bridge.domain.lifecycle import decide
from bridge.domain.refs import MessageId, new_id
from bridge.domain.words import WordsState
from tests.samples import an_actor, asks

ANA = an_actor()
HOURS = 3 * 3600


async def acts(house, ticket, action, *messages):
    """Ana does it, as the desk would have it done."""

    def settle(seen):
        chosen = action(seen) if callable(action) else action
        return spread(seen.ticket, decide(seen.ticket, chosen, ANA, house.clock.now()), bot_hears=True)

    await house.store.writer.decide(asks(ticket.id, settle, messages=messages))


async def replies(house, ticket, *texts):
    """Ana's replies leave at once: the route has no undo window."""
    for text in texts:
        written = act.Write(message=MessageId(new_id("msg")), text=text, intent=Intent.CLAIM_AND_REPLY)
        await acts(house, ticket, written)
        (pending,) = (await house.store.tickets.get(ticket.id)).pending
        await house.store.writer.decide(
            asks(
                ticket.id,
                lambda seen, pending=pending: spread(
                    seen.ticket, decide(seen.ticket, act.Send(message=pending.message), ANA, house.clock.now()),
                    bot_hears=True,
                ),
            )
        )  # fmt: skip


async def named(house, ticket, text):
    return next(message for message in await house.store.messages.of(ticket.id) if message.text == text)


async def retried(house, ticket, text, *, withdraw=False):
    message = await named(house, ticket, text)
    await acts(house, ticket, lambda seen: act.Retry(stored=seen.messages[message.id], withdraw=withdraw), message.id)


def texts(house):
    return [call.data["message"]["text"] for call in house.bot.events.values() if call.type == "message.created"]


async def test_a_reply_older_than_the_route_allows_waits_for_a_click_when_the_bot_is_back(house):
    ticket = await house.ticket()
    await house.bot.down()
    await replies(house, ticket, "It leaves today.")
    await house.settle()
    await house.passes(HOURS)
    await house.bot.up()
    await replies(house, ticket, "And a fresh one.")

    house.dispatcher.bot_called(ticket.bot)
    await house.settle()

    assert texts(house) == []
    assert await house.states(ticket) == {
        "It leaves today.": WordsState.STALE, "And a fresh one.": WordsState.SENDING
    }  # fmt: skip
    assert [stale.message for stale in (await house.store.tickets.get(ticket.id)).stale] == [
        (await named(house, ticket, "It leaves today.")).id
    ]

    await retried(house, ticket, "It leaves today.")
    await house.settle()

    assert texts(house) == ["It leaves today.", "And a fresh one."]
    assert set((await house.states(ticket)).values()) == {WordsState.SENT}


async def test_its_webhook_id_stays_the_same_over_outage_hold_and_click(house):
    ticket = await house.ticket()
    house.bot.answer_always(503)
    await replies(house, ticket, "It leaves today.")
    await house.settle()
    tried = {call.id for call in house.bot.calls if call.type == "message.created"}
    await house.passes(HOURS)
    house.bot.answer_always(204)
    house.dispatcher.bot_called(ticket.bot)
    await house.settle()

    await retried(house, ticket, "It leaves today.")
    await house.settle()

    assert {call.id for call in house.bot.calls if call.type == "message.created"} == (
        tried or {call.id for call in house.bot.events.values() if call.type == "message.created"}
    )
    assert texts(house) == ["It leaves today."]


async def test_what_its_writer_gives_up_never_arrives_and_the_rest_goes_on(house):
    ticket = await house.ticket()
    await house.bot.down()
    await replies(house, ticket, "It leaves today.")
    await house.settle()
    await house.passes(HOURS)
    await house.bot.up()
    await replies(house, ticket, "Sorry for the wait.")
    house.dispatcher.bot_called(ticket.bot)
    await house.settle()

    await retried(house, ticket, "It leaves today.", withdraw=True)
    await house.settle()

    assert texts(house) == ["Sorry for the wait."]


async def test_a_close_gives_the_conversation_back_though_a_stale_reply_was_never_decided(house):
    ticket = await house.ticket()
    await house.bot.down()
    await replies(house, ticket, "It leaves today.")
    await house.settle()
    await house.passes(HOURS)
    await house.bot.up()
    house.dispatcher.bot_called(ticket.bot)
    await house.settle()

    await acts(house, ticket, act.Close())
    await house.settle()

    assert house.bot.types[-1] == "ticket.closed"
    assert texts(house) == []
    assert (await house.states(ticket)) == {"It leaves today.": WordsState.UNSENT}


async def test_a_reply_that_grew_too_old_after_the_close_does_not_hold_the_close_back(house):
    ticket = await house.ticket()
    await house.bot.down()
    await replies(house, ticket, "It leaves today.", "And this too.")
    await acts(house, ticket, act.Close())
    await house.settle()
    await house.passes(HOURS)
    await house.bot.up()

    house.dispatcher.bot_called(ticket.bot)
    await house.settle()

    assert house.bot.types[-1] == "ticket.closed"
    assert texts(house) == []
    assert set((await house.states(ticket)).values()) == {WordsState.UNSENT}
    assert (await house.store.tickets.get(ticket.id)).stale == ()
    assert await house.undelivered() == []


async def test_a_reply_that_is_not_too_old_leaves_by_itself(house):
    ticket = await house.ticket()
    await house.bot.down()
    await replies(house, ticket, "It leaves today.")
    await house.settle()
    await house.passes(timedelta(minutes=110).total_seconds())
    await house.bot.up()
    house.dispatcher.bot_called(ticket.bot)
    await house.settle()
    assert texts(house) == ["It leaves today."]
