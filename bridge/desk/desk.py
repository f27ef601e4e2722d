"""The one door: every event of every shore enters here."""

from collections.abc import Mapping
from typing import assert_never, overload

from bridge.desk import (
    erasing,
    forms,
    from_bots,
    from_clock,
    from_echoes,
    from_feed,
    from_operators,
    from_people,
    home,
    moving,
)
from bridge.desk.aside import Aside
from bridge.desk.crowds import Crowds
from bridge.desk.presence import Presence
from bridge.desk.room import Room
from bridge.domain import events as ev
from bridge.domain.change import Verdict
from bridge.domain.erasing import Receipt
from bridge.domain.events import (
    BotEvent,
    ChatEvent,
    ClockEvent,
    Event,
    FeedRead,
    OperatorClosed,
    PersonTyping,
    ReplyTooOld,
)
from bridge.domain.events.operators import DeliverySettled, LanePaused, LaneResumed, OperatorEvent, UserErasure
from bridge.domain.paint import Answer, Nothing
from bridge.domain.settling import Settled
from bridge.ports.chat import ChatPlatform
from bridge.ports.clock import Clock
from bridge.rulebook.reload import Rules
from bridge.store.store import Store


class Desk:
    """Gathers what a decision needs and hands the pure decision to the writer.

    Returns once everything the event caused is on disk. StoreTrouble means that nothing is, and reaches every shore;
    what bots and operators did wrong is raised to them, what people did wrong comes back as a sentence.
    """

    def __init__(
        self, *, store: Store, rules: Rules, clock: Clock, chats: Mapping[str, ChatPlatform] | None = None
    ) -> None:
        self._room = Room(store, rules, clock, {} if chats is None else chats)
        self._aside = Aside(store, clock)

    @property
    def crowds(self) -> Crowds:
        """How full it is, for who asks before escalating."""
        return self._room.crowds

    @property
    def presence(self) -> Presence:
        return self._room.presence

    @overload
    async def handle(self, event: BotEvent) -> Verdict: ...
    @overload
    async def handle(self, event: ChatEvent) -> Answer: ...
    @overload
    async def handle(self, event: PersonTyping | FeedRead | ReplyTooOld) -> None: ...
    @overload
    async def handle(self, event: ClockEvent) -> None: ...
    @overload
    async def handle(self, event: OperatorClosed) -> Verdict: ...
    @overload
    async def handle(self, event: ev.TicketMoved) -> Verdict | None: ...
    @overload
    async def handle(self, event: DeliverySettled) -> Settled: ...
    @overload
    async def handle(self, event: LanePaused | LaneResumed) -> None: ...
    @overload
    async def handle(self, event: UserErasure) -> Receipt: ...

    async def handle(self, event: Event | OperatorEvent | UserErasure) -> Verdict | Answer | Settled | Receipt | None:
        if isinstance(event, ChatEvent):
            return await self._aside.through(event, lambda: self._take(event), Nothing())
        if isinstance(event, ClockEvent):
            return await self._aside.through(event, lambda: self._take(event), None)
        return await self._take(event)

    async def _take(self, event: Event | OperatorEvent | UserErasure) -> Verdict | Answer | Settled | Receipt | None:
        room = self._room
        match event:
            case ev.Escalated():
                return await from_bots.escalated(room, event)
            case ev.UserWrote():
                return await from_bots.user_wrote(room, event)
            case ev.UserEdited() | ev.UserDeleted():
                return await from_bots.user_revised(room, event)
            case ev.TicketPatched():
                return await from_bots.patched(room, event)
            case ev.TakenBack():
                return await from_bots.taken_back(room, event)
            case ev.UserActive():
                return await from_bots.user_active(room, event)
            case ev.ReceiptGiven():
                return await from_bots.receipt(room, event)
            case ev.ReplyTooOld():
                await from_feed.too_old(room, event)
                return None
            case ev.FeedRead():
                await from_feed.read(room, event)
                return None
            case ev.FromPerson():
                return await self._of_person(event)
            case ev.TicketMoved():
                return await moving.moved(room, event)
            case ev.ThreadGone():
                return await from_people.thread_gone(room, event)
            case ev.PostSeen():
                return await from_echoes.seen(room, event)
            case ev.PersonTyping():
                await from_people.typing(room, event)
                return None
            case ev.DeadlinePassed():
                await from_clock.deadline(room, event)
                return None
            case ev.PlatformBack():
                await from_clock.platform_back(room, event)
                return None
            case ev.PlatformAway():
                await from_clock.platform_away(room, event)
                return None
            case ev.QueueMoved():
                await from_clock.queue_moved(room, event)
                return None
            case ev.OperatorClosed():
                return await from_operators.closed(room, event)
            case DeliverySettled() | LanePaused() | LaneResumed():
                return await from_operators.operated(room, event)
            case UserErasure():
                return await erasing.erased(room, event)
            case _:
                assert_never(event)

    async def _of_person(self, event: ev.PersonEvent) -> Answer:
        room = self._room
        match event:
            case ev.PersonWrote():
                return await from_people.wrote(room, event)
            case ev.PersonEdited() | ev.PersonDeleted():
                return await from_people.revised(room, event)
            case ev.ButtonPressed() | ev.FormSubmitted():
                return await from_people.pressed(room, event)
            case ev.CommandGiven():
                return await from_people.commanded(room, event)
            case ev.FormAsked():
                return await forms.form(room, event)
            case ev.MessageRecast():
                return await from_people.recast(room, event)
            case ev.HomeOpened():
                return await home.page(room, event)
            case _:
                assert_never(event)
