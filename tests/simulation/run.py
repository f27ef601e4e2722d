"""One seed: a site lives through its script, is killed and started again, comes to rest, and is compared."""

import asyncio
import contextlib
import random
import shutil
from collections import Counter
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from bridge.domain.deliveries import DeliveryState
from bridge.rulebook import RuleBook
from bridge.store import Store
from tests.simulation.disks import Disk, File
from tests.simulation.faults import Fault
from tests.simulation.invariants import Facts, violations
from tests.simulation.machine import Machine, VirtualLoop, given_entropy, running_on
from tests.simulation.members import Members
from tests.simulation.middle import Middle
from tests.simulation.rules import the_book
from tests.simulation.trouble import Trouble
from tests.simulation.users import Users
from tests.simulation.words import Said
from tests.simulation.world import World

SCRIPT = (30.0, 80.0)
"""Seconds a script lasts, at least and at most."""
REST_WITHIN = 1500.0
"""Seconds after the last fault in which the site must have come to rest."""
LOOK_EVERY = 10.0
UNDER_WAY = (DeliveryState.WAITING, DeliveryState.READY, DeliveryState.SENDING, DeliveryState.UNKNOWN)
FORESEEN = frozenset({
    "not_delivered", "platform_down", "target_lost", "lane_stopped", "outcome_unreadable", "alarm_not_told",
})  # fmt: skip
"""Errors the log may tell of; every other one is a violation."""


@dataclass
class Ran:
    """What one seed showed."""

    seed: int
    digest: str
    violations: list[str]
    struck: Counter[Fault] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)


class Run:
    """Holds the processes of one seed together."""

    def __init__(self, seed: int, disk: Disk, book: RuleBook, *, traced: bool = False) -> None:
        self._rng = random.Random(seed)
        self._entropy = random.Random()
        self._book = book
        self._disk = disk
        self._lives = 0
        self._ended = False
        self.seed = seed
        self.found: list[str] = []
        self.world = World(self._rng, traced=traced)
        self.said = Said()
        self.users = Users(self.world, self.said)
        self.members = Members(self.world, self.said, self.users)
        self.trouble = Trouble(self.world)
        self.trouble.stop = self._stop_in_order
        self.figures: Counter[str] = Counter()

    def run(self, most: float = SCRIPT[1]) -> Ran:
        """All of it; `most`: how many seconds its script may last."""
        seconds = min(most, self._rng.uniform(*SCRIPT))
        self.users.plan(seconds)
        self.members.plan(seconds)
        self.trouble.plan(seconds)
        self.world.agenda.after(seconds, self.trouble.end)
        self.world.agenda.after(seconds + 1.0, self._watch)
        with self._logs(), given_entropy(self._entropy, self.world.clock):
            while not self._ended:
                self._live()
        self.figures["virtual seconds"] = round(self.world.agenda.now)
        self.figures["processes"] = self._lives
        return Ran(self.seed, self.world.digest, self.found, self.world.weather.struck, self.figures)

    def _live(self) -> None:
        """One process, from its start to its end."""
        world = self.world
        self._lives += 1
        self._entropy.seed(self._rng.getrandbits(64))
        random.seed(self._rng.getrandbits(64))
        loop = VirtualLoop(world.agenda.now, sockets=self._disk.sockets)
        asyncio.set_event_loop(loop)
        machine = Machine(loop, random.Random(self._rng.getrandbits(64)), loop.stop)
        middle = Middle(
            self._disk.url, machine, world.clock, book=self._book, chats=world.chats, bots=world.bots,
            complain=world.complain,
        )  # fmt: skip
        world.agenda.attach(loop)
        with running_on(machine):
            world.middle = middle
            world.agenda.after(self._rng.uniform(0.0, 5.0) if self._lives > 1 else 0.0, self._start)
            loop.run_forever()
            world.agenda.detach()
            world.middle = None
            if not self._ended:
                self._disk.outlives()
                world.trace("dead")
                world.all_lost()
            machine.bury()
            loop.set_exception_handler(lambda *_: None)  # what the dead leave undone
            loop.run_until_complete(_cleared(middle))
        loop.close()
        asyncio.set_event_loop(None)

    def _start(self) -> None:
        middle = self.world.middle
        if middle is not None:
            self.world.trace("starts")
            middle.spawn(self._starting(middle))

    async def _starting(self, middle: Middle) -> None:
        try:
            await middle.start()
        except Exception as error:  # noqa: BLE001 - a start that fails is begun again, as a supervisor does
            if not middle.machine.dead:
                self.world.trace("start failed", type(error).__name__)
                middle.machine.kill()

    def _stop_in_order(self) -> None:
        middle = self.world.middle

        async def stopping(middle: Middle) -> None:
            await middle.stop()
            middle.machine.kill()

        if middle is not None:
            self._stopping = asyncio.get_running_loop().create_task(stopping(middle))

    # ── the end ───────────────────────────────────────────────────────────

    def _watch(self) -> None:
        """From now on nothing goes wrong any more: once the site rests it is compared with the world."""
        self._deadline = self.world.agenda.now + REST_WITHIN
        self._look_soon()

    def _look_soon(self) -> None:
        self.world.agenda.after(LOOK_EVERY, self._look)

    def _look(self) -> None:
        middle = self.world.middle
        if middle is None or not middle.up or middle.store is None:
            self._look_soon()
        else:
            middle.spawn(self._judge(middle.store))

    async def _judge(self, store: Store) -> None:
        left = await store.outbox.views(list(UNDER_WAY))
        due = await store.timers.next_due()
        later = due is None or due > self.world.clock.now() + timedelta(minutes=1)
        parked = await store.parked.ready(self.world.clock.now())
        rests = not left and not parked and self.world.waiting == 0 and later
        if not rests and self.world.agenda.now < self._deadline:
            self._look_soon()
            return
        facts = Facts(self.world, self.said, self.users, self.trouble, store, left)
        self.found += await violations(facts)
        self.figures.update(facts.figures)
        self._ended = True
        asyncio.get_running_loop().stop()

    @contextlib.contextmanager
    def _logs(self) -> Iterator[None]:
        """The log says nothing; what it calls an error is a violation unless it was to be expected."""

        def hear(_: Any, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
            if self.world.middle is not None and not self.world.middle.machine.dead:
                said = str(event.get("event"))
                if self.world.traced:
                    self.world.trace("log", level, *(f"{name}={value}" for name, value in event.items()))
                if level in ("error", "exception", "critical") and said not in FORESEEN:
                    error = event.get("exc_info")
                    self.world.complain(f"log: {said} {_told(error)}")
            raise structlog.DropEvent

        before = structlog.get_config()
        structlog.configure(processors=[hear])
        try:
            yield
        finally:
            structlog.configure(**before)


def _told(error: object) -> str:
    import sys

    found = sys.exc_info()[1] if error is True else error
    return f"{type(found).__name__}: {found}" if isinstance(found, BaseException) else ""


async def _cleared(middle: Middle) -> None:
    """Everything that was under way ends here; nothing of it reaches the world."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for _ in range(5):
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=10.0)
        others = {task for task in others if not task.done()}
    await middle.bury()


def run_seed(seed: int, folder: Path, template: Path, *, traced: bool = False) -> Ran:
    """Everything of one seed, in a folder of its own that is gone afterwards."""
    home = folder / f"seed-{seed}"
    home.mkdir(parents=True)
    try:
        return Run(seed, File(home, template), the_book(home), traced=traced).run()
    finally:
        shutil.rmtree(home, ignore_errors=True)
