"""The bot after the end: answering again, corrections, lines that came too late, erasure."""

import asyncio

import pytest

from tests.demo.demo_page import demo_running, kept
from tests.demo.talk_steps import owned_by, settled, shows, with_ana


async def test_after_the_end_the_bot_answers_again_and_can_hand_over_once_more(handrail, page):
    await with_ana(handrail, page)
    await handrail.tell(page.callback, handrail.event(page.visitor, "ticket.closed", "bot"))
    await page.say("when are you open?")
    assert (await page.texts())[-1][0] == "bot"

    await page.say("I want a person again")
    calls = await handrail.carried_out(2)
    assert [turn["text"] for turn in calls[1].body["transcript"]][::2] == [
        "when are you open?",
        "I want a person again",
    ]
    assert (await page.until(owned_by("queue")))["owner"] == "queue"


async def test_news_that_comes_late_does_not_make_the_bot_speak(handrail, page):
    await with_ana(handrail, page)
    await handrail.tell(page.callback, handrail.event(page.visitor, "ticket.closed", "bot"))
    late = handrail.event(page.visitor, "ticket.updated")
    await page.say("I want a person again")
    await handrail.carried_out(2)
    await page.until(settled)

    await handrail.tell(page.callback, late)
    await page.say("hello?")
    assert (await page.texts())[-1] == ("user", "hello?")


async def test_an_edited_or_deleted_line_is_edited_or_deleted_at_the_team(handrail, page):
    await with_ana(handrail, page)
    line = await page.say("my order 4412")
    await page.act("PATCH", f"/lines/{line}", {"text": "my order 4411"})
    await page.act("DELETE", f"/lines/{line}")
    await page.act("PATCH", f"/lines/{line}", {"text": "too late"})

    calls = (await handrail.carried_out(4))[2:]
    assert [(call.method, call.body) for call in calls] == [("PATCH", {"text": "my order 4411"}), ("DELETE", None)]
    assert {call.path for call in calls} == {f"/v1/tickets/tkt_1/messages/{line}"}
    assert (await page.texts())[-1] == ("user", "")


async def test_typing_is_told_both_ways_and_never_kept(handrail, page):
    await page.act("POST", "/typing")
    await with_ana(handrail, page)
    await page.act("POST", "/typing")
    assert [call.path for call in handrail.calls] == ["/v1/tickets", "/v1/tickets/tkt_1/activity"]

    await handrail.tell(page.callback, handrail.event(page.visitor, "activity.changed", activity="typing"))
    assert [(await page.seen())["typing"] for _ in range(2)] == ["Ana", None]


async def test_a_ticket_that_can_no_longer_be_reopened_is_escalated_anew(handrail, page):
    await with_ana(handrail, page)
    handrail.answer_next(409, "ticket-closed")
    await page.say("one more thing")

    calls = await handrail.carried_out(2)
    assert calls[1].path == "/v1/tickets"
    assert [turn["text"] for turn in calls[1].body["transcript"]] == ["one more thing"]


async def test_an_escalation_that_is_refused_gives_the_conversation_back(handrail, page):
    handrail.answer_next(422, "validation-error")
    await page.say("a human please")

    talk = await page.until(shows("can't reach my colleagues"))
    assert talk["owner"] == "bot"
    await page.say("when are you open?")
    assert (await page.texts())[-1][0] == "bot"

    await page.say("a human please")
    (call,) = await handrail.carried_out(1)
    said = [turn["text"] for turn in call.body["transcript"] if turn["from"] == "user"]
    assert said == ["a human please", "when are you open?", "a human please"]


async def test_a_line_handrail_refuses_is_shown_as_not_delivered(handrail, page):
    await with_ana(handrail, page)
    handrail.answer_next(422, "validation-error")
    await page.say("something odd")

    talk = await page.until(lambda talk: talk["lines"][-1]["state"] == "failed")
    assert talk["lines"][-1]["text"] == "something odd"


async def test_a_line_the_team_could_not_be_shown_is_shown_as_not_delivered(handrail, page):
    await with_ana(handrail, page)
    line = await page.say("my order 4411")
    lost = {"id": "msg_9", "external_id": line, "from": "user", "text": "my order 4411", "author": {"name": "Mara"}}
    await handrail.tell(page.callback, handrail.event(page.visitor, "message.failed", message=lost))

    assert [(each["id"], each["state"]) for each in (await page.seen())["lines"]][-1] == (line, "failed")


async def test_what_waits_behind_a_line_that_came_too_late_is_handed_over_with_it(handrail, tmp_path, visitor):
    go_on = asyncio.Event()

    async with demo_running(handrail, tmp_path, visitor, sleep=lambda _: go_on.wait()) as page:
        await with_ana(handrail, page)
        handrail.answer_next(503, "overloaded")
        handrail.answer_next(409, "ticket-closed")
        lines = [await page.say("one more thing"), await page.say("and another")]
        go_on.set()
        calls = await handrail.carried_out(2)
        await page.until(settled)

    assert calls[1].path == "/v1/tickets"
    assert [turn["id"] for turn in calls[1].body["transcript"]] == lines
    assert handrail.said == []


async def test_the_user_may_go_back_to_the_bot(handrail, page):
    await with_ana(handrail, page)
    await page.act("POST", "/leave")

    assert (await page.until(owned_by("bot")))["owner"] == "bot"
    assert handrail.calls[-1].body == {"outcome": "cancelled"}


async def test_an_erased_user_is_forgotten(handrail, page, tmp_path):
    await with_ana(handrail, page)
    erased = handrail.event(page.visitor, "user.erased")
    await handrail.tell(page.callback, erased, key="evt_a")
    await page.say("who are you?")
    await handrail.tell(page.callback, erased, key="evt_a")

    assert await page.texts() == [("system", "What you wrote here was erased."), ("user", "who are you?")]
    with kept(tmp_path) as talks:
        assert "refund" not in str(talks)


@pytest.mark.parametrize("body", [[], {}, "x", 7, None, {"text": " "}, ["text"]])
async def test_what_has_no_words_is_refused(page, body):
    assert await page.act("POST", f"/lines/{'0' * 36}", body) == 400
    assert await page.texts() == []
