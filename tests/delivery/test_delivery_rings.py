"""Reminders, questions, the queue and the card, in front of the real adapters, once per platform."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.change import Change, Entry
from bridge.domain.deliveries import Alert, Digest, PostLine, RefreshCard, Remind, Strand, Whisper
from bridge.domain.refs import MessageRef
from tests.delivery.conftest import connected
from tests.delivery.threads import Thread
from tests.samples import SHOP, THE_BOT, a_reply, asks, member_replies
from tests.wire.bot import bot_listening


async def test_a_reminder_rings_the_team_and_nobody_else(opened: Thread):
    await opened.order(Remind("mention", "team", mention=True), Strand.MARKS)
    await opened.settle()

    assert opened.shore.far_side.pinged() == {f"team:{opened.shore.far_side.team}"}


async def test_a_quiet_reminder_rings_nobody(opened: Thread):
    await opened.order(Remind("notify", "team", mention=False), Strand.MARKS)
    await opened.settle()

    assert len(await opened.shown()) == 1
    assert opened.shore.far_side.pinged() == set()


async def test_an_alert_goes_to_every_listed_member_of_the_team(opened: Thread):
    await opened.order(Alert("leads"), Strand.MARKS)
    await opened.settle()

    for person in (opened.shore.far_side.member, opened.shore.far_side.colleague):
        (said,) = opened.shore.far_side.direct_messages(person)
        assert "needs somebody" in said


async def test_an_alert_for_a_team_without_a_list_mentions_its_group_in_the_thread(opened: Thread):
    await opened.order(Alert("support"), Strand.MARKS)
    await opened.settle()

    assert opened.shore.far_side.pinged() == {f"team:{opened.shore.far_side.team}"}
    assert len(await opened.shown()) == 1


async def test_a_question_reaches_its_person_wherever_the_platform_can_put_it(opened: Thread):
    written = await opened.shore.far_side.member_writes(opened.ref, "Ben, what do you think?")
    message = a_reply(opened.ticket.id, "Ben, what do you think?", origin=written)
    whisper = Whisper(opened.shore.member, "held", (("why", "mention"),), message.id)
    await opened.order(whisper, Strand.MARKS, message)
    await opened.settle()

    asked = opened.shore.far_side.private_answers(opened.shore.far_side.member) or await opened.shown()
    assert len(asked) == 1
    visible = await opened.store.messages.shown(message.id, opened.shore.far_side.lane)
    assert len(visible) == len(await opened.shown())


async def test_the_queue_is_posted_anew_when_a_step_is_crossed_and_edited_between(opened: Thread):
    lane = opened.shore.far_side.lane
    await opened.order(Digest(crossing=True), Strand.MARKS)
    await opened.passes(1)
    first = await opened.store.lanes.digest(lane)
    await opened.order(Digest(crossing=False), Strand.MARKS)
    await opened.passes(1)
    assert await opened.store.lanes.digest(lane) == first

    await opened.order(Digest(crossing=True), Strand.MARKS)
    await opened.passes(3)
    second = await opened.store.lanes.digest(lane)
    assert isinstance(first, MessageRef)
    assert isinstance(second, MessageRef)
    assert second != first
    assert await opened.left() == []


async def test_a_queue_that_a_person_deleted_is_no_failure_and_is_posted_anew_at_the_next_step(opened: Thread):
    lane = opened.shore.far_side.lane
    await opened.order(Digest(crossing=True), Strand.MARKS)
    await opened.passes(1)
    first = await opened.store.lanes.digest(lane)
    assert first is not None
    await opened.shore.platform.retract(first)

    await opened.order(Digest(crossing=False), Strand.MARKS)
    await opened.passes(1)
    assert await opened.left() == []
    await opened.order(Digest(crossing=True), Strand.MARKS)
    await opened.passes(3)
    assert await opened.store.lanes.digest(lane) not in {first, None}


async def test_the_card_is_brought_up_to_date(opened: Thread):
    def claimed(now):
        ticket = replace(now.ticket, snoozed_until=now.ticket.created_at + timedelta(hours=2), snoozed_by="Ana", seq=2)
        entry = Entry(seq=2, kind="ticket.snoozed", actor=THE_BOT, at=now.ticket.created_at)
        return Change(ticket=ticket, code="snoozed", entries=(entry,))

    await opened.store.writer.decide(asks(opened.ticket.id, claimed))
    await opened.order(RefreshCard(), Strand.CARD, coalesce="card")
    await opened.passes(1)

    assert "Ana" in await opened.shore.far_side.card(opened.ref)


async def test_a_bot_that_fails_for_a_minute_is_shown_on_the_card_until_it_answers_again(opened: Thread):
    async with bot_listening(now=opened.clock.now) as bot:
        opened.bots[SHOP] = connection = connected(bot, opened.clock)
        bot.answer_always(500)
        await opened.store.writer.decide(asks(opened.ticket.id, lambda now: member_replies(now.ticket, "Soon.")))
        await opened.passes(59)
        assert "Trouble" not in await opened.shore.far_side.card(opened.ref)
        await opened.passes(4)
        assert "Trouble" in await opened.shore.far_side.card(opened.ref)

        bot.answer_always(204)
        await opened.passes(60, step=2)
        assert "Trouble" not in await opened.shore.far_side.card(opened.ref)
        await opened.dispatcher.stop()
        await connection.close()


async def test_held_words_that_nobody_decided_about_are_said_to_have_stayed(opened: Thread):
    written = await opened.shore.far_side.member_writes(opened.ref, "Ben, what do you think?")
    message = a_reply(opened.ticket.id, "Ben, what do you think?", origin=written)
    await opened.order(PostLine("not_sent", (("name", "Ana"),), message.id), message=message)
    await opened.settle()

    [line] = await opened.shown()
    assert "Ana's message above was not sent to Mara." in line
    assert opened.shore.far_side.pinged() == set()


async def test_a_silent_assignee_is_nudged_by_name_and_nobody_else(opened: Thread):
    member = opened.shore.member
    await opened.store.writer.decide(
        asks(opened.ticket.id, lambda now: Change(ticket=replace(now.ticket, assignee=member), code="assigned"))
    )
    await opened.order(Remind("nudge", "assignee", mention=True), Strand.MARKS)
    await opened.settle()

    assert opened.shore.far_side.pinged() == {opened.shore.far_side.member}
    assert "is waiting for your answer" in (await opened.shown())[-1]


async def test_the_queue_says_how_old_each_is_and_who_takes_one_does_it_there(opened: Thread):
    await opened.order(Digest(crossing=True), Strand.MARKS)
    await opened.settle()

    digest = opened.shore.far_side.in_channel()[-1]
    assert f"#{opened.ticket.number}" in digest
    assert "Claim" in digest
    assert "since" in digest
