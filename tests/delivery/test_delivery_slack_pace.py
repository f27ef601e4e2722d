"""What Slack allows in a minute is shared: by the changes of one ticket, and by the channels of one workspace."""

from dataclasses import replace

import pytest

from adapters.chat.slack.platform.pace import budgets_of
from bridge.delivery.pace import Pace
from bridge.domain.change import Change, Rewrite
from bridge.domain.deliveries import Content, Delivery, EditWords, Mark, MarkKind, RefreshCard, Strand, Urgency
from bridge.domain.refs import Lane, MessageId, TicketId
from bridge.domain.ticket import Priority
from bridge.domain.words import WordsState
from tests.adapters.slack_shore import SlackFarSide
from tests.delivery.threads import Thread
from tests.given_time import GivenClock
from tests.samples import a_reply, asks

ACME = "acme-slack"


def delivery(content: Content, channel: str = "C0HELP", ticket: str = "tkt_1") -> Delivery:
    return Delivery(
        lane=Lane(ACME, channel), content=content, strand=Strand.CARD, urgency=Urgency.CARD, ticket=TicketId(ticket)
    )


def sent(pace: Pace, *those: Delivery) -> int:
    return sum(pace.spend(ACME, budgets_of(ACME, each)) is None for each in those)


@pytest.mark.parametrize("thread", ["slack"], indirect=True)
async def test_a_ticket_that_changes_all_the_time_has_its_card_edited_every_other_second(opened: Thread):
    assert isinstance(opened.shore.far_side, SlackFarSide)
    priorities = [Priority.LOW, Priority.HIGH, Priority.NORMAL] * 6 + [Priority.URGENT]
    for priority in priorities:
        await opened.store.writer.decide(
            asks(
                opened.ticket.id,
                lambda now, priority=priority: Change(ticket=replace(now.ticket, priority=priority), code="updated"),
            )
        )
        await opened.order(RefreshCard(), Strand.CARD, coalesce="card")
        await opened.passes(0.25, step=0.25)
    await opened.passes(3)

    assert len(opened.shore.far_side.server.called("chat.update")) <= 4
    assert "Urgent" in await opened.shore.far_side.card(opened.ref)


def test_a_busy_channel_leaves_edits_to_the_others(clock: GivenClock):
    pace = Pace(clock)
    busy = [delivery(RefreshCard(), ticket=f"tkt_{n}") for n in range(100)]
    quiet = [delivery(EditWords(MessageId(f"msg_{n}")), channel="C0BILLING") for n in range(100)]

    assert sent(pace, *busy) == 30
    assert sent(pace, *quiet) == 20, "fifty in all"
    clock.advance(60)
    assert sent(pace, *quiet) == 30


def test_a_talk_edits_its_card_four_times_in_forty_seconds_and_a_claim_every_other_second(clock: GivenClock):
    pace = Pace(clock)
    claimed = delivery(RefreshCard())
    turned = replace(claimed, urgency=Urgency.TURN)
    edits = []
    for _ in range(20):
        edits.append(sent(pace, turned))
        clock.advance(2)
    assert sum(edits) == 4
    assert sent(pace, turned) == 1, "forty seconds are over"
    clock.advance(2)
    assert [sent(pace, turned), sent(pace, claimed)] == [1, 0]
    clock.advance(2)
    assert sent(pace, claimed) == 1


def test_marks_are_taken_away_more_slowly_than_they_are_set(clock: GivenClock):
    pace = Pace(clock)
    set_, gone = (
        [delivery(Mark(MessageId(f"msg_{n}"), mark)) for n in range(100)] for mark in (MarkKind.SENT, MarkKind.NONE)
    )

    assert sent(pace, *gone) == 20
    assert sent(pace, *set_) == 50


@pytest.mark.parametrize("thread", ["slack"], indirect=True)
async def test_a_mark_costs_one_call_and_a_member_keeps_their_own_reaction(opened: Thread):
    far = opened.shore.far_side
    assert isinstance(far, SlackFarSide)
    written = await far.member_writes(opened.ref, "On its way.")
    message = a_reply(opened.ticket.id, origin=written, state=WordsState.SENT)
    far.channel.messages[written.message]["reactions"] = [{"name": "white_check_mark", "users": ["U0BEN"]}]
    began = len(far.server.calls)
    await opened.order(Mark(message.id, MarkKind.SENT), Strand.MARKS, message)
    await opened.settle()
    assert [call.method for call in far.server.calls[began:]] == ["reactions.add"]

    bounced = Rewrite(message=message.id, state=WordsState.FAILED)
    await opened.store.writer.decide(
        asks(opened.ticket.id, lambda now: Change(ticket=now.ticket, code="bounced", rewrites=(bounced,)))
    )
    began = len(far.server.calls)
    await opened.order(Mark(message.id, MarkKind.FAILED), Strand.MARKS)
    await opened.settle()
    assert [call.method for call in far.server.calls[began:]] == ["reactions.add", "reactions.remove"]
    assert await far.marks(written) == {MarkKind.FAILED}
    [left] = [one for one in far.channel.messages[written.message]["reactions"] if one["name"] == "white_check_mark"]
    assert left["users"] == ["U0BEN"]
