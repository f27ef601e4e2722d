"""What a bot says of the replies it was given."""

import pytest

from bridge.domain.events import Intent
from bridge.domain.refs import TicketId
from bridge.domain.words import WordsState
from tests.api.replying import replied


async def reports(handrail, ticket, message, status, **more):
    body = {"message_id": message, "status": status, **more.pop("body", {})}
    return await handrail.call("POST", f"/v1/tickets/{ticket}/receipts", body, **more)


async def log(handrail, ticket):
    view = await handrail.api.store.tickets.view(TicketId(ticket))
    return [(entry.kind, entry.facts) for entry in view.entries if entry.kind.startswith("message.")]


async def test_the_team_sees_that_a_reply_was_delivered_and_seen(handrail):
    ticket = await handrail.escalated()
    message = await replied(handrail, ticket)

    answer = await reports(handrail, ticket, message, "delivered", body={"at": "2026-11-23T10:00:07Z"})

    assert answer.status == 202
    assert answer.json["ticket"]["id"] == ticket
    assert (await handrail.api.store.messages.get(message)).state is WordsState.DELIVERED
    assert (await reports(handrail, ticket, message, "seen")).status == 202
    assert (await handrail.api.store.messages.get(message)).state is WordsState.SEEN
    assert (await log(handrail, ticket))[-2:] == [
        ("message.delivered", {"reported_at": "2026-11-23T10:00:07+00:00"}), ("message.seen", {})
    ]  # fmt: skip


async def test_a_reply_that_did_not_get_there_is_marked_with_the_bots_reason_and_can_be_tried_again(handrail):
    ticket = await handrail.escalated()
    message = await replied(handrail, ticket)

    await reports(handrail, ticket, message, "failed", body={"reason": "the user has left the chat"})

    stored = await handrail.api.store.messages.get(message)
    assert (stored.state, stored.failure) == (WordsState.FAILED, "the user has left the chat")
    assert (await handrail.api.store.tickets.get(TicketId(ticket))).failed == 1
    assert "left the chat" not in str(await log(handrail, ticket))


async def test_the_same_receipt_again_changes_nothing(handrail):
    ticket = await handrail.escalated()
    message = await replied(handrail, ticket)
    for _ in range(2):
        assert (await reports(handrail, ticket, message, "seen")).status == 202
        assert (await reports(handrail, ticket, message, "delivered")).status == 202
    assert [kind for kind, _ in await log(handrail, ticket)].count("message.seen") == 1


async def test_a_receipt_can_be_repeated_under_its_key_and_not_changed(handrail):
    ticket = await handrail.escalated()
    message = await replied(handrail, ticket)
    once = {"headers": {"Idempotency-Key": "r1"}}
    await reports(handrail, ticket, message, "delivered", **once)
    again = await reports(handrail, ticket, message, "delivered", **once)
    assert again.headers["idempotency-replayed"] == "true"
    assert (await reports(handrail, ticket, message, "seen", **once)).slug == "idempotency-conflict"


@pytest.mark.parametrize("whose", ["note", "user", "nobody", "other ticket"])
async def test_only_what_the_team_sent_in_this_ticket_has_receipts(handrail, whose):
    ticket = await handrail.escalated()
    other = await handrail.escalated({"conversation": {"external_id": "web-2"}})
    match whose:
        case "note":
            message = await replied(handrail, ticket, "a note", Intent.NOTE)
        case "user":
            body = {"text": "hello", "external_id": "m1"}
            message = (await handrail.call("POST", f"/v1/tickets/{ticket}/messages", body)).json["message"]["id"]
        case "other ticket":
            message = await replied(handrail, other)
        case _:
            message = "msg_" + "0" * 32
    assert (await reports(handrail, ticket, message, "seen")).slug == "not-found"


async def test_another_bots_reply_is_not_there(handrail):
    ticket = await handrail.escalated()
    message = await replied(handrail, ticket)
    assert (await reports(handrail, ticket, message, "seen", bot="other-bot")).slug == "not-found"
    assert (await handrail.api.store.messages.get(message)).state is WordsState.SENDING
