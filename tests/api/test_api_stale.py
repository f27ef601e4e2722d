"""Replies a polling bot comes for too late."""

import pytest

from bridge.domain.events import ButtonPressed, EventKey, PersonEdited, Verb
from bridge.domain.refs import CONSOLE, MessageId, TicketId, new_id
from bridge.domain.words import WordsState
from tests.api.replying import ANA, fire_timers, replied


async def presses(handrail, ticket, verb, message):
    event = ButtonPressed(
        key=EventKey(CONSOLE, new_id("act")), person=ANA, at=handrail.clock.now(), ticket=TicketId(ticket), verb=verb,
        message=MessageId(message),
    )  # fmt: skip
    return await handrail.api.desk.handle(event)


async def types(handrail, after="0"):
    page = (await handrail.call("GET", f"/v1/events?after={after}")).json
    return [event["type"] for event in page["events"]], page["next"]


async def test_a_reply_nobody_fetched_for_hours_is_not_given_until_somebody_says_so(handrail):
    ticket = await handrail.escalated()
    message = await replied(handrail, ticket)
    handrail.clock.advance(hours=3)

    found, cursor = await types(handrail)
    assert found == ["ticket.opened", "ticket.assigned"]
    assert (await handrail.api.store.messages.get(message)).state is WordsState.STALE
    assert await types(handrail, cursor) == ([], cursor)

    await presses(handrail, ticket, Verb.RETRY, message)

    found, cursor = await types(handrail, cursor)
    assert found == ["message.created"]
    await types(handrail, cursor)
    assert (await handrail.api.store.messages.get(message)).state is WordsState.SENT


async def test_what_follows_it_waits_too_and_comes_once_it_is_given_up(handrail):
    ticket = await handrail.escalated()
    message = await replied(handrail, ticket)
    handrail.clock.advance(hours=3)
    _, cursor = await types(handrail)
    await handrail.call("PATCH", f"/v1/tickets/{ticket}", {"priority": "high"})
    other = await handrail.escalated({"conversation": {"external_id": "web-2"}})
    page = (await handrail.call("GET", f"/v1/events?after={cursor}")).json
    assert [event["data"]["ticket"]["id"] for event in page["events"]] == [other]

    await presses(handrail, ticket, Verb.WITHDRAW, message)

    found, _ = await types(handrail, page["next"])
    assert found == ["ticket.updated"]


async def test_a_closed_ticket_waits_for_nobody_and_its_bot_hears_that_it_speaks_again(handrail):
    ticket = await handrail.escalated()
    message = await replied(handrail, ticket)
    await presses(handrail, ticket, Verb.CLOSE, message)
    handrail.clock.advance(hours=3)

    found, cursor = await types(handrail)

    assert found == ["ticket.opened", "ticket.assigned", "ticket.closed"]
    assert (await handrail.api.store.messages.get(message)).state is WordsState.UNSENT
    assert await types(handrail, cursor) == ([], cursor)


@pytest.mark.parametrize("hours", [0, 3])
async def test_a_reply_that_a_poll_gave_out_is_called_back_and_not_merely_kept_here(handrail, hours):
    ticket = await handrail.escalated({"conversation": {"external_id": "w"}, "capabilities": {"delete": True}})
    message = await replied(handrail, ticket)
    assert "message.created" in (await types(handrail))[0]
    handrail.clock.advance(hours=hours)
    await types(handrail)

    await presses(handrail, ticket, Verb.WITHDRAW, message)

    assert (await handrail.api.store.messages.get(message)).state is WordsState.DELETED
    assert (await types(handrail))[0][-1] == "message.deleted"


async def test_a_reply_that_a_poll_gave_out_stays_where_the_bot_cannot_delete(handrail):
    ticket = await handrail.escalated({"conversation": {"external_id": "w"}, "capabilities": {"delete": False}})
    message = await replied(handrail, ticket)
    await types(handrail)

    answer = await presses(handrail, ticket, Verb.WITHDRAW, message)

    assert answer.refused
    assert "Send a correction" in str(answer)
    assert (await handrail.api.store.messages.get(message)).state is WordsState.SENDING


async def test_its_writer_is_told_after_ten_minutes(handrail):
    ticket = await handrail.escalated()
    await replied(handrail, ticket)
    handrail.clock.advance(minutes=10)
    await fire_timers(handrail)

    view = await handrail.api.store.tickets.view(TicketId(ticket))
    assert [entry.kind for entry in view.entries][-1] == "reply.late"
    assert view.ticket.late


@pytest.mark.parametrize(
    ("delete", "heard", "state"),
    [
        (True, ["message.created", "message.deleted", "ticket.closed"], WordsState.DELETED),
        (False, ["message.created", "ticket.closed"], WordsState.SENT),
    ],
)
async def test_a_close_calls_a_stale_reply_back_that_a_poll_gave_out_or_lets_it_stand(handrail, delete, heard, state):
    ticket = await handrail.escalated({"conversation": {"external_id": "w"}, "capabilities": {"delete": delete}})
    message = await replied(handrail, ticket)
    given, _ = await types(handrail)
    handrail.clock.advance(hours=3)
    before, cursor = await types(handrail)
    assert (given[-1], before[-1]) == ("message.created", "ticket.assigned")

    await presses(handrail, ticket, Verb.CLOSE, message)

    assert (await types(handrail, cursor))[0] == heard
    assert (await handrail.api.store.messages.get(message)).state is state


async def test_a_note_made_of_a_stale_reply_is_deleted_at_the_bot_and_never_read_there(handrail):
    ticket = await handrail.escalated({"conversation": {"external_id": "w"}, "capabilities": {"delete": True}})
    message = await replied(handrail, ticket)
    await types(handrail)
    handrail.clock.advance(hours=3)
    _, cursor = await types(handrail)

    await handrail.api.desk.handle(
        PersonEdited(
            key=EventKey(CONSOLE, new_id("act")),
            person=ANA,
            at=handrail.clock.now(),
            text="note: she lied",
            message=MessageId(message),
        )
    )

    page = (await handrail.call("GET", f"/v1/events?after={cursor}")).json
    assert [event["type"] for event in page["events"]] == ["message.deleted"]
    assert (page["events"][0]["data"]["message"]["id"], page["events"][0]["data"]["message"]["text"]) == (message, None)
    assert "she lied" not in str((await handrail.call("GET", "/v1/events?after=0")).json)
