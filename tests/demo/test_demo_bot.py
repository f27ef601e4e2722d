import asyncio

import pytest

from tests.demo.demo_page import demo_running, kept
from tests.demo.talk_steps import settled, shows, with_ana
from tests.wire.handrail_api import SIGNING


async def test_what_it_knows_it_answers_itself(handrail, page):
    await page.say("When are you open?")

    assert await page.texts() == [
        ("user", "When are you open?"),
        ("bot", "We're open Monday to Friday from 9:00 to 18:00."),
    ]
    assert handrail.attempts == []


async def test_asking_for_a_person_escalates_with_the_whole_talk(handrail, page):
    await page.say("Where is my refund for order 4411?")
    await page.say("a human please")

    (call,) = await handrail.carried_out(1)
    assert call.path == "/v1/tickets"
    assert call.body["conversation"] == {"external_id": page.visitor}
    assert call.body["user"] == {"external_id": page.visitor, "name": "Mara", "locale": "fr-FR"}
    assert call.body["title"] == "Where is my refund for order 4411?"
    assert call.body["attributes"] == {"order": "4411"}
    assert [turn["from"] for turn in call.body["transcript"]] == ["user", "bot", "user", "bot"]


async def test_what_was_deleted_before_is_not_handed_over(handrail, page):
    line = await page.say("my card is 4111 1111")
    await page.act("DELETE", f"/lines/{line}")
    await page.say("a human please")

    (call,) = await handrail.carried_out(1)
    assert line not in [turn["id"] for turn in call.body["transcript"]]
    assert "4111" not in str(call.body)


async def test_it_is_silent_while_the_conversation_is_not_its_own(handrail, page):
    await page.say("a human please")
    line = await page.say("when are you open?")

    calls = await handrail.carried_out(2)
    assert calls[1].path == "/v1/tickets/tkt_1/messages"
    assert calls[1].body == {"external_id": line, "text": "when are you open?"}
    assert (await page.texts())[-1] == ("user", "when are you open?")


async def test_a_line_the_page_sent_twice_counts_once(handrail, page):
    await page.say("a human please")
    line = await page.say("and my refund?")
    await page.say("and my refund?", line)
    await page.say("still there?")

    await handrail.carried_out(3)
    assert handrail.said == ["and my refund?", "still there?"]


async def test_what_handrail_cannot_take_now_is_repeated_under_the_same_key(handrail, page):
    handrail.answer_next(503, "storage-unavailable", Retry_After="1")
    handrail.answer_next(429, "rate-limited", Retry_After="1")
    handrail.answer_next(409, "idempotency-conflict", Retry_After="1")
    handrail.answer_next(401, "invalid-signature")
    await page.say("a human please")

    await handrail.carried_out(1)
    assert len(handrail.attempts) == 5
    assert len(set(handrail.attempts)) == 1


async def test_a_pause_is_as_long_as_handrail_asks_and_grows_without_being_asked(handrail, tmp_path, visitor):
    pauses = []

    async def counted(seconds):
        pauses.append(seconds)
        await asyncio.sleep(0)

    for wait in ("7", "", "", ""):
        handrail.answer_next(503, "overloaded", **({"Retry_After": wait} if wait else {}))
    async with demo_running(handrail, tmp_path, visitor, sleep=counted) as page:
        await page.say("a human please")
        await handrail.carried_out(1)

    assert pauses == [7, 1, 2, 4]


async def test_a_kill_between_writing_and_sending_loses_nothing_and_doubles_nothing(handrail, tmp_path, visitor):
    await handrail.down()
    async with demo_running(handrail, tmp_path, visitor) as page:
        await page.say("a human please")
        line = await page.say("my refund!")

    await handrail.up()
    async with demo_running(handrail, tmp_path, visitor) as page:
        await page.say("my refund!", line)
        await page.until(settled)
        assert [text for who, text in await page.texts() if who == "user"] == ["a human please", "my refund!"]

    assert [call.path for call in handrail.calls] == ["/v1/tickets", "/v1/tickets/tkt_1/messages"]


async def test_an_answer_lost_on_the_way_is_asked_for_again(handrail, tmp_path, visitor):
    async with demo_running(handrail, tmp_path, visitor) as page:
        await page.say("a human please")
        await page.until(settled)
        await handrail.carried_out(1)
        with kept(tmp_path) as talks:
            before = talks[visitor]
        await page.say("my refund!")
        await handrail.carried_out(2)
        await page.until(settled)
    # The kill came after Handrail's commit and before ours: the outbox still holds the call.
    sent = handrail.calls[1]
    with kept(tmp_path) as talks:
        calls = {sent.key: [sent.method, sent.path, sent.body]}
        talks[visitor] = before | {"lines": talks[visitor]["lines"], "calls": calls}

    async with demo_running(handrail, tmp_path, visitor) as page:
        await page.until(settled)

    assert handrail.attempts.count(sent.key) == 2
    assert handrail.said == ["my refund!"]


async def test_a_callback_that_comes_twice_counts_once(handrail, page):
    await with_ana(handrail, page)
    message = {"id": "msg_1", "text": "Done!", "author": {"name": "Ana"}}
    event = handrail.event(page.visitor, "message.created", message=message)
    closed = handrail.event(page.visitor, "ticket.closed", "bot")

    for _ in range(2):
        assert await handrail.tell(page.callback, event, key="evt_a") == 204
        assert await handrail.tell(page.callback, closed, key="evt_b") == 204

    assert (await page.texts())[-3:] == [
        ("system", "Ana joined."),
        ("member", "Done!"),
        ("system", "You're back with the shop bot."),
    ]


@pytest.mark.parametrize("secret", [SIGNING, "whsec_c29tZWJvZHkgZWxzZSBzaWducyB3aXRoIHRoaXMgc2VjcmV0"])
async def test_a_callback_nobody_of_ours_signed_changes_nothing(handrail, page, secret):
    await with_ana(handrail, page)
    event = handrail.event(page.visitor, "ticket.closed", "bot")

    assert await handrail.tell(page.callback, event, secret=secret) == 401
    assert (await page.seen())["owner"] == "human"


async def test_a_callback_about_a_conversation_of_another_program_is_not_kept(handrail, page, tmp_path):
    await with_ana(handrail, page)
    event = handrail.event(page.visitor, "ticket.closed", "bot")
    for conversation in ("web-8812", "../../etc/crontab", None):
        event["data"]["conversation"] = {"external_id": conversation}
        assert await handrail.tell(page.callback, event) == 204

    with kept(tmp_path) as talks:
        assert [*talks] == [page.visitor]


async def test_what_members_write_change_and_take_back_is_shown(handrail, page):
    await with_ana(handrail, page)
    for number, text in enumerate(["I am checking", "Done, 14 days"]):
        message = {"id": f"msg_{number}", "text": text, "author": {"name": "Ana"}}
        await handrail.tell(page.callback, handrail.event(page.visitor, "message.created", message=message))
    changed = {"id": "msg_1", "text": "Done, 10 days", "author": {"name": "Ana"}}
    await handrail.tell(page.callback, handrail.event(page.visitor, "message.updated", message=changed))
    await handrail.tell(page.callback, handrail.event(page.visitor, "message.deleted", message={"id": "msg_0"}))

    talk = await page.until(shows("10 days"))
    first, second = talk["lines"][-2:]
    assert (first["text"], first["state"]) == ("", "deleted")
    assert (second["name"], second["text"], second["state"]) == ("Ana", "Done, 10 days", "edited")
