"""The transition table and the one decision function. Pure: the writer runs it on the row it has locked."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from bridge.domain import actions as act
from bridge.domain.actions import Action, BotAction, ClockAction, MemberAction
from bridge.domain.change import Change
from bridge.domain.lifecycle import clocks, correcting, hearing, owning, recasting, speaking, waiting_words
from bridge.domain.lifecycle.rules import closed_already
from bridge.domain.lifecycle.telling import Telling
from bridge.domain.people import Actor
from bridge.domain.ticket import Ticket, TicketState

ANY = frozenset(TicketState)
LIVE = frozenset({TicketState.OPEN, TicketState.ASSIGNED})
ASSIGNED = frozenset({TicketState.ASSIGNED})

ARROWS: Mapping[type[Action], frozenset[TicketState]] = {
    act.Claim: ANY,
    act.Assign: LIVE,
    act.Release: LIVE,
    act.Write: ANY,
    act.DecideHeld: ANY,
    act.EditWritten: ANY,
    act.Unsend: ANY,
    act.Recast: ANY,
    act.Retry: ANY,
    act.Reroute: LIVE,
    act.Close: ANY,
    act.Reopen: ANY,
    act.Snooze: LIVE,
    act.Wake: LIVE,
    act.KeepOpen: ASSIGNED,
    act.AskHandOver: LIVE,
    act.UserSaid: ANY,
    act.UserRevised: ANY,
    act.Update: LIVE,
    act.TakeBack: ANY,
    act.Send: LIVE,
    act.HeldTooLong: ANY,
    act.ClimbWaiting: LIVE,
    act.ClimbAnswering: ASSIGNED,
    act.WarnIdle: ASSIGNED,
    act.CloseIdle: ASSIGNED,
    act.StandStill: LIVE,
    act.LoseThread: ANY,
    act.TeamTyping: ASSIGNED,
}
"""Which states have an arrow for an action. An action that can be refused with a better sentence than "no arrow" is
listed for that state too, and refuses itself."""


def decide(ticket: Ticket, action: Action, actor: Actor, now: datetime, *, via: str = "button") -> Change | None:
    """What the action makes of the ticket; None when there is nothing to do.

    Raises:
        NotAllowed: the table has no arrow, or the actor may not.
    """
    telling = Telling(ticket, actor, now, via)
    if ticket.emptied is not None:
        return _of_emptied(telling, action)
    if ticket.state not in ARROWS[type(action)]:
        if isinstance(action, ClockAction):
            return None
        if isinstance(action, MemberAction) and ticket.state is TicketState.CLOSED:
            raise closed_already(telling)
        raise telling.refuse("no_arrow", state=ticket.state)
    if isinstance(action, MemberAction):
        return _by_member(telling, action)
    if isinstance(action, BotAction):
        return _by_bot(telling, action)
    return _by_clock(telling, action)


def _of_emptied(telling: Telling, action: Action) -> Change | None:
    """Words that are gone do not come back: late news of them is no news, and whoever goes on begins anew."""
    match action:
        case act.UserRevised() | act.EditWritten() | act.Unsend():
            return None
        case act.UserSaid():
            raise telling.refuse("ticket_closed")
        case _ if isinstance(action, ClockAction):
            return None
        case _:
            raise telling.refuse("words_gone")


def _by_member(telling: Telling, action: MemberAction) -> Change | None:
    match action:
        case act.Claim():
            return owning.claim(telling, action)
        case act.Assign():
            return owning.assign(telling, action)
        case act.Release():
            return owning.release(telling, action)
        case act.Write():
            return speaking.write(telling, action)
        case act.DecideHeld():
            return speaking.decide_held(telling, action)
        case act.EditWritten():
            return correcting.edit_written(telling, action)
        case act.Unsend():
            return correcting.unsend(telling, action)
        case act.Recast():
            return recasting.recast(telling, action)
        case act.Retry():
            return waiting_words.retry(telling, action)
        case act.Reroute():
            return hearing.reroute(telling, action)
        case act.Close():
            return owning.close(telling, action)
        case act.Reopen():
            return owning.reopen(telling, action)
        case act.Snooze():
            return clocks.snooze(telling, action)
        case act.Wake():
            return clocks.wake(telling, action)
        case act.KeepOpen():
            return clocks.keep_open(telling, action)
        case act.AskHandOver():
            return owning.ask_hand_over(telling, action)
        case _:
            assert_never(action)


def _by_bot(telling: Telling, action: BotAction) -> Change | None:
    match action:
        case act.UserSaid():
            return hearing.user_said(telling, action)
        case act.UserRevised():
            return hearing.user_revised(telling, action)
        case act.Update():
            return hearing.update(telling, action)
        case act.TakeBack():
            return owning.take_back(telling, action)
        case _:
            assert_never(action)


def _by_clock(telling: Telling, action: ClockAction) -> Change | None:
    match action:
        case act.Send():
            return speaking.send(telling, action)
        case act.HeldTooLong():
            return speaking.held_too_long(telling, action)
        case act.ClimbWaiting():
            return clocks.climb_waiting(telling, action)
        case act.ClimbAnswering():
            return clocks.climb_answering(telling, action)
        case act.WarnIdle():
            return clocks.warn_idle(telling, action)
        case act.CloseIdle():
            return clocks.close_idle(telling, action)
        case act.StandStill():
            return clocks.stand_still(telling, action)
        case act.LoseThread():
            return clocks.lose_thread(telling, action)
        case act.TeamTyping():
            return hearing.team_typing(telling, action)
        case _:
            assert_never(action)
