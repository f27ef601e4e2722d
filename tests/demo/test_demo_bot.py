import asyncio

import pytest

from tests.demo.demo_page import demo_running, kept
from tests.wire.handrail_api import SIGNING


def owned_by(owner):
    return lambda talk: talk["owner"] == owner


def shows(text):
    return lambda talk: any(text in line["text"] for line in talk["lines"])


def settled(talk):
    return not any(line["waiting"] for line in talk["lines"])


async def with_ana(handrail, page):
    """Mara asked for a person and Ana took it."""
    await page.say("Where is my refund for order 4411?")
    await page.say("a human please")
    await handrail.carried_out(1)
    await handrail.tell(
        page.callback, handrail.event(page.visitor, "ticket.assigned", "human", assignee={"name": "Ana"})
    )
    await page.until(owned_by("human"))


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
