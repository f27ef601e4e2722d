"""Is somebody there? Asked before an escalation, answered with it, and told with the ticket."""

import pytest

from bridge.domain.refs import TicketId
from tests.api.replying import replied
from tests.api.test_api_calls import FULL


async def asks(handrail, query="", **more):
    return await handrail.call("GET", f"/v1/availability{query}", **more)


async def test_a_bot_learns_who_is_there_before_it_escalates(handrail):
    answer = await asks(handrail)
    assert answer.status == 200
    assert answer.json["availability"] == {
        "open": True,
        "next_opening": None,
        "people_on_shift": 0,
        "queue_depth": 0,
        "wait": {"p50_seconds": None, "p90_seconds": None, "count": 0},
        "route": "fallback",
        "say": "A member of our team will answer you here.",
    }
    assert await handrail.tickets() == []


async def test_it_is_routed_like_an_escalation_with_the_same_facts(handrail):
    assert (await asks(handrail, "?priority=urgent")).json["availability"]["route"] == "vip"
    assert (await asks(handrail, "?priority=low&attributes[plan]=pro&tags=a&tags=b")).json["availability"]["route"] == (
        "fallback"
    )


async def test_out_of_hours_it_says_when_in_the_users_language_and_time(handrail):
    handrail.clock.advance(hours=10)
    found = (await asks(handrail, "?language=fr-FR&timezone=Europe/Paris")).json["availability"]
    assert (found["open"], found["next_opening"]) == (False, "2026-11-24T09:00:00.000Z")
    assert "revient demain à 10:00." in found["say"]


async def test_queue_and_wait_come_from_our_own_history(handrail):
    for number in range(6):
        ticket = await handrail.escalated({"conversation": {"external_id": f"web-{number}"}})
        handrail.clock.advance(minutes=2)
        await replied(handrail, ticket)
    await handrail.escalated({"conversation": {"external_id": "waits"}})
    handrail.clock.advance(minutes=6)

    found = (await asks(handrail)).json["availability"]
    assert found["queue_depth"] == 1
    assert found["wait"]["count"] == 6
    assert found["wait"]["p50_seconds"] == pytest.approx(120, rel=0.1)
    assert "usually within" in found["say"]


async def test_the_answer_to_an_escalation_and_the_opened_ticket_say_the_same(handrail):
    await asks(handrail)
    answer = await handrail.call("POST", "/v1/tickets", FULL)
    (event,) = (await handrail.call("GET", "/v1/events")).json["events"]
    there = answer.json["availability"]
    assert there["say"] == "Un membre de notre équipe va vous répondre ici."
    assert there["route"] == "fallback"
    assert there.pop("queue_depth") in {0, 1}
    told = event["data"]["availability"]
    assert {name: told[name] for name in there} == there


@pytest.mark.parametrize(
    "query",
    [
        "?priority=asap", "?who=me", "?language=a&language=b", "?attributes=x", "?attributes[]=x",
        "?attributes[a][b]=x", "?tags=", "?timezone=" + "x" * 101, "?attributes[plan]=a&attributes[plan]=b",
    ],
)  # fmt: skip
async def test_a_query_that_makes_no_sense_is_refused_with_its_place(handrail, query):
    answer = await asks(handrail, query)
    assert (answer.status, answer.slug) == (422, "validation-error")
    assert answer.json["errors"]


async def test_a_relayed_ticket_tells_its_user_that_somebody_will_come(handrail):
    body = {"conversation": {"external_id": "r"}, "notices": "relay", "language": "nl"}
    ticket = await handrail.escalated(body)
    events = (await handrail.call("GET", "/v1/events")).json["events"]
    assert [event["type"] for event in events] == ["ticket.opened", "message.created"]
    message = events[1]["data"]["message"]
    assert (message["text"], message["from"]) == ("Iemand van ons team antwoordt u hier.", "system")
    assert message["author"]["name"] is None
    assert events[1]["data"]["actor"] == {"kind": "system", "name": None, "avatar_url": None}
    assert events[1]["data"]["stage"] == "opened"
    view = await handrail.api.store.tickets.view(TicketId(ticket))
    assert view.ticket.first_reply_at is None
