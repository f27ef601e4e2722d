"""What every chat platform that has forms must do with them."""

import pytest

from bridge.domain.errors import StoreTrouble
from bridge.domain.events import FormAsked, FormSubmitted, Verb
from bridge.domain.paint import Field, Form, Nothing, Notice
from tests.adapters.far_side import TICKET, Shore, button, card

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


@pytest.fixture
async def thread(shore: Shore):
    if not shore.platform.capabilities.forms:
        pytest.skip("this platform has no forms yet")
    opened = await shore.opened_thread()
    await shore.platform.refresh_card(opened, card(buttons=(button("Fill in…", Verb.CLOSE, form=True),)))
    shore.heard.answer = CLOSE
    return opened


async def test_a_button_that_needs_a_form_asks_for_it_and_shows_its_inputs(shore: Shore, thread):
    shown = await shore.far_side.opens_form(thread, "Fill in…")

    for part in ("Close #1042", "How did it end?", "Spam", "A last note, inside"):
        assert part in shown
    (asked,) = await shore.heard.next()
    assert isinstance(asked, FormAsked)
    assert (asked.ticket, asked.verb, asked.person.id) == (TICKET, Verb.CLOSE, shore.far_side.member)


async def test_a_sent_form_tells_what_stands_in_it_and_which_ticket_it_was_made_for(shore: Shore, thread):
    await shore.far_side.opens_form(thread, "Fill in…")
    await shore.heard.next()
    shore.heard.answer = Nothing()

    assert await shore.far_side.sends_form({"How did it end?": "Spam", "A last note, inside": "a <b>robot</b>"}) is None

    (sent,) = await shore.heard.next()
    assert isinstance(sent, FormSubmitted)
    assert dict(sent.fields) == {"outcome": "spam", "note": "a <b>robot</b>"}
    assert (sent.ticket, sent.verb, sent.epoch, sent.named) == (TICKET, Verb.CLOSE, 3, None)


async def test_a_form_names_a_member_with_the_facts_the_platform_has(shore: Shore, thread):
    shore.heard.answer = ASSIGN
    await shore.far_side.opens_form(thread, "Fill in…")
    await shore.heard.next()
    shore.heard.answer = Nothing()

    await shore.far_side.sends_form({"Member": shore.far_side.colleague})

    (sent,) = await shore.heard.next()
    assert isinstance(sent, FormSubmitted)
    assert sent.named is not None
    assert (sent.named.id, sent.named.groups) == (shore.far_side.colleague, {shore.far_side.team})


async def test_a_refusal_is_said_in_the_form_and_what_was_entered_stays(shore: Shore, thread):
    await shore.far_side.opens_form(thread, "Fill in…")
    shore.heard.answer = Notice(line=("Only members of support can do this.",), refused=True)
    said = await shore.far_side.sends_form({"How did it end?": "Spam"})
    assert said == "Only members of support can do this."

    shore.heard.trouble = StoreTrouble("disk full")
    said = await shore.far_side.sends_form({})
    assert said is not None
    assert "disk" not in said

    shore.heard.trouble, shore.heard.answer = None, Nothing()
    assert await shore.far_side.sends_form({}) is None


async def test_instead_of_a_form_a_sentence_may_come(shore: Shore, thread):
    shore.heard.answer = Notice(line=("#1042 is closed already.",), buttons=(button("Reopen", Verb.REOPEN),))
    shown = await shore.far_side.opens_form(thread, "Fill in…")
    assert "#1042 is closed already." in shown
    assert "Reopen" in shown
