"""The clock's shore: timers that came due, and platforms that are back."""

from typing import assert_never

from bridge.desk.asking import spread_over, ticket_of
from bridge.desk.room import Room
from bridge.domain import actions as act
from bridge.domain.actions import Action
from bridge.domain.change import Change
from bridge.domain.errors import NoSuchTicket
from bridge.domain.events import DeadlinePassed, PlatformAway, PlatformBack, QueueMoved, TimerKind
from bridge.domain.fanout.replies import late
from bridge.domain.lifecycle import decide, news
from bridge.domain.people import system
from bridge.domain.refs import MessageId, bot_lane
from bridge.store.asks import Ask, ByTicket, Decide, Situation, TimerAt


async def deadline(room: Room, event: DeadlinePassed) -> None:
    """Judged only while the very timer that came due still stands; it is taken away with the decision."""
    if event.timer is TimerKind.LATE:
        settle = await _late(room, event)
    else:
        settle = _acting(room, event, _action(event))
    about = (MessageId(event.subject),) if event.timer is TimerKind.LATE else ()
    timer = TimerAt(timer=event.timer, subject=event.subject, due=event.due)
    try:
        await room.store.writer.decide(
            Ask(find=ByTicket(event.ticket), decide=settle, key=event.key, timer=timer, messages=about)
        )
    except NoSuchTicket:
        return


def _acting(room: Room, event: DeadlinePassed, action: Action) -> Decide:
    def settle(seen: Situation) -> Change | None:
        if not seen.timer_stands:
            return None
        ticket = ticket_of(seen)
        return spread_over(room, ticket, decide(ticket, action, system("clock"), event.at, via="auto"))

    return settle


async def _late(room: Room, event: DeadlinePassed) -> Decide:
    """A reply has not reached its bot for long. Since when the bot is down only makes the sentence better."""
    ticket = await room.store.tickets.get(event.ticket)
    since = await room.store.outbox.failing_since(bot_lane(ticket.bot)) if ticket is not None else None

    def settle(seen: Situation) -> Change | None:
        message = seen.messages.get(MessageId(event.subject))
        if not seen.timer_stands or message is None:
            return None
        return late(ticket_of(seen), message, event.at, down_since=since)

    return settle


def _action(event: DeadlinePassed) -> Action:
    match event.timer:
        case TimerKind.UNDO:
            return act.Send(message=MessageId(event.subject))
        case TimerKind.HELD:
            return act.HeldTooLong(message=MessageId(event.subject))
        case TimerKind.WAITING:
            return act.ClimbWaiting(due=event.due)
        case TimerKind.ANSWERING:
            return act.ClimbAnswering(due=event.due)
        case TimerKind.SNOOZE:
            return act.Wake(by_clock=True)
        case TimerKind.IDLE_WARN:
            return act.WarnIdle()
        case TimerKind.IDLE_CLOSE:
            return act.CloseIdle()
        case TimerKind.LATE:
            raise AssertionError("decided before")
        case _:
            assert_never(event.timer)


async def platform_back(room: Room, event: PlatformBack) -> None:
    """The ladders of the platform's tickets stood still while it was away."""

    def settle(seen: Situation) -> Change | None:
        ticket = ticket_of(seen)
        change = decide(ticket, act.StandStill(since=event.since), system("clock"), event.at)
        return spread_over(room, ticket, change)

    await room.store.writer.decide(Ask(find=ByTicket(event.ticket), decide=settle, key=event.key))


async def platform_away(room: Room, event: PlatformAway) -> None:
    def settle(seen: Situation) -> Change | None:
        ticket = ticket_of(seen)
        return spread_over(room, ticket, news.delayed(ticket, event.since, event.at))

    await room.store.writer.decide(Ask(find=ByTicket(event.ticket), decide=settle, key=event.key))


async def queue_moved(room: Room, event: QueueMoved) -> None:
    """With the wait that is usual on its route, where one is known."""
    ticket = await room.store.tickets.get(event.ticket)
    route = room.rules.current.route_named(ticket.policy.route) if ticket is not None else None
    crowd = await room.crowds.of(route) if route is not None else None
    wait = crowd.wait.p50 if crowd is not None else None

    def settle(seen: Situation) -> Change | None:
        ticket = ticket_of(seen)
        return spread_over(room, ticket, news.queue_moved(ticket, event.position, wait, event.at))

    await room.store.writer.decide(Ask(find=ByTicket(event.ticket), decide=settle, key=event.key))
