"""What every chat platform must do when we send. No test here knows which one it is talking to."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.domain.deliveries import (
    MarkKind,
)
from bridge.domain.events import (
    Verb,
)
from bridge.domain.paint import Anchor, DigestRow, Moment, Notice, QueueDigest, Speaker, Strong
from bridge.domain.refs import MessageId, ThreadRef
from tests.adapters.far_side import TICKET, Shore, button, card, speech

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def digest(*titles: str) -> QueueDigest:
    rows = tuple(
        DigestRow(
            ticket=TICKET,
            number=1042 + place,
            title=title,
            who="Mara",
            waiting_since=AT,
            urgent=place == 0,
            claim=button(f"Claim #{1042 + place}"),
        )
        for place, title in enumerate(titles)
    )
    return QueueDigest(rows=rows, at=AT)


async def test_a_card_opens_a_thread_and_shows_what_the_ticket_is(shore: Shore):
    thread = await shore.opened_thread()

    assert thread.lane == shore.far_side.lane
    shown = await shore.far_side.card(thread)
    for words in ("● High", "#1042", "Refund not received", "Mara · French", "Nobody has it.", "Order 4411", "Claim"):
        assert words in shown
    assert await shore.far_side.posted(thread) == []


async def test_a_card_is_brought_up_to_date_in_place(shore: Shore):
    thread = await shore.opened_thread()

    await shore.platform.refresh_card(thread, card(symbol="◐", state_word="Ana has it", status=("Ana has it.",)))

    shown = await shore.far_side.card(thread)
    assert "◐ Ana has it" in shown
    assert "● High" not in shown


async def test_a_card_can_be_posted_without_a_thread_found_again_and_brought_up_to_date(shore: Shore):
    lane = shore.far_side.lane
    shown = card(buttons=(), more=())
    posted = await shore.platform.post(lane, shown, key="dlv_watch")
    as_root = ThreadRef(lane, posted.message)

    found = await shore.platform.find(lane, key="dlv_watch", since=shore.clock.now())
    await shore.platform.refresh_card(as_root, replace(shown, state_word="Ana has it"))

    assert found == posted, "a message of the channel, and no thread"
    read = await shore.far_side.card(as_root)
    assert "Ana has it" in read
    assert "Claim" not in read


async def test_a_card_shows_every_kind_of_span(shore: Shore):
    line = ("plan ", Strong("pro"), " · ", Anchor("Order ↗", "https://shop.example/o/4411"), " · ", Moment(AT))
    thread = await shore.opened_thread()
    await shore.platform.refresh_card(thread, card(facts=line))

    shown = await shore.far_side.card(thread)
    assert "pro" in shown
    assert "Order ↗" in shown


async def test_words_are_posted_in_the_thread_under_the_speakers_name(shore: Shore):
    thread = await shore.opened_thread()

    await shore.platform.post(thread, speech("where is my refund?"), key="k1")
    await shore.platform.post(thread, speech("Ana has it now.", speaker=Speaker.HANDRAIL, name="Handrail"), key="k2")

    first, second = await shore.far_side.posted(thread)
    assert "where is my refund?" in first
    assert "Mara" in first
    assert "Ana has it now." in second


async def test_a_note_says_that_it_is_one(shore: Shore):
    thread = await shore.opened_thread()
    note = speech("after 30 days: no", speaker=Speaker.MEMBER, name="Ben", inside=True)

    await shore.platform.post(thread, note, key="k1")

    (shown,) = await shore.far_side.posted(thread)
    assert "note" in shown.lower()


async def test_posted_words_can_be_edited_and_taken_away(shore: Shore):
    thread = await shore.opened_thread()
    message = await shore.platform.post(thread, speech("order 4411"), key="k1")

    await shore.platform.edit(message, speech("order 4412", edited=True))
    (shown,) = await shore.far_side.posted(thread)
    assert "order 4412" in shown
    assert "4411" not in shown

    await shore.platform.retract(message)
    assert await shore.far_side.posted(thread) == []


async def test_taking_away_what_is_gone_already_is_success(shore: Shore):
    thread = await shore.opened_thread()
    message = await shore.platform.post(thread, speech("oops"), key="k1")

    await shore.platform.retract(message)
    await shore.platform.retract(message)


async def test_a_digest_stands_in_the_channel_and_can_be_edited(shore: Shore):
    message = await shore.platform.post(shore.far_side.lane, digest("Refund not received", "Wrong size"), key="k1")

    assert message.thread is None
    await shore.platform.edit(message, digest("Wrong size"))
    await shore.platform.retract(message)


@pytest.mark.parametrize(
    "words",
    ["@everyone @here look", "<!channel> <!here> <@U0ANA> <#C0HELP>", "<@1180000000000000005> <@&1180000000000000070>"],
)
async def test_nothing_a_user_writes_makes_anybody_ring(shore: Shore, words):
    thread = await shore.opened_thread()
    await shore.platform.refresh_card(thread, card(title=words, who=(words,), body=(words,), facts=(Strong(words),)))
    await shore.platform.post(thread, speech(words, name=words[:60]), key="k1")

    assert shore.far_side.pinged() == set()


async def test_a_user_cannot_write_a_link_that_hides_where_it_leads(shore: Shore):
    thread = await shore.opened_thread()

    await shore.platform.post(
        thread, speech("see [your bank](https://evil.example) <https://evil.example|bank>"), key="k1"
    )

    (shown,) = await shore.far_side.posted(thread)
    assert "evil.example" in shown


async def test_only_those_named_in_a_mention_ring(shore: Shore):
    far = shore.far_side
    thread = await shore.opened_thread()
    reminder = speech(
        "#1042 waits since 11:21.",
        speaker=Speaker.HANDRAIL,
        name="Handrail",
        mention=(f"team:{far.team}", far.colleague),
    )

    await shore.platform.post(thread, reminder, key="k1")

    assert far.pinged() == {f"team:{far.team}", far.colleague}


async def test_a_long_speech_is_cut_into_parts_that_are_all_taken(shore: Shore):
    words = " ".join(f"word{n}" for n in range(1500))
    thread = await shore.opened_thread()

    parts = shore.platform.parts(speech(words, buttons=(button("Send"),)))
    for place, part in enumerate(parts):
        await shore.platform.post(thread, part, key=f"k/{place + 1}")

    assert len(parts) > 1
    assert [(part.part, part.parts) for part in parts] == [(place, len(parts)) for place in range(len(parts))]
    assert [bool(part.buttons) for part in parts] == [False] * (len(parts) - 1) + [True]
    shown = " ".join(await shore.far_side.posted(thread))
    assert all(f"word{n}" in shown for n in range(1500))


async def test_a_short_speech_is_one_part(shore: Shore):
    short = speech("hello")
    assert list(shore.platform.parts(short)) == [short]


@pytest.mark.parametrize(
    "words", ["*" * 3000, "`" * 3000, "&<>" * 1000, "👨‍👩‍👧‍👦" * 400, "\u202e\u200b a" * 700, "x" * 100_000]
)
async def test_odd_words_are_posted_too(shore: Shore, words):
    thread = await shore.opened_thread()

    for place, part in enumerate(shore.platform.parts(speech(words))[:3]):
        await shore.platform.post(thread, part, key=f"k/{place}")


async def test_a_huge_card_is_cut_to_what_the_platform_takes(shore: Shore):
    thread = await shore.opened_thread()
    long = "long words & <tags> " * 2000

    await shore.platform.refresh_card(
        thread,
        card(title=long, who=(long,), status=(long,), body=(long, long), facts=(long,), footer=(long,), rule=long),
    )

    assert "#1042" in await shore.far_side.card(thread)


async def test_a_mark_replaces_the_one_before(shore: Shore):
    thread = await shore.opened_thread()
    message = await shore.far_side.member_writes(thread, "hello Mara")

    await shore.platform.mark(message, MarkKind.HELD)
    assert await shore.far_side.marks(message) == {MarkKind.HELD}
    await shore.platform.mark(message, MarkKind.SENT)
    assert await shore.far_side.marks(message) == {MarkKind.SENT}
    await shore.platform.mark(message, MarkKind.SENT)
    assert await shore.far_side.marks(message) == {MarkKind.SENT}
    await shore.platform.mark(message, MarkKind.NONE)
    assert await shore.far_side.marks(message) == set()


async def test_marking_a_message_that_is_gone_is_success(shore: Shore):
    thread = await shore.opened_thread()
    message = await shore.far_side.member_writes(thread, "never mind")
    await shore.far_side.member_deletes(message)

    await shore.platform.mark(message, MarkKind.SENT)


async def test_a_whisper_reaches_its_one_reader_with_buttons(shore: Shore):
    far = shore.far_side
    thread = await shore.opened_thread()
    question = Notice(
        line=("Held. This looks meant for Ben, not Mara.",),
        buttons=(button("Send to Mara", Verb.SEND_HELD, message=MessageId("msg_1")),),
        only=far.member,
    )

    visible = await shore.platform.whisper(thread, shore.member, question, key="w1")

    if visible is None:
        (shown,) = far.private_answers(far.member)
        assert far.private_answers(far.colleague) == []
    else:
        (shown,) = await far.posted(thread)
    assert "Held." in shown
    assert "Send to Mara" in shown


async def test_a_direct_message_reaches_its_reader(shore: Shore):
    far = shore.far_side

    await shore.platform.direct(far.member, speech("#1042 waits.", speaker=Speaker.HANDRAIL, name="Handrail"), key="d1")

    (shown,) = far.direct_messages(far.member)
    assert "#1042 waits." in shown


async def test_a_closed_ticket_leaves_its_thread_readable(shore: Shore):
    thread = await shore.opened_thread()
    await shore.platform.close_thread(thread)

    assert "#1042" in await shore.far_side.card(thread)
