"""What befalls the site: outages, archived channels, a full disk, a wrong clock, the power; operators look at it."""

from collections.abc import Callable

from bridge.domain.deliveries import DeliveryState
from bridge.domain.events.operators import DeliverySettled, LaneResumed, Operator, Settle
from bridge.domain.refs import BotName, DeliveryId, TicketId, bot_lane
from bridge.store import Store
from tests.simulation.faults import Fault
from tests.simulation.rules import LANES
from tests.simulation.world import World

ADMIN = Operator(key="operator:root", via="cli")


class Trouble:
    """Plans it, and has it end."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seconds = 0.0
        self.settled: set[TicketId | str | None] = set()
        """Tickets of which operators sent something anew, or dropped it: out of its order."""
        self.stop: Callable[[], None] = lambda: None
        """Stops the process in order; who runs it says how."""

    def plan(self, seconds: float) -> None:
        rng = self._world.rng
        self._seconds = seconds
        often = (
            (self.kill, 0.75, 3), (self.stopped, 0.25, 1), (self.down, 0.25, 1), (self.away, 0.25, 1),
            (self.archive, 0.2, 1), (self.full, 0.3, 2), (self.clock, 0.25, 2), (self.bot_gone, 0.2, 1),
            (self.operate, 0.4, 2),
        )  # fmt: skip
        for act, odds, most in often:
            if rng.random() < odds:
                for _ in range(rng.randrange(1, most + 1)):
                    self._world.agenda.after(rng.uniform(2.0, seconds), act)

    def kill(self) -> None:
        """At one of the next steps of the process, wherever it then is."""
        middle, world = self._world.middle, self._world
        if middle is None or world.weather.clear:
            return
        machine = middle.machine
        world.weather.note(Fault.KILLED if middle.up else Fault.KILLED_TWICE)
        machine.kill_after(world.rng.randrange(0, 120))
        world.agenda.after(6.0, machine.kill)
        if world.rng.random() < 0.3:
            world.agenda.after(world.rng.uniform(0.5, 6.0), self.kill_in_start)

    def kill_in_start(self) -> None:
        middle = self._world.middle
        if middle is None or middle.up or self._world.weather.clear:
            return
        self._world.weather.note(Fault.KILLED_TWICE)
        middle.machine.kill_after(self._world.rng.randrange(0, 40))

    def stopped(self) -> None:
        if self._world.middle is not None and self._world.middle.up and not self._world.weather.clear:
            self._world.weather.note(Fault.STOPPED)
            self.stop()

    def down(self) -> None:
        self._out(Fault.DOWN)

    def away(self) -> None:
        self._out(Fault.AWAY)

    def _out(self, fault: Fault) -> None:
        world = self._world
        channels = world.rng.choice([shore.channels for shore in world.chats.values()])
        if world.weather.clear:
            return
        world.weather.note(fault)
        channels.refuses, channels.connected = fault is Fault.DOWN, fault is not Fault.AWAY

        def back() -> None:
            channels.refuses, channels.connected, channels.since = False, True, world.agenda.now

        world.agenda.after(world.rng.uniform(3.0, 100.0), back)

    def archive(self) -> None:
        world = self._world
        lane = world.rng.choice(LANES)
        if world.weather.clear:
            return
        world.weather.note(Fault.ARCHIVED)
        archived = world.chats[lane.platform].channels.archived
        archived.add(lane)
        if world.rng.random() < 0.5:
            world.agenda.after(world.rng.uniform(5.0, 80.0), lambda: archived.discard(lane))

    def full(self) -> None:
        world = self._world
        if world.middle is None or world.weather.clear:
            return
        world.weather.note(Fault.FULL)
        world.middle.machine.full_until = world.agenda.now + world.rng.uniform(0.2, 8.0)

    def clock(self) -> None:
        if not self._world.weather.clear:
            self._world.weather.note(Fault.CLOCK)
            wrong = self._world.clock.wrong + self._world.rng.uniform(-80.0, 80.0)
            # Look-ups begin two minutes before the attempt: a clock that is wrong by more may hide a post from them.
            self._world.clock.wrong = max(-100.0, min(100.0, wrong))

    def bot_gone(self) -> None:
        world = self._world
        if world.weather.clear:
            return
        name, shore = world.rng.choice(list(world.bots.items()))
        world.weather.note(Fault.BOT_GONE)
        shore.gone = True

        def back() -> None:
            shore.gone = False
            self._resume(name)

        world.agenda.after(world.rng.uniform(5.0, 60.0), back)

    def _resume(self, name: BotName) -> None:
        lane, world = bot_lane(name), self._world
        world.report(lambda: LaneResumed(lane=lane, by=ADMIN, at=world.clock.now()), lambda answer: None)

    def operate(self) -> None:
        """An operator looks at what was given up, and decides."""
        middle = self._world.middle
        if middle is not None and middle.up and middle.store is not None:
            middle.spawn(self._look(middle.store))

    async def _look(self, store: Store) -> None:
        world = self._world
        for view in await store.outbox.views([DeliveryState.DEAD]):
            how = world.rng.choice((Settle.RETRY, Settle.RETRY, Settle.DROP))
            self.settled.add(view.ticket)
            self._settle(view.id, how)

    def _settle(self, delivery: DeliveryId, how: Settle) -> None:
        def make() -> DeliverySettled:
            return DeliverySettled(delivery=delivery, settle=how, by=ADMIN, at=self._world.clock.now())

        self._world.report(make, lambda answer: None, again=False)

    def end(self) -> None:
        """Every fault is over; operators let go on what stood still."""
        world = self._world
        world.weather.clear = True
        for chat in world.chats.values():
            channels = chat.channels
            if channels.refuses or not channels.connected:
                channels.refuses, channels.connected, channels.since = False, True, world.agenda.now
        for name, shore in world.bots.items():
            if shore.gone:
                shore.gone = False
                self._resume(name)
        if world.middle is not None:
            world.middle.machine.full_until = 0.0
