"""Every state with every action has one known answer: a change, nothing, or a refusal by its code."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain import actions as act
from bridge.domain.actions import Action
from bridge.domain.errors import NotAllowed
from bridge.domain.events import Wish
from bridge.domain.lifecycle import ARROWS
from bridge.domain.people import as_assignee
from bridge.domain.refs import MessageId, ThreadRef, TicketId
from bridge.domain.ticket import Outcome
from bridge.domain.words import Author, Brief, Message, WordsKind, WordsState
from tests.domain.stories import ANA, BEN, BY_BOT, BY_CLOCK, LANE, MARA, POLICY, START, Story

MINE = Message(
    id=MessageId("msg_x"), ticket=TicketId("tkt_1"), kind=WordsKind.REPLY, author=Author.MEMBER, author_key=ANA.key,
    author_name="Ana", text="hello", at=START, state=WordsState.FAILED,
)  # fmt: skip
THEIRS = replace(MINE, author=Author.USER, author_key=MARA.id, kind=WordsKind.USER, state=WordsState.RECEIVED)

ACTIONS: dict[type[Action], tuple[object, Action]] = {
    act.Claim: (BEN, act.Claim()),
    act.Assign: (ANA, act.Assign(to=as_assignee(BEN), to_teams=BEN.teams)),
    act.Release: (ANA, act.Release()),
    act.Write: (ANA, act.Write(message=MessageId("msg_n"), text="note: x")),
    act.DecideHeld: (ANA, act.DecideHeld(message=MessageId("msg_none"), send=True)),
    act.EditWritten: (ANA, act.EditWritten(stored=MINE, text="bye")),
    act.Unsend: (ANA, act.Unsend(stored=MINE)),
    act.Recast: (ANA, act.Recast(stored=MINE, wish=Wish.SEND)),
    act.Retry: (ANA, act.Retry(stored=MINE)),
    act.Reroute: (ANA, act.Reroute(policy=replace(POLICY, route="other"), reason="r")),
    act.Close: (ANA, act.Close()),
    act.Reopen: (ANA, act.Reopen()),
    act.Snooze: (ANA, act.Snooze(until=START + timedelta(hours=9))),
    act.Wake: (ANA, act.Wake()),
    act.KeepOpen: (ANA, act.KeepOpen()),
    act.AskHandOver: (BEN, act.AskHandOver()),
    act.UserSaid: (BY_BOT, act.UserSaid(message=replace(THEIRS, id=MessageId("msg_new")))),
    act.UserRevised: (BY_BOT, act.UserRevised(stored=THEIRS, text="else")),
    act.Update: (BY_BOT, act.Update(brief=Brief(ticket=TicketId("tkt_1"), title="t"))),
    act.TakeBack: (BY_BOT, act.TakeBack(outcome=Outcome.CANCELLED)),
    act.Send: (BY_CLOCK, act.Send(message=MessageId("msg_none"))),
    act.HeldTooLong: (BY_CLOCK, act.HeldTooLong(message=MessageId("msg_none"))),
    act.ClimbWaiting: (BY_CLOCK, act.ClimbWaiting(due=START)),
    act.ClimbAnswering: (BY_CLOCK, act.ClimbAnswering(due=START)),
    act.WarnIdle: (BY_CLOCK, act.WarnIdle()),
    act.CloseIdle: (BY_CLOCK, act.CloseIdle()),
    act.StandStill: (BY_CLOCK, act.StandStill(since=START)),
    act.LoseThread: (BY_CLOCK, act.LoseThread(thread=ThreadRef(LANE, "other"))),
    act.TeamTyping: (ANA, act.TeamTyping()),
}

TABLE = """
                open                assigned            closed
Claim           claimed             !lost_race          !card_old_closed
Assign          assigned            assigned            !card_old_closed
Release         !nobody_has_it      released            !card_old_closed
Write           noted               noted               noted
DecideHeld      !held_decided       !held_decided       !held_decided
EditWritten     edited              edited              edited
Unsend          deleted             deleted             deleted
Recast          retried             retried             retried
Retry           retried             retried             retried
Reroute         moved               moved               !card_old_closed
Close           closed              closed              !card_old_closed
Reopen          !already_open       !already_open       reopened
Snooze          snoozed             snoozed             !card_old_closed
Wake            !not_snoozed        !not_snoozed        !card_old_closed
KeepOpen        !no_arrow           kept_open           !card_old_closed
AskHandOver     !nobody_has_it      handover_asked      !card_old_closed
UserSaid        heard               heard               reopened
UserRevised     edited              edited              edited
Update          updated             updated             !no_arrow
TakeBack        closed              closed              !already_closed
Send            -                   -                   -
HeldTooLong     -                   -                   -
ClimbWaiting    reminded            -                   -
ClimbAnswering  -                   reminded            -
WarnIdle        -                   -                   -
CloseIdle       -                   -                   -
StandStill      stood_still         stood_still         -
LoseThread      -                   -                   -
TeamTyping      -                   typing              -
"""


def rows():
    lines = [line.split() for line in TABLE.strip().splitlines()]
    return [(name, state, cells[i]) for name, *cells in lines[1:] for i, state in enumerate(lines[0])]


def in_state(state: str) -> Story:
    story = Story()
    if state != "open":
        story.does(ANA, act.Claim())
    if state == "closed":
        story.does(ANA, act.Close())
    story.messages |= {MINE.id: MINE}
    return story


@pytest.mark.parametrize(("name", "state", "expected"), rows())
def test_state_by_action(name, state, expected):
    actor, action = next(pair for kind, pair in ACTIONS.items() if kind.__name__ == name)
    story = in_state(state)
    before = story.ticket
    try:
        change = story.does(actor, action)
        result = change.code if change is not None else "-"
    except NotAllowed as no:
        result = f"!{no.code}"
        assert story.ticket == before
    assert result == expected


def test_the_table_names_every_action():
    assert {name for name, _, _ in rows()} == {kind.__name__ for kind in ARROWS} == {k.__name__ for k in ACTIONS}
