"""Modals, menus of messages, commands by mention, and the home tab of Slack."""

import asyncio

import pytest

from bridge.domain.events import (
    ButtonPressed,
    CommandGiven,
    FormAsked,
    FormSubmitted,
    HomeOpened,
    MessageRecast,
    PersonWrote,
    Verb,
    Wish,
)
from bridge.domain.paint import Field, Form, HomePage, HomeRow, Listing, Nothing, Notice
from bridge.domain.refs import Lane
from tests.adapters.far_side import TICKET, button, card
from tests.adapters.slack_shore import CHANNEL, slack_shore

ASSIGN = Form(
    title="Who shall have #1042?", verb=Verb.ASSIGN, ticket=TICKET, epoch=4, submit="Hand over",
    fields=(Field(name="to", label="Member", people=True),),
)  # fmt: skip
CLOSE = Form(
    title="Close #1042", verb=Verb.CLOSE, ticket=TICKET, epoch=3, submit="Close",
    fields=(
        Field(name="outcome", label="How did it end?", choices=(("resolved", "Resolved"), ("spam", "Spam"))),
        Field(name="note", label="A last note, inside", long=True, optional=True),
    ),
)  # fmt: skip
REFUSED = Notice(line=("Only members of support can do this. Ask Ana.",), refused=True)
PAGE = HomePage(
    troubles=(("⚠ shop-bot has not taken its callbacks. Nothing is lost.",),),
    mine=(HomeRow(line=("#1040 Parcel lost · Tom",), buttons=(button("Open", Verb.OPEN, url="https://x.example"),)),),
    queue=(HomeRow(line=("#1042 Refund · Mara",), buttons=(button("Claim"),)),),
    more_queue=3,
)  # fmt: skip


@pytest.fixture
async def shore(clock):
    async with slack_shore(clock) as made:
        yield made


async def with_form(shore, form: Form):
    """A card whose one button asks for the form."""
    thread = await shore.opened_thread()
    asks = button("Fill in…", form.verb, form=True)
    await shore.platform.refresh_card(thread, card(buttons=(asks,)))
    shore.heard.answer = form
    return thread


async def opened(shore, form: Form, user: str = "U0ANA"):
    thread = await with_form(shore, form)
    await shore.far_side.click(thread, "Fill in…", by=user)
    await shore.far_side.people.forms.opened(user, form.title)
    (asked,) = await shore.heard.next()
    assert isinstance(asked, FormAsked)
    return thread, shore.far_side.people.forms


# ── forms ──


async def test_the_modal_stands_there_before_the_desk_has_answered(shore):
    thread = await with_form(shore, ASSIGN)
    shore.heard.gate = asyncio.Event()

    await shore.far_side.click(thread, "Fill in…")
    forms = shore.far_side.people.forms
    loading = await forms.opened("U0ANA")
    assert "One moment" in forms.shows("U0ANA")

    shore.heard.gate.set()
    await forms.updated(loading)
    assert "Member" in forms.shows("U0ANA")
    calls = [call.method for call in shore.far_side.server.calls]
    assert calls.index("views.open") < calls.index("users.info")


async def test_a_sent_form_says_what_it_is_for_who_sent_it_and_whom_it_names(shore):
    _, forms = await opened(shore, ASSIGN)
    shore.heard.answer = Notice(line=("Ben has #1042 now.",))

    await forms.submits("U0ANA", Member="U0BEN")

    (event,) = await shore.heard.next()
    assert isinstance(event, FormSubmitted)
    assert (event.ticket, event.verb, event.epoch) == (TICKET, Verb.ASSIGN, 4)
    assert (event.person.id, event.person.in_channel, event.person.channel) == ("U0ANA", True, CHANNEL)
    assert (event.named.id, event.named.groups, event.named.in_channel) == ("U0BEN", {"S0SUPPORT"}, False)
    assert forms.views.top("U0ANA") is None
    (told,) = await shore.far_side.people.shown_privately("U0ANA")
    assert "Ben has #1042 now." in told["text"]


async def test_what_cannot_be_taken_is_said_under_the_input_and_the_form_stays(shore):
    _, forms = await opened(shore, CLOSE)
    shore.heard.answer = REFUSED

    await forms.submits("U0ANA", **{"How did it end?": "Spam"})

    assert forms.errors["U0ANA"] == {"outcome": "Only members of support can do this. Ask Ana."}
    (event,) = await shore.heard.next()
    assert dict(event.fields) == {"outcome": "spam"}

    shore.heard.answer = Nothing()
    await forms.submits("U0ANA", **{"A last note, inside": "a <robot> & more"})
    (event,) = await shore.heard.next()
    assert dict(event.fields) == {"outcome": "spam", "note": "a <robot> & more"}
    assert forms.views.top("U0ANA") is None


async def test_a_slow_desk_answers_in_the_modal_once_it_can(shore):
    _, forms = await opened(shore, CLOSE)
    shore.heard.gate, shore.heard.answer = asyncio.Event(), Notice(line=("#1042 is closed.",))

    await forms.submits("U0ANA", **{"How did it end?": "Spam"})
    assert "takes longer" in forms.shows("U0ANA")

    working = await forms.opened("U0ANA")
    shore.heard.gate.set()
    await forms.updated(working)
    assert "#1042 is closed." in forms.shows("U0ANA")


async def test_a_sentence_instead_of_the_form_has_its_buttons_in_the_modal(shore):
    thread = await with_form(shore, CLOSE)
    shore.heard.answer = Notice(line=("#1042 is closed already.",), buttons=(button("Reopen", Verb.REOPEN),))
    await shore.far_side.click(thread, "Fill in…")
    forms = shore.far_side.people.forms
    loading = await forms.opened("U0ANA")
    if "closed already" not in forms.shows("U0ANA"):
        await forms.updated(loading)
    await shore.heard.next()

    shore.heard.answer = Notice(line=("#1042 is open again.",))
    before = await forms.opened("U0ANA")
    await forms.presses("U0ANA", "Reopen")
    (event,) = await shore.heard.next()
    assert isinstance(event, ButtonPressed)
    assert (event.verb, event.person.channel) == (Verb.REOPEN, CHANNEL)
    await forms.updated(before)
    assert "open again" in forms.shows("U0ANA")


async def test_a_form_that_comes_too_late_for_its_trigger_says_what_to_type(shore):
    thread = await with_form(shore, ASSIGN)
    shore.far_side.server.answer_next("views.open", error="expired_trigger_id")

    await shore.far_side.click(thread, "Fill in…")

    await shore.heard.until(lambda: bool(shore.far_side.private_answers("U0ANA")))
    assert "/handrail assign 1042 @who" in shore.far_side.private_answers("U0ANA")[0]


async def test_somebody_elses_modal_is_acknowledged_and_nothing_more(shore):
    view = {"id": "V1", "type": "modal", "private_metadata": "theirs", "blocks": [], "state": {"values": {}}}
    payload = {"type": "view_submission", "user": {"id": "U0ANA"}, "view": view}
    envelope = await shore.far_side.server.sockets.interaction("interactive", payload)
    assert envelope.acked.is_set()
    assert shore.heard.asked == 0


# ── menus and mentions ──


@pytest.mark.parametrize(("entry", "wish"), [("send", Wish.SEND), ("keep", Wish.KEEP), ("unsend", Wish.UNSEND)])
async def test_a_messages_menu_says_what_its_writer_wants(shore, entry, wish):
    thread = await shore.opened_thread()
    origin = await shore.far_side.member_writes(thread, "on its way")
    await shore.heard.next()
    shore.heard.answer = Notice(line=("On its way to Mara.",))

    await shore.far_side.people.shortcut(CHANNEL, origin.message, entry, "U0ANA")

    (event,) = await shore.heard.next()
    assert isinstance(event, MessageRecast)
    assert (event.wish, event.origin, event.person.id) == (wish, origin, "U0ANA")
    (told,) = await shore.far_side.people.shown_privately("U0ANA")
    assert told["thread_ts"] == thread.root


async def test_a_command_by_mention_is_heard_once_and_is_nobodys_words(shore):
    thread = await shore.opened_thread()
    shore.heard.answer = Listing(title="Nobody is waiting.", rows=())

    ts = shore.far_side.people.writes(CHANNEL, thread.root, "U0ANA", "<@U0HANDRAIL> assign <@U0BEN>\n*now*")
    (event,) = await shore.heard.next()
    await shore.far_side.people.shown_privately("U0ANA")
    shore.far_side.people.reported(CHANNEL, ts)
    await shore.far_side.member_writes(thread, "ask @Handrail about it")
    (words,) = await shore.heard.next()

    assert isinstance(event, CommandGiven)
    assert event.words == ("assign", "@Ben", "**now**")
    assert event.text == "assign @Ben\n**now**"
    assert [person.id for person in event.named] == ["U0BEN"]
    assert event.thread == thread
    assert isinstance(words, PersonWrote)
    assert len(shore.far_side.private_answers("U0ANA")) == 1


async def test_a_mention_in_the_channel_is_a_command_there_and_a_command_is_always_answered(shore):
    shore.heard.script = [Nothing(), Listing(title="Nobody is waiting.", rows=())]
    await shore.far_side.command("reply 1042 hello")
    await shore.heard.next()
    shore.far_side.people.writes(CHANNEL, None, "U0ANA", "<@U0HANDRAIL> list")
    (event,) = await shore.heard.next()
    assert isinstance(event, CommandGiven)
    assert (event.words, event.lane, event.thread) == (("list",), Lane("acme-slack", CHANNEL), None)
    told = await shore.far_side.people.shown_privately("U0ANA", 2)
    assert [one["text"] for one in told] == ["Done.", "Nobody is waiting."]


async def test_words_changed_into_a_command_change_nothing_at_the_user(shore):
    thread = await shore.opened_thread()
    origin = await shore.far_side.member_writes(thread, "close it")
    await shore.heard.next()
    shore.far_side.people.edits(CHANNEL, origin.message, "<@U0HANDRAIL> close")
    await shore.far_side.member_writes(thread, "done")
    (event,) = await shore.heard.next()
    assert isinstance(event, PersonWrote)


# ── the home tab ──


async def at_home(shore, user: str = "U0ANA"):
    shore.heard.answer = PAGE
    forms = shore.far_side.people.forms
    forms.opens_home(user)
    await shore.heard.until(lambda: user in forms.views.homes)
    (event,) = await shore.heard.next()
    assert isinstance(event, HomeOpened)
    assert (event.person.id, event.person.in_channel, event.seen) == (user, False, None)
    return forms


async def test_the_home_tab_shows_what_is_wrong_what_is_mine_and_what_waits(shore):
    await at_home(shore)
    shown = shore.far_side.people.forms.views.homes["U0ANA"]
    words = str(shown["blocks"])
    for part in ("shop-bot has not taken", "Yours (1)", "#1040 Parcel lost", "Nobody has these (4)", "and 3 more"):
        assert part in words


async def test_the_home_tab_is_published_anew_only_when_it_is_another(shore):
    await at_home(shore)
    server = shore.far_side.server
    await shore.heard.until(lambda: len(shore.heard.events) >= 5)
    assert {event.seen for event in shore.heard.events} <= {0, None}
    assert len(server.called("views.publish")) <= 2

    shore.heard.answer = HomePage(troubles=(), mine=(), queue=(), turn=7)
    await shore.heard.until(
        lambda: "Nothing is yours." in str(shore.far_side.people.forms.views.homes["U0ANA"]["blocks"])
    )


async def test_a_claim_on_the_home_tab_is_answered_there(shore):
    forms = await at_home(shore)
    told = Notice(line=("Ben took #1042 two seconds before you.",), refused=True)
    shore.heard.script = [told, PAGE]

    before = await forms.home("U0ANA")
    await forms.presses("U0ANA", "Claim", home=True)

    await shore.heard.until(lambda: any(isinstance(each, ButtonPressed) for each in shore.heard.events))
    (event,) = [each for each in shore.heard.events if isinstance(each, ButtonPressed)]
    assert (event.verb, event.person.in_channel) == (Verb.CLAIM, False)
    await forms.updated(before)
    assert "two seconds before you" in str(forms.views.homes["U0ANA"]["blocks"])

    # Others work meanwhile: the answer stands until it can have been read.
    shore.heard.answer = HomePage(troubles=(), mine=(), queue=(), turn=7)
    await shore.heard.until(lambda: "Nothing is yours." in str(forms.views.homes["U0ANA"]["blocks"]))
    assert "two seconds before you" in str(forms.views.homes["U0ANA"]["blocks"])
    shore.clock.advance(61)
    await shore.heard.until(lambda: "two seconds before you" not in str(forms.views.homes["U0ANA"]["blocks"]))


async def test_who_is_in_a_channel_is_asked_once_a_minute_and_when_somebody_left(shore):
    lane = Lane("acme-slack", CHANNEL)
    assert await shore.platform.is_in(lane, "U0ANA") is True
    assert await shore.platform.is_in(lane, "U0NOBODY") is False
    assert len(shore.far_side.server.called("conversations.members")) == 1
    shore.far_side.channel.members.discard("U0ANA")
    shore.far_side.server.event({"type": "member_left_channel", "user": "U0ANA", "channel": CHANNEL})
    await shore.heard.until(lambda: any(one.acked.is_set() for one in shore.far_side.server.sockets.envelopes))
    assert await shore.platform.is_in(lane, "U0ANA") is False
    shore.clock.advance(61)
    shore.far_side.server.answer_next("conversations.members", status=429, retry_after=30)
    assert await shore.platform.is_in(lane, "U0ANA") is None
