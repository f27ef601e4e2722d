"""Interactions are acknowledged at once; what they led to is told to the one who acted."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.domain.errors import DestinationGone
from bridge.domain.events import ButtonPressed, Verb
from bridge.domain.paint import Nothing, Notice
from bridge.domain.people import Assignee
from bridge.domain.refs import MemberKey
from tests.adapters.far_side import Shore, button
from tests.adapters.slack_shore import CHANNEL, slack_shore
from tests.given_time import GivenClock

TAKEN = Notice(line=("Ben took #1042 two seconds before you.",), refused=True)
QUESTION = Notice(line=("Held.",), buttons=(button("Keep inside", Verb.KEEP_INSIDE),))


@pytest.fixture
async def shore(clock: GivenClock) -> AsyncIterator[Shore]:
    async with slack_shore(clock) as shore:
        yield shore


async def asked_privately(shore: Shore):
    """A question only Ana sees, with its button."""
    thread = await shore.opened_thread()
    await shore.platform.whisper(thread, shore.member, QUESTION, key="w1")
    (question,) = await shore.far_side.people.shown_privately("U0ANA")
    return question


async def test_a_click_is_acknowledged_before_it_is_judged(shore):
    thread = await shore.opened_thread()
    shore.heard.gate = asyncio.Event()

    await shore.far_side.click(thread, "Claim")

    assert shore.heard.events == []
    shore.heard.gate.set()
    await shore.heard.next()


async def test_a_command_is_acknowledged_before_it_is_judged(shore):
    shore.heard.gate = asyncio.Event()
    await shore.far_side.command("list")
    shore.heard.gate.set()
    await shore.heard.next()


async def test_the_answer_to_a_click_on_the_card_stands_in_its_thread(shore):
    thread = await shore.opened_thread()
    shore.heard.answer = TAKEN

    await shore.far_side.click(thread, "Claim")

    (shown,) = await shore.far_side.people.shown_privately("U0ANA")
    assert shown["thread_ts"] == thread.root


async def test_the_answer_to_a_private_question_takes_its_place(shore):
    question = await asked_privately(shore)
    shore.heard.answer = Notice(line=("Kept inside.",))

    await shore.far_side.people.clicks(CHANNEL, question, "Keep inside", "U0ANA", private=True)

    await shore.far_side.people.shown_privately("U0ANA", count=2)
    assert shore.far_side.server.responses[-1]["replace_original"] is True


async def test_a_private_question_is_taken_away_when_there_is_nothing_to_add(shore):
    question = await asked_privately(shore)

    await shore.far_side.people.clicks(CHANNEL, question, "Keep inside", "U0ANA", private=True)

    await shore.heard.next()
    await shore.heard.until(lambda: shore.far_side.server.responses == [{"delete_original": True}])


async def test_the_answer_to_a_message_is_whispered_to_its_writer(shore):
    thread = await shore.opened_thread()
    shore.heard.answer = Notice(
        line=("Not sent: #1042 is closed.",), buttons=(button("Reopen & send", Verb.REOPEN_AND_SEND),)
    )

    await shore.far_side.member_writes(thread, "one more thing", by="U0BEN")
    await shore.heard.next()

    (shown,) = await shore.far_side.people.shown_privately("U0BEN")
    assert shown["thread_ts"] == thread.root


async def test_a_command_is_answered_over_its_own_way_back(shore):
    shore.heard.answer = TAKEN
    await shore.far_side.command("claim 1042")

    await shore.far_side.people.shown_privately("U0ANA")
    assert shore.far_side.server.called("chat.postEphemeral") == []


async def test_an_answer_is_never_sent_to_an_address_that_is_not_slacks(shore):
    server = shore.far_side.server
    server.response_url = lambda user, channel: "https://evil.example/response"
    shore.heard.answer = TAKEN

    await shore.far_side.command("claim 1042")

    await shore.far_side.people.shown_privately("U0ANA")
    assert len(server.called("chat.postEphemeral")) == 1


async def test_a_fault_of_ours_is_told_without_its_details(shore):
    thread = await shore.opened_thread()
    shore.heard.trouble = ValueError("secret detail")

    await shore.far_side.click(thread, "Claim")

    await shore.heard.until(lambda: bool(shore.far_side.private_answers("U0ANA")))
    (told,) = shore.far_side.private_answers("U0ANA")
    assert "Nothing happened" in told
    assert "secret" not in told


async def test_a_stranger_may_click_and_is_known_as_one(shore):
    thread = await shore.opened_thread()
    await shore.far_side.click(thread, "Claim", by="U0FAR")

    (event,) = await shore.heard.next()
    assert isinstance(event, ButtonPressed)
    assert event.person.stranger


@pytest.mark.parametrize("kind", ["view_submission", "shortcut", "message_action", "block_suggestion", "view_closed"])
async def test_interactions_we_do_not_offer_yet_are_acknowledged(shore, kind):
    envelope = await shore.far_side.server.sockets.interaction("interactive", {"type": kind, "user": {"id": "U0ANA"}})

    assert envelope.acked.is_set()
    assert shore.heard.asked == 0


async def test_somebody_without_an_account_here_cannot_be_whispered_to(shore):
    thread = await shore.opened_thread()
    elsewhere = Assignee(key=MemberKey("lea"), name="Lea", platform="acme-discord", person="1180000000000000005")

    with pytest.raises(DestinationGone):
        await shore.platform.whisper(thread, elsewhere, QUESTION, key="w1")


async def test_nothing_is_said_when_nothing_is_due(shore):
    thread = await shore.opened_thread()
    shore.heard.answer = Nothing()
    before = len(shore.far_side.server.calls)

    await shore.far_side.click(thread, "Claim")
    await shore.heard.next()
    await shore.far_side.click(thread, "Claim")
    await shore.heard.next()

    assert [call.method for call in shore.far_side.server.calls[before:]] in ([], ["users.info"])


async def test_a_strangers_command_is_heard_so_that_it_can_be_refused_in_words(shore):
    shore.heard.answer = Notice(line=("Only members of support can claim here.",), refused=True)

    await shore.far_side.command("claim 1042", by="U0FAR")

    (event,) = await shore.heard.next()
    assert event.person.stranger
    await shore.far_side.people.shown_privately("U0FAR")
