"""What every chat platform must hear of what people do."""

from datetime import UTC, datetime

from bridge.domain.errors import (
    StoreTrouble,
)
from bridge.domain.events import (
    ButtonPressed,
    CommandGiven,
    PersonDeleted,
    PersonEdited,
    PersonWrote,
    ThreadGone,
    Verb,
)
from bridge.domain.paint import Listing, Moment, Notice, Speaker
from bridge.domain.refs import MessageId
from bridge.ports.chat import ReadBack, Watermark
from tests.adapters.far_side import TICKET, Shore, button, pressed, speech

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


async def test_a_members_message_in_the_thread_is_heard(shore: Shore):
    far = shore.far_side
    thread = await shore.opened_thread()

    origin = await far.member_writes(thread, "on its way")

    (event,) = await shore.heard.next()
    assert isinstance(event, PersonWrote)
    assert event.text == "on its way"
    assert event.thread == thread
    assert event.origin == origin
    assert event.person.id == far.member
    assert event.person.name == far.member_name
    assert event.person.in_channel
    assert event.person.groups == {far.team}
    assert not event.person.guest
    assert event.mentions == ()


async def test_messages_of_a_thread_are_heard_in_the_order_they_were_written(shore: Shore):
    thread = await shore.opened_thread()

    for place in range(6):
        await shore.far_side.member_writes(thread, f"line {place}")

    events = await shore.heard.next(6)
    assert [event.text for event in events] == [f"line {place}" for place in range(6)]
    assert len({event.key for event in events}) == 6


async def test_an_edit_and_a_deletion_are_heard(shore: Shore):
    thread = await shore.opened_thread()
    origin = await shore.far_side.member_writes(thread, "on its wy")
    await shore.heard.next()

    await shore.far_side.member_edits(origin, "on its way")
    (edited,) = await shore.heard.next()
    assert isinstance(edited, PersonEdited)
    assert edited.text == "on its way"
    assert edited.origin == origin

    await shore.far_side.member_deletes(origin)
    (deleted,) = await shore.heard.next()
    assert isinstance(deleted, PersonDeleted)
    assert deleted.origin == origin


async def test_what_we_or_other_bots_post_is_not_heard(shore: Shore):
    thread = await shore.opened_thread()
    await shore.platform.post(thread, speech("from us"), key="k1")
    await shore.far_side.other_bot_writes(thread, "from another bot")

    await shore.far_side.member_writes(thread, "from a member")

    (event,) = await shore.heard.next()
    assert isinstance(event, PersonWrote)
    assert event.text == "from a member"
    assert shore.heard.events == []


async def test_a_click_names_its_ticket_and_who_pressed(shore: Shore):
    far = shore.far_side
    thread = await shore.opened_thread()

    await far.click(thread, "Claim", by=far.colleague)

    (event,) = await shore.heard.next()
    assert isinstance(event, ButtonPressed)
    assert (event.ticket, event.verb, event.epoch) == (TICKET, Verb.CLAIM, 3)
    assert event.person.id == far.colleague
    assert event.person.groups == {far.team}


async def test_two_clicks_are_two_facts(shore: Shore):
    thread = await shore.opened_thread()

    await shore.far_side.click(thread, "Claim")
    await shore.far_side.click(thread, "Claim")

    first, second = await shore.heard.next(2)
    assert first.key != second.key


async def test_a_choice_under_the_dots_is_a_click_too(shore: Shore):
    thread = await shore.opened_thread()

    await shore.far_side.click(thread, "Why here?")

    (event,) = await shore.heard.next()
    assert pressed(event).verb is Verb.WHY


async def test_a_button_under_words_carries_the_message_and_its_fields(shore: Shore):
    thread = await shore.opened_thread()
    ask = button("Keep inside", Verb.KEEP_INSIDE, message=MessageId("msg_7"), fields={"note": "a|b&c=d", "to": "U1"})
    await shore.platform.post(
        thread, speech("Held.", speaker=Speaker.HANDRAIL, name="Handrail", buttons=(ask,)), key="k1"
    )

    await shore.far_side.click(thread, "Keep inside")

    (event,) = await shore.heard.next()
    assert pressed(event).message == "msg_7"
    assert dict(pressed(event).fields) == {"note": "a|b&c=d", "to": "U1"}


async def test_the_answer_to_a_click_is_seen_by_its_presser_alone(shore: Shore):
    far = shore.far_side
    thread = await shore.opened_thread()
    shore.heard.answer = Notice(
        line=("Ben took #1042 two seconds before you.",), buttons=(button("Open", Verb.OPEN),), refused=True
    )

    await far.click(thread, "Claim")

    await shore.heard.until(lambda: bool(far.private_answers(far.member)))
    (shown,) = far.private_answers(far.member)
    assert "two seconds before you" in shown
    assert "Open" in shown
    assert far.private_answers(far.colleague) == []


async def test_a_click_that_cannot_be_stored_is_told_to_its_presser(shore: Shore):
    far = shore.far_side
    thread = await shore.opened_thread()
    shore.heard.trouble = StoreTrouble("disk full")

    await far.click(thread, "Claim")

    await shore.heard.until(lambda: bool(far.private_answers(far.member)))
    assert "disk" not in far.private_answers(far.member)[0]


async def test_a_command_is_heard_with_its_words_and_whom_it_names(shore: Shore):
    far = shore.far_side
    shore.heard.answer = Listing(title="Done", rows=((("#1042 is theirs now.",), None),))

    await far.command(f"assign 1042 @{far.colleague}")

    (event,) = await shore.heard.next()
    assert isinstance(event, CommandGiven)
    assert event.words[:2] == ("assign", "1042")
    assert event.lane == far.lane
    assert [person.id for person in event.named] == [far.colleague]
    assert event.person.id == far.member
    await shore.heard.until(lambda: bool(far.private_answers(far.member)))
    assert "#1042 is theirs now." in far.private_answers(far.member)[0]


async def test_a_listing_is_answered_with_a_button_per_row(shore: Shore):
    far = shore.far_side
    rows = tuple(((f"#{n} Refund · ", Moment(AT, relative=True)), button(f"Claim #{n}")) for n in range(40))
    shore.heard.answer = Listing(title="Nobody has these", rows=rows)

    await far.command("list")

    await shore.heard.until(lambda: bool(far.private_answers(far.member)))
    shown = far.private_answers(far.member)[0]
    assert "Nobody has these" in shown
    assert "Claim #0" in shown


async def test_a_deleted_root_is_heard_as_a_thread_that_is_gone(shore: Shore):
    thread = await shore.opened_thread()

    await shore.far_side.delete(thread)

    (event,) = await shore.heard.next()
    assert isinstance(event, ThreadGone)
    assert event.thread == thread


async def test_a_broken_connection_comes_back_by_itself(shore: Shore):
    thread = await shore.opened_thread()
    assert shore.platform.health.connected

    await shore.far_side.drop_connections()
    await shore.heard.until(lambda: shore.platform.health.connected)

    await shore.far_side.member_writes(thread, "still there?")
    (event,) = await shore.heard.next()
    assert isinstance(event, PersonWrote)


async def test_what_was_said_while_we_were_away_can_be_read_back(shore: Shore):
    far = shore.far_side
    thread = await shore.opened_thread()
    before = await far.member_writes(thread, "first")
    await far.member_writes(thread, "second")
    await shore.platform.post(thread, speech("ours"), key="k1")
    await far.member_writes(thread, "third")
    live = await shore.heard.next(3)

    mark = Watermark(read_to=before.message)
    *missed, done = [item async for item in shore.platform.missed({thread: mark})]

    assert [event.text for event in missed if isinstance(event, PersonWrote)] == ["second", "third"]
    assert [event.key for event in missed if not isinstance(event, ReadBack)] == [event.key for event in live[1:]]
    assert isinstance(done, ReadBack)
    assert (done.thread, done.left) == (thread, 0)


async def test_its_capabilities_are_facts_the_middle_can_use(shore: Shore):
    assert shore.platform.capabilities.max_text >= 1000
