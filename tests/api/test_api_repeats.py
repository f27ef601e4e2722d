"""The same key again: the first answer again; another body: a conflict."""

import asyncio

import pytest

from tests.api.conftest import KEYS, OLD_KEY, OLD_SECRET

GOOD = {"conversation": {"external_id": "web-1"}}


async def test_an_exact_replay_gets_the_first_answer(handrail):
    first = await handrail.signed("POST", "/v1/tickets", GOOD)
    again = await handrail.signed("POST", "/v1/tickets", GOOD)

    assert (first.status, again.status) == (201, 201)
    assert again.raw == first.raw
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await handrail.tickets()) == 1


async def test_a_bearer_call_is_repeatable_by_its_own_header(handrail):
    key = {"Idempotency-Key": "k-1"}
    ticket = await handrail.escalated()
    path = f"/v1/tickets/{ticket}/messages"
    answers = [await handrail.call("POST", path, {"text": "once"}, headers=key) for _ in range(3)]
    assert [answer.status for answer in answers] == [201] * 3
    assert len({answer.raw for answer in answers}) == 1
    lines = (await handrail.call("GET", f"/v1/tickets/{ticket}/transcript")).json["messages"]
    assert [line["text"] for line in lines] == ["once"]


async def test_every_change_is_repeatable(handrail):
    ticket = await handrail.escalated()
    base = f"/v1/tickets/{ticket}"
    await handrail.call("POST", f"{base}/messages", {"text": "x", "external_id": "m1"})
    for number, (method, path, body, status) in enumerate(
        [
            ("PATCH", "/messages/m1", {"text": "y"}, 200),
            ("DELETE", "/messages/m1", None, 204),
            ("PATCH", "", {"title": "new"}, 200),
            ("POST", "/takeback", {"outcome": "cancelled"}, 200),
        ]
    ):
        first = await handrail.signed(method, base + path, body, message_id=f"k{number}")
        again = await handrail.signed(method, base + path, body, message_id=f"k{number}")
        assert (first.status, again.status) == (status, status), again.raw
        assert first.raw == again.raw
        assert again.headers.get("idempotency-replayed") == "true", (method, path)


async def test_a_replay_keeps_its_answer_when_the_ticket_has_moved_on(handrail):
    first = await handrail.signed("POST", "/v1/tickets", GOOD)
    await handrail.call("POST", f"/v1/tickets/{first.json['ticket']['id']}/takeback", {})
    again = await handrail.signed("POST", "/v1/tickets", GOOD)
    assert (again.status, again.json["ticket"]) == (201, first.json["ticket"])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/tickets", {"conversation": {"external_id": "web-2"}}),
        ("POST", "/v1/tickets", {"conversation": {"external_id": "web-1"}, "title": "x"}),
        ("POST", "/v1/tickets/{}/messages", {"text": "x"}),
        ("POST", "/v1/tickets/{}/takeback", {}),
    ],
)
async def test_the_same_key_with_another_request_is_a_conflict(handrail, method, path, body):
    first = await handrail.signed("POST", "/v1/tickets", GOOD)
    other = await handrail.signed(method, path.format(first.json["ticket"]["id"]), body)
    assert (other.status, other.slug) == (409, "idempotency-conflict")
    assert len(await handrail.tickets()) == 1


async def test_the_same_key_and_body_for_another_ticket_is_a_conflict(handrail):
    tickets = [await handrail.escalated({"conversation": {"external_id": name}}) for name in ("a", "b")]
    first, other = [
        await handrail.signed("POST", f"/v1/tickets/{each}/takeback", {}, message_id="k") for each in tickets
    ]
    assert (first.status, other.status, other.slug) == (200, 409, "idempotency-conflict")
    assert [row["ticket"]["state"] for row in await handrail.tickets()] == ["open", "closed"]


async def test_keys_of_two_bots_are_two_keys(handrail):
    mine = await handrail.signed("POST", "/v1/tickets", GOOD, message_id="k")
    theirs = await handrail.signed("POST", "/v1/tickets", GOOD, message_id="k", bot="other-bot")
    assert (mine.status, theirs.status) == (201, 201)
    assert mine.json["ticket"]["id"] != theirs.json["ticket"]["id"]


async def test_simultaneous_repeats_have_one_effect(handrail):
    answers = await asyncio.gather(*(handrail.signed("POST", "/v1/tickets", GOOD) for _ in range(20)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["ticket"]["id"] for answer in answers}) == 1


async def test_a_refused_call_leaves_its_key_free(handrail):
    wrong = await handrail.signed("POST", "/v1/tickets", {"title": "nobody"}, message_id="k")
    right = await handrail.signed("POST", "/v1/tickets", GOOD, message_id="k")
    assert (wrong.status, right.status) == (422, 201)


async def test_without_a_key_a_bearer_call_is_fine(handrail):
    assert (await handrail.call("POST", "/v1/tickets", GOOD)).status == 201


@pytest.mark.parametrize("key", [KEYS["shop-bot"], OLD_KEY])
async def test_two_keys_live_during_a_rotation(handrail, key):
    answer = await handrail.call("GET", "/v1/tickets", headers={"Authorization": f"bearer {key}"})
    assert answer.status == 200


async def test_two_secrets_live_during_a_rotation(handrail):
    assert (await handrail.signed("GET", "/v1/tickets", secret=OLD_SECRET)).status == 200


async def test_only_calls_that_are_who_they_say_wake_the_bots_lane(handrail):
    await handrail.signed("GET", "/v1/tickets", secret=b"somebody else's secret, not live")
    await handrail.call("GET", "/v1/tickets", headers={"Authorization": "Bearer hr_nobody"})
    assert handrail.woken == []
    await handrail.signed("GET", "/v1/tickets")
    await handrail.call("GET", "/v1/tickets", bot="other-bot")
    assert handrail.woken == ["shop-bot", "other-bot"]
