"""What operators do, on the command line or on the console's page of operations."""

from dataclasses import replace
from typing import assert_never

from bridge.desk.asking import certain, hears, spread_over, ticket_of
from bridge.desk.room import Room
from bridge.domain.actions import Close
from bridge.domain.audit import Audited
from bridge.domain.change import Change, Verdict
from bridge.domain.deliveries import Digest, OpenThread, Posted, TellAlarm
from bridge.domain.errors import NotAllowed
from bridge.domain.events import OperatorClosed
from bridge.domain.events.operators import DeliverySettled, LanePaused, LaneResumed, OperatorEvent, Settle
from bridge.domain.fanout import to_the_bot
from bridge.domain.lifecycle import decide
from bridge.domain.people import Actor, ActorKind
from bridge.domain.refs import BOT_SHORE, Lane, MemberKey
from bridge.domain.settling import Settled, Settlement, Standing, must_be_adoptable, settle
from bridge.domain.views import DeliveryView
from bridge.store.asks import Ask, ByTicket, Situation

ACTIONS = {
    Settle.RETRY: "delivery.retried",
    Settle.DROP: "delivery.dropped",
    Settle.ADOPT: "delivery.adopted",
    Settle.POST_AGAIN: "delivery.posted_again",
}


async def closed(room: Room, event: OperatorClosed) -> Verdict:
    """Close a ticket as an operator."""
    actor = Actor(kind=ActorKind.MEMBER, key=MemberKey(f"operator:{event.name}"), name=event.name, admin=True)

    def close(seen: Situation) -> Change | None:
        ticket = ticket_of(seen)
        return spread_over(room, ticket, decide(ticket, Close(outcome=event.outcome), actor, event.at, via="command"))

    audited = Audited(
        at=event.at, actor=actor.key, via="command", action="ticket.closed", object=event.ticket,
        facts={"outcome": event.outcome.value},
    )  # fmt: skip
    ask = Ask(find=ByTicket(event.ticket), decide=close, key=event.key, audit=audited)
    return certain(await room.store.writer.decide(ask))


async def operated(room: Room, event: OperatorEvent) -> Settled | None:
    """Decide about a delivery, or stop and start a lane.

    Raises:
        NotAllowed: with a code of `notices.operators`.
    """
    match event:
        case DeliverySettled():
            return await _settled(room, event)
        case LanePaused():
            await _paused(room, event)
            return None
        case LaneResumed():
            await _resumed(room, event)
            return None
        case _:
            assert_never(event)


async def _settled(room: Room, event: DeliverySettled) -> Settled:
    found = await room.store.deliveries.get(event.delivery)
    if found is None:
        raise NotAllowed("no_such_delivery", id=event.delivery[:64])
    standing, view = found
    posted = await _posted(room, standing, view, event.link or "") if event.settle is Settle.ADOPT else None

    def judge(now: Standing, seen: Situation) -> Settlement:
        message = next(iter(seen.messages.values()), None)
        settlement = settle(event.settle, now, seen.ticket, message, event.at)
        change = settlement.change
        if change is None or not hears(room, change.ticket.bot):
            return settlement
        # The team's deliveries it has named already; what the bot hears of it is added.
        return replace(settlement, change=replace(change, deliveries=(*change.deliveries, *to_the_bot(change))))

    facts = {"lane": str(view.lane), "what": view.what, "was": view.state, "ticket": view.ticket, **event.by.facts}
    audited = Audited(
        at=event.at, actor=event.by.key, via=event.by.via, action=ACTIONS[event.settle], object=event.delivery,
        facts=facts,
    )  # fmt: skip
    await room.store.deliveries.settle(event.delivery, judge, audited=audited, posted=posted)
    return Settled(delivery=event.delivery, settle=event.settle, lane=view.lane, number=view.number)


async def _posted(room: Room, standing: Standing, view: DeliveryView, link: str) -> Posted:
    """What the link names, where this delivery would have put it."""
    must_be_adoptable(standing)
    content, lane = standing.delivery.content, standing.delivery.lane
    chat = room.chats.get(lane.platform)
    if chat is None:
        raise NotAllowed("no_links", lane=str(lane))
    if isinstance(content, OpenThread):
        opened = chat.thread_of(link, lane)
        if opened is not None:
            return Posted(thread=opened.root)
    elif isinstance(content, Digest | TellAlarm) or view.ticket is None:
        in_lane = chat.message_of(link, lane)
        if in_lane is not None:
            return Posted(message=in_lane)
    else:
        thread = await room.store.threads.in_lane(view.ticket, lane)
        if thread is None:
            raise NotAllowed("no_thread_yet", number=view.number)
        in_thread = chat.message_of(link, thread)
        if in_thread is not None:
            return Posted(message=in_thread)
    raise NotAllowed("bad_link", lane=str(lane))


async def _paused(room: Room, event: LanePaused) -> None:
    book = room.rules.current
    lane = event.lane
    known = lane.place in book.bots if lane.platform == BOT_SHORE else lane.platform in book.platforms
    if not known and not (lane.platform == BOT_SHORE and not lane.place):
        raise NotAllowed("no_such_lane", lane=_name(lane))
    await room.store.lanes.pause(lane, "an operator paused it", by=_of_lane(event, "lane.paused"))


async def _resumed(room: Room, event: LaneResumed) -> None:
    if not await room.store.lanes.resume(event.lane, by=_of_lane(event, "lane.resumed")):
        raise NotAllowed("not_paused", lane=_name(event.lane))


def _of_lane(event: LanePaused | LaneResumed, action: str) -> Audited:
    return Audited(
        at=event.at, actor=event.by.key, via=event.by.via, action=action, object=_name(event.lane), facts=event.by.facts
    )


def _name(lane: Lane) -> str:
    return str(lane) if lane.place else lane.platform
