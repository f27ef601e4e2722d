"""A bot erases one of its own users, and can tell nothing about anybody else's."""

import json

import pytest

from bridge.domain.refs import TicketId
from tests.api.replying import replied

MARA = {
    "conversation": {"external_id": "web-1"},
    "user": {"external_id": "u/17", "name": "Mara Canary", "email": "canary@example.org"},
    "title": "canary title",
    "metadata": {"opaque": "canary"},
    "transcript": [{"id": "m1", "from": "user", "text": "canary words"}],
}
PATH = "/v1/users/u%2F17"


async def feed(handrail, bot="shop-bot"):
    return (await handrail.call("GET", "/v1/events?after=0", bot=bot)).json["events"]


async def test_a_user_is_erased_and_the_bot_hears_of_it_under_its_own_id(handrail):
    ticket = await handrail.escalated(MARA)
    await replied(handrail, ticket)

    answer = await handrail.call("DELETE", PATH)

    assert answer.status == 202
    receipt = answer.json["erasure"]
    assert (receipt["tickets"], receipt["messages"], receipt["files"]) == (1, 2, 0)
    erased = next(event for event in await feed(handrail) if event["type"] == "user.erased")
    assert erased["data"]["user"]["external_id"] == "u/17"
    assert erased["data"]["user"]["name"] is None
    assert erased["data"]["receipt"] == receipt["id"]
    assert erased["data"]["actor"]["kind"] == "bot"


async def test_nothing_a_bot_can_read_has_the_words_any_more(handrail):
    ticket = await handrail.escalated(MARA)
    await handrail.call("DELETE", PATH)

    for path in ("/v1/events?after=0", f"/v1/tickets/{ticket}", "/v1/tickets", f"/v1/tickets/{ticket}/transcript"):
        answer = await handrail.call("GET", path)
        assert answer.status == 200
        assert b"anary" not in answer.raw, path
    closed = next(event for event in await feed(handrail) if event["type"] == "ticket.closed")
    assert (closed["data"]["outcome"], closed["data"]["transcript"]) == ("cancelled", [])


async def test_another_bots_user_is_refused_exactly_like_one_that_does_not_exist(handrail):
    ticket = await handrail.escalated(MARA)

    foreign = await handrail.call("DELETE", PATH, bot="other-bot")
    unknown = await handrail.call("DELETE", "/v1/users/nobody", bot="other-bot")

    assert (foreign.status, foreign.slug) == (unknown.status, unknown.slug) == (404, "not-found")
    assert {**foreign.json, "instance": ""} == {**unknown.json, "instance": ""}
    await handrail.call("DELETE", PATH)
    after = await handrail.call("DELETE", PATH, bot="other-bot")
    assert {**after.json, "instance": ""} == {**unknown.json, "instance": ""}
    assert ticket


async def test_erasing_again_answers_with_the_first_receipt(handrail):
    await handrail.escalated(MARA)
    first = await handrail.call("DELETE", PATH)

    again = await handrail.call("DELETE", PATH)

    assert (again.status, again.json) == (202, first.json)
    assert again.headers["idempotency-replayed"] == "true"


async def test_an_answer_that_was_lost_is_asked_for_again_and_spares_who_came_after(handrail):
    await handrail.escalated(MARA)
    key = {"Idempotency-Key": "erase-1"}
    first = await handrail.call("DELETE", PATH, headers=key)
    fresh = await handrail.escalated(MARA)

    again = await handrail.call("DELETE", PATH, headers=key)

    assert again.json == first.json
    view = await handrail.api.store.tickets.view(TicketId(fresh))
    assert view.user.name == "Mara Canary"
    other = await handrail.call("DELETE", "/v1/users/u_18", headers=key)
    assert (other.status, other.slug) == (409, "idempotency-conflict")


async def test_words_to_an_erased_ticket_are_refused_and_edits_change_nothing(handrail):
    ticket = await handrail.escalated(MARA)
    await handrail.call("DELETE", PATH)

    said = await handrail.call("POST", f"/v1/tickets/{ticket}/messages", {"text": "hello?", "external_id": "m9"})
    edited = await handrail.call("PATCH", f"/v1/tickets/{ticket}/messages/m1", {"text": "back"})
    known = await handrail.call("POST", f"/v1/tickets/{ticket}/messages", {"text": "back", "external_id": "m1"})
    patched = await handrail.call("PATCH", f"/v1/tickets/{ticket}", {"title": "back"})

    assert (said.status, said.slug) == (409, "ticket-closed")
    assert edited.status == 200
    assert known.status == 201
    assert (patched.status, patched.slug) == (409, "state-conflict")
    view = await handrail.api.store.tickets.view(TicketId(ticket))
    assert "back" not in json.dumps([message.text for message in view.messages])


@pytest.mark.parametrize("name", ["%00", "%ff", "a" * 600, "%20", "..%2F.."])
async def test_a_name_nobody_can_have_is_nobody(handrail, name):
    answer = await handrail.call("DELETE", f"/v1/users/{name}")
    assert (answer.status, answer.slug) == (404, "not-found")
