"""The calls as a bot makes them: first escalation to takeback."""

import pytest

FULL = {
    "conversation": {"external_id": "web-8812"},
    "user": {
        "external_id": "u_17",
        "name": "Mara",
        "locale": "fr-FR",
        "timezone": "Europe/Paris",
        "avatar_url": "https://shop.example/a.png",
        "verified": True,
    },
    "title": "Refund not received",
    "description": "Asked twice, order late",
    "reason": {"code": "user_requested", "text": "asked for a person", "confidence": 0.31},
    "channel": "web",
    "priority": "high",
    "language": "fr",
    "tags": ["refund"],
    "attributes": {"plan": "pro", "order_total": 250},
    "summary": "Order 4411 returned on 3 Nov; the bot could not see the payment.",
    "transcript": [{"id": "m1", "from": "user", "text": "Hi", "at": "2026-11-22T09:00:03Z"}],
    "links": [{"title": "Order", "url": "https://shop.example/o/4411"}],
    "capabilities": {"edit": True, "delete": False, "files": True, "typing": True, "max_text": 4000},
    "notices": "bot",
    "metadata": {"opaque": "echoed in every callback", "ß": [1, {"x": None}]},
}


async def test_the_whole_example_of_the_contract_opens_a_ticket(handrail):
    answer = await handrail.call("POST", "/v1/tickets", FULL)

    assert answer.status == 201
    ticket = answer.json["ticket"]
    assert (ticket["number"], ticket["state"], ticket["owner"], ticket["epoch"]) == (1001, "open", "queue", 1)
    assert ticket["route"] == "fallback"
    assert answer.json["conversation"] == {"external_id": "web-8812"}
    assert answer.json["user"]["name"] == "Mara"
    assert answer.json["metadata"] == FULL["metadata"]
    assert (answer.json["merged"], answer.json["reopened"], answer.json["previous"]) == (False, False, None)
    assert answer.json["availability"]["open"] is True
    assert handrail.woken == ["shop-bot"]


@pytest.mark.parametrize(
    ("body", "conversation", "user"),
    [
        ({"conversation": {"external_id": "c"}}, "c", "c"),
        ({"user": {"external_id": "u"}}, "u", "u"),
        ({"conversation": {"external_id": "c"}, "user": {"external_id": "u"}}, "c", "u"),
    ],
)
async def test_conversation_and_user_stand_in_for_each_other(handrail, body, conversation, user):
    answer = await handrail.call("POST", "/v1/tickets", body)
    assert answer.status == 201
    assert answer.json["conversation"]["external_id"] == conversation
    assert answer.json["user"]["external_id"] == user


async def test_the_same_conversation_is_never_opened_twice(handrail):
    first = await handrail.call("POST", "/v1/tickets", FULL)
    second = await handrail.call("POST", "/v1/tickets", FULL)

    assert (first.status, second.status) == (201, 200)
    assert second.json["merged"] is True
    assert second.json["ticket"]["id"] == first.json["ticket"]["id"]
    assert len(await handrail.tickets()) == 1


async def test_a_closed_conversation_comes_back_inside_its_window_and_is_new_after_it(handrail):
    first = await handrail.escalated()
    await handrail.call("POST", f"/v1/tickets/{first}/takeback", {"outcome": "resolved"})

    again = await handrail.call("POST", "/v1/tickets", {"conversation": {"external_id": "web-1"}})
    assert (again.status, again.json["reopened"], again.json["ticket"]["id"]) == (200, True, first)

    await handrail.call("POST", f"/v1/tickets/{first}/takeback", {"outcome": "cancelled"})
    handrail.clock.advance(days=8)
    new = await handrail.call("POST", "/v1/tickets", {"conversation": {"external_id": "web-1"}})
    assert (new.status, new.json["reopened"]) == (201, False)
    assert new.json["previous"]["id"] == first
    assert new.json["previous"]["outcome"] == "cancelled"


async def test_words_of_the_user_are_kept_edited_and_deleted(handrail):
    ticket = await handrail.escalated()
    path = f"/v1/tickets/{ticket}/messages"

    posted = await handrail.call("POST", path, {"text": "and the refund?", "external_id": "chat/7"})
    assert posted.status == 201
    assert posted.json["message"]["external_id"] == "chat/7"
    again = await handrail.call("POST", path, {"text": "and the refund?", "external_id": "chat/7"})
    assert (again.status, again.json["message"]["id"]) == (201, posted.json["message"]["id"])

    edited = await handrail.call("PATCH", f"{path}/chat%2F7", {"text": "and my refund?"})
    assert (edited.status, edited.json["message"]["id"]) == (200, posted.json["message"]["id"])
    assert [line["text"] for line in await said(handrail, ticket)] == ["and my refund?"]

    deleted = await handrail.call("DELETE", f"{path}/chat%2F7")
    assert (deleted.status, deleted.raw) == (204, b"")
    assert await said(handrail, ticket) == []


async def said(handrail, ticket):
    return (await handrail.call("GET", f"/v1/tickets/{ticket}/transcript")).json["messages"]


async def test_a_transcript_is_json_or_markdown_and_whole(handrail):
    ticket = await handrail.escalated(FULL)
    await handrail.call("POST", f"/v1/tickets/{ticket}/messages", {"text": "x" * 40_000})

    lines = await said(handrail, ticket)
    assert [(line["from"], line["kind"], len(line["text"])) for line in lines] == [
        ("user", "history", 2),
        ("user", "user", 40_000),
    ]
    page = await handrail.call("GET", f"/v1/tickets/{ticket}/transcript", headers={"Accept": "text/markdown"})
    assert page.headers["content-type"] == "text/markdown; charset=utf-8"
    assert page.raw.decode().startswith("# #1001 Refund not received")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/markdown, application/json;q=0.5", "text/markdown"),
        ("application/json, text/markdown;q=0.5", "application/json"),
        ("text/*", "text/markdown"),
        ("text/markdown;q=banana", "application/json"),
        ("image/png", "application/json"),
    ],
)
async def test_accept_chooses_the_form(handrail, accept, kind):
    ticket = await handrail.escalated()
    page = await handrail.call("GET", f"/v1/tickets/{ticket}/transcript", headers={"Accept": accept})
    assert page.headers["content-type"].startswith(kind)


async def test_a_ticket_is_read_listed_in_pages_and_filtered(handrail):
    ids = [await handrail.escalated({"conversation": {"external_id": f"c-{n}"}}) for n in range(5)]
    await handrail.call("POST", f"/v1/tickets/{ids[0]}/takeback", {})

    one = await handrail.call("GET", f"/v1/tickets/{ids[2]}")
    assert (one.status, one.json["conversation"]["external_id"]) == (200, "c-2")

    seen, cursor = [], ""
    while True:
        page = (await handrail.call("GET", f"/v1/tickets?limit=2{cursor}")).json
        seen += [row["ticket"]["id"] for row in page["tickets"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == ids[::-1]

    closed = (await handrail.call("GET", "/v1/tickets?state=closed")).json["tickets"]
    assert [row["ticket"]["id"] for row in closed] == [ids[0]]
    named = (await handrail.call("GET", "/v1/tickets?external_conversation_id=c-3")).json["tickets"]
    assert [row["ticket"]["id"] for row in named] == [ids[3]]


async def test_title_priority_and_attributes_change_and_route_again(handrail):
    ticket = await handrail.escalated()
    changed = await handrail.call(
        "PATCH", f"/v1/tickets/{ticket}", {"priority": "urgent", "attributes": {"plan": "pro"}}
    )
    assert (changed.status, changed.json["ticket"]["route"]) == (200, "fallback")
    moved = await handrail.call("PATCH", f"/v1/tickets/{ticket}", {"reroute": True})
    assert (moved.status, moved.json["ticket"]["route"]) == (200, "vip")


async def test_a_sign_of_life_is_taken(handrail):
    ticket = await handrail.escalated()
    answer = await handrail.call("POST", f"/v1/tickets/{ticket}/activity", {"activity": "typing"})
    assert (answer.status, answer.json["ticket"]["id"]) == (202, ticket)


async def test_a_takeback_gives_the_conversation_to_the_bot(handrail):
    ticket = await handrail.escalated()
    answer = await handrail.call("POST", f"/v1/tickets/{ticket}/takeback", {"outcome": "expired", "note": "gone"})
    assert (answer.status, answer.json["ticket"]["owner"], answer.json["ticket"]["outcome"]) == (200, "bot", "expired")
    assert await said(handrail, ticket) == []


async def test_acting_on_a_closed_ticket_is_a_conflict(handrail):
    ticket = await handrail.escalated()
    await handrail.call("POST", f"/v1/tickets/{ticket}/takeback", {})
    late = await handrail.call("PATCH", f"/v1/tickets/{ticket}", {"title": "x"})
    assert (late.status, late.slug) == (409, "state-conflict")

    handrail.clock.advance(days=8)
    too_late = await handrail.call("POST", f"/v1/tickets/{ticket}/messages", {"text": "hello?"})
    assert (too_late.status, too_late.slug) == (409, "ticket-closed")


async def test_a_message_inside_the_window_reopens_unless_it_is_a_mere_thanks(handrail):
    ticket = await handrail.escalated()
    path = f"/v1/tickets/{ticket}/messages"
    await handrail.call("POST", f"/v1/tickets/{ticket}/takeback", {})
    thanks = await handrail.call("POST", path, {"text": "thanks", "opens": False})
    assert (thanks.status, thanks.json["ticket"]["state"], thanks.json["reopened"]) == (201, "closed", False)
    again = await handrail.call("POST", path, {"text": "and now?"})
    assert (again.status, again.json["ticket"]["state"], again.json["reopened"]) == (201, "open", True)


async def test_a_call_for_another_epoch_is_refused_with_the_epoch_of_now(handrail):
    ticket = await handrail.escalated()
    path = f"/v1/tickets/{ticket}/messages"
    good = await handrail.call("POST", path, {"text": "a"}, headers={"If-Epoch": "1"})
    stale = await handrail.call("POST", path, {"text": "b"}, headers={"If-Epoch": "2"})
    assert good.status == 201
    assert (stale.status, stale.slug) == (409, "stale-epoch")
    assert "epoch 1, you sent 2" in stale.json["detail"]


@pytest.mark.parametrize("value", ["", "x", "-1", "1.0", "1e3", "9" * 30, "\u0661"])
async def test_an_epoch_that_is_no_number_is_refused(handrail, value):
    ticket = await handrail.escalated()
    answer = await handrail.call("POST", f"/v1/tickets/{ticket}/messages", {"text": "a"}, headers={"If-Epoch": value})
    assert (answer.status, answer.slug) == (422, "validation-error")


@pytest.mark.parametrize(
    "query",
    [
        "state=open2",
        "state=",
        "external_conversation_id=..%2Fx",
        "external_conversation_id=%00",
        "cursor=%00",
        "cursor=%F0",
        "cursor=zz",
        "cursor=" + "a" * 300,
        "limit=0",
        "limit=1e1",
        "Limit=3",
    ],
)
async def test_an_odd_list_query_is_refused(handrail, query):
    answer = await handrail.call("GET", f"/v1/tickets?{query}")
    assert (answer.status, answer.slug) == (422, "validation-error")


async def test_another_bots_ticket_reads_like_none(handrail):
    ticket = await handrail.escalated(bot="other-bot")
    calls = [
        ("GET", "", None),
        ("PATCH", "", {"title": "x"}),
        ("POST", "/messages", {"text": "x"}),
        ("PATCH", "/messages/m1", {"text": "x"}),
        ("DELETE", "/messages/m1", None),
        ("POST", "/activity", {"activity": "typing"}),
        ("POST", "/takeback", {}),
        ("GET", "/transcript", None),
    ]
    for method, rest, body in calls:
        bodies = set()
        for name in (ticket, "tkt_" + "0" * 32, "tkt_x", "nope", "%00", "..%2F..%2Fx", "tkt_%F0%9F%92%A9", "a" * 4000):
            answer = await handrail.call(method, f"/v1/tickets/{name}{rest}", body)
            assert (answer.status, answer.slug) == (404, "not-found"), (method, rest, name, answer.raw)
            bodies.add(answer.json["detail"])
        assert len(bodies) == 1
    assert (await handrail.call("GET", f"/v1/tickets/{ticket}", bot="other-bot")).json["ticket"]["state"] == "open"
    assert await handrail.tickets() == []
    assert (await handrail.call("GET", "/v1/events")).json["events"] == []
