"""Modals and home tabs stay within Slack's limits; the card of every state is one that slack_sdk's models know."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import ActionsBlock, Block, ContextBlock, RichTextBlock

from adapters.chat.slack.events.forms import About, about_of, filled_in
from adapters.chat.slack.render.answers import answer_blocks
from adapters.chat.slack.render.card import card_blocks
from adapters.chat.slack.render.forms import form_view, loading_view, said_view
from adapters.chat.slack.render.home import home_view
from bridge.domain.card import build_card
from bridge.domain.events import Verb
from bridge.domain.paint import Accent, Field, Form, HomePage, HomeRow, Listing, Moment, Notice
from bridge.domain.people import Assignee
from bridge.domain.policy import Idle, Policy
from bridge.domain.refs import BotName, Lane, MemberKey, TicketId, UserId
from bridge.domain.ticket import Outcome, Priority, Ticket, TicketState
from bridge.domain.views import LaneView, TicketView
from bridge.domain.words import Brief, Link, User
from tests.adapters.far_side import TICKET, button
from tests.adapters.test_slack_render import BUTTONS, LINES, SLOW, WORDS
from tests.wire.slack import blocks as block_kit
from tests.wire.slack import view_checks

FEW = settings(SLOW, max_examples=12)
NOW = datetime(2026, 11, 23, 11, 40, tzinfo=UTC)
ABOUT = About(ticket=TICKET, verb=Verb.ASSIGN, epoch=3, channel="C0HELP", thread="1795428060.000200")
FIELDS = st.lists(
    st.builds(
        Field,
        name=st.sampled_from(["to", "until", "note", "route", "outcome"]),
        label=WORDS,
        value=WORDS,
        long=st.booleans(),
        people=st.just(value=False),
        choices=st.lists(st.tuples(st.text(min_size=1, max_size=200), WORDS), max_size=130).map(tuple),
        optional=st.booleans(),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda field: field.name,
).map(tuple)
ROWS = st.lists(st.builds(HomeRow, line=LINES, buttons=BUTTONS), max_size=10).map(tuple)


def right(view, kind):
    assert list(view_checks.wrong(view, kind)) == []


@FEW
@given(title=WORDS, submit=WORDS, fields=FIELDS)
def test_any_form_is_a_modal_slack_takes(title, submit, fields):
    form = Form(title=title, verb=Verb.CLOSE, ticket=TICKET, epoch=3, submit=submit, fields=fields)
    right(form_view(form, ABOUT.written()), "modal")


@FEW
@given(line=LINES, buttons=BUTTONS)
def test_any_sentence_is_a_modal_slack_takes(line, buttons):
    right(said_view(Notice(line=line, buttons=buttons), ABOUT.written()), "modal")


@FEW
@given(troubles=st.lists(LINES, max_size=6).map(tuple), mine=ROWS, queue=ROWS, line=LINES, buttons=BUTTONS)
def test_any_home_page_is_a_view_slack_takes(troubles, mine, queue, line, buttons):
    page = HomePage(troubles=troubles, mine=mine, queue=queue, more_mine=3, more_queue=9)
    view = home_view(page, Notice(line=line, buttons=buttons))
    right(view, "home")
    assert block_kit.live("", view["blocks"]) == set()


def test_a_modal_carries_what_it_is_for_and_where_it_was_opened():
    view = loading_view(ABOUT.written())
    right(view, "modal")
    assert about_of(view) == ABOUT
    assert about_of({"private_metadata": "tkt|dance|3|C|1"}) is None
    assert about_of({"private_metadata": "of another app"}) is None
    assert About(ticket=TICKET, verb=Verb.MOVE, epoch=1).place("U0ANA") is None


def test_a_member_field_is_a_choice_of_members_and_choices_keep_the_one_that_stands():
    fields = (
        Field(name="to", label="Member", people=True, value="U0BEN"),
        Field(name="until", label="Until", choices=(("1h", "1 hour"), ("1d", "1 day")), value="1d"),
    )
    form = Form(title="x", verb=Verb.ASSIGN, ticket=TICKET, epoch=3, submit="Go", fields=fields)
    member, until = form_view(form, "")["blocks"]
    assert member["element"] == {"type": "users_select", "initial_user": "U0BEN", "action_id": "to"}
    assert until["element"]["initial_option"]["value"] == "1d"


def test_what_was_entered_is_read_by_its_fields():
    values = {
        "to": {"to": {"type": "users_select", "selected_user": "U0BEN"}},
        "route": {"route": {"type": "static_select", "selected_option": {"value": "billing"}}},
        "note": {"note": {"type": "plain_text_input", "value": None}},
    }
    assert filled_in({"state": {"values": values}}) == {"to": "U0BEN", "route": "billing"}


# ── the card, state by state ──

LANE = Lane("acme-slack", "C0HELP")
IDLE = Idle(warn=timedelta(hours=22), close=timedelta(hours=24))
ANA = Assignee(key=MemberKey("ana"), name="Ana", platform="acme-slack", person="U0ANA")
OPEN = Ticket(
    id=TICKET, bot=BotName("shop-bot"), conversation="web-1", user=UserId("usr_1"), number=1042,
    policy=Policy(route="french", rulebook="d1", lane=LANE, team="support", idle=IDLE), route_reason="language is fr",
    created_at=NOW, opened_at=NOW - timedelta(minutes=19), waiting_since=NOW - timedelta(minutes=19), language="fr",
    priority=Priority.HIGH,
)  # fmt: skip
HAS_IT = {"state": TicketState.ASSIGNED, "assignee": ANA, "last_assignee": ANA, "claimed_at": NOW}
DOWN = LaneView(lane=Lane("bot", "shop-bot"), waiting=2, oldest_at=NOW, failing_since=NOW)
ENDED = {"state": TicketState.CLOSED, "outcome": Outcome.RESOLVED, "closed_at": NOW, "last_assignee": ANA}
STATES = {
    "● High": (OPEN, {}, Accent.URGENT, "Nobody has it.", ["Claim", "Assign…", "Close"]),
    "◐ Ana has it": (
        replace(OPEN, **HAS_IT), {}, Accent.ASSIGNED, "Mara waits for an answer", ["Hand over…", "Release", "Close"],
    ),
    "◔ Ana has it": (
        replace(OPEN, **HAS_IT, waiting_since=None, last_reply_at=NOW, idle_since=NOW), {}, Accent.WAITING,
        "waiting on Mara since", ["Keep open", "Hand over…", "Release", "Close"],
    ),
    "☾ Snoozed": (
        replace(OPEN, snoozed_until=NOW, snoozed_by="Ana"), {}, Accent.SNOOZED, "sooner if Mara writes",
        ["Wake", "Close"],
    ),
    "⚠ Trouble": (
        replace(OPEN, **HAS_IT), {"trouble": DOWN}, Accent.TROUBLE, "Nothing is lost.",
        ["Details", "Hand over…", "Release", "Close"],
    ),
    "→ Moved": (
        OPEN, {"moved_to": "billing", "link": "https://acme.slack.com/archives/C0B/p1"}, Accent.MOVED,
        "now in billing ↗", [],
    ),
    "✓ Resolved": (replace(OPEN, **ENDED), {}, Accent.CLOSED, "Resolved by Ana", ["Reopen"]),
}  # fmt: skip


@pytest.mark.parametrize("head", sorted(STATES))
def test_the_card_of_every_state_says_it_by_shape_and_word(head):
    ticket, more, accent, said, labels = STATES[head]
    brief = Brief(
        ticket=TicketId(TICKET), title="Refund <not> received", reason_text="Asked for a person.",
        summary="Order 4411 <!channel>", attributes={"plan": "pro"},
        links=(Link(title="Order", url="https://shop.example/o/4411"),),
    )  # fmt: skip
    user = User(id=UserId("usr_1"), bot=BotName("shop-bot"), external_id="u", name="Mara", locale="fr")
    card = build_card(TicketView(ticket=ticket, brief=brief, user=user), now=NOW, **more)

    painted = card_blocks(card)

    assert card.accent is accent
    shown = block_kit.shown(painted["blocks"])
    assert shown.startswith(f"{head}  #1042  Refund <not> received")
    assert said in shown
    assert [one["text"]["text"] for one in block_kit.interactive(painted["blocks"]) if "text" in one] == labels
    assert list(block_kit.wrong(painted["blocks"])) == []
    assert block_kit.live(painted["text"], painted["blocks"]) == set()
    assert "&lt;not&gt;" in painted["text"]
    known = Block.parse_all(painted["blocks"])
    assert {type(block) for block in known} <= {RichTextBlock, ContextBlock, ActionsBlock}
    for block in known:
        block.validate_json()
    if card.more:
        [dots] = [one for one in block_kit.interactive(painted["blocks"]) if one["type"] == "overflow"]
        assert 2 <= len(dots["options"]) <= 5


def test_buttons_of_a_home_page_keep_their_acts():
    page = HomePage(troubles=(), mine=(), queue=(HomeRow(line=("x",), buttons=(button("Claim"), button("Claim"))),))
    made = [one for block in home_view(page)["blocks"] for one in block.get("elements", ()) if "action_id" in one]
    assert [one["action_id"] for one in made] == ["claim.0", "claim.1"]


def test_a_screen_reader_hears_of_which_ticket_each_claim_is():
    row = HomeRow(
        line=("● High  #1042 Refund · Mara · waiting since ", Moment(NOW)), buttons=(button("Claim", Verb.CLAIM),)
    )
    page = home_view(HomePage(troubles=(), mine=(), queue=(row,)))
    listed = answer_blocks(Listing(title="1 waiting", rows=((row.line, row.buttons[0]),)))
    for blocks in (page["blocks"], listed["blocks"]):
        ((claim,),) = [block["elements"] for block in blocks if block["type"] == "actions"]
        assert claim["text"]["text"] == "Claim"
        assert claim["accessibility_label"] == "Claim High #1042 Refund · Mara"
