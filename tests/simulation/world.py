"""The world around the middle: its shores, its time, its faults, and which process of the middle runs now."""

import asyncio
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bridge.domain.capabilities import PrivateNotice
from bridge.domain.errors import AlreadySeen, NoSuchTicket, NotAllowed, StoreTrouble
from bridge.domain.events import BotEvent, ChatEvent
from bridge.domain.events.operators import OperatorEvent
from bridge.domain.paint import Notice
from bridge.domain.people import Assignee
from bridge.domain.refs import BotName, ThreadRef
from bridge.ports.bots import Envelope
from tests.simulation.agenda import Agenda
from tests.simulation.calls import Line
from tests.simulation.channels import Channels
from tests.simulation.faults import Fault, Weather
from tests.simulation.machine import VirtualClock
from tests.simulation.middle import Middle
from tests.simulation.rules import BOTS, DISCORD, SLACK
from tests.simulation.shores import BotShore, ChatShore

Reported = BotEvent | ChatEvent | OperatorEvent
REFUSALS = (NotAllowed, NoSuchTicket, AlreadySeen)
Answered = Callable[[Any], None]
"""Told once, with the answer or with the refusal."""


@dataclass
class World:
    """Everything outside; survives every process of the middle."""

    rng: random.Random
    traced: bool = False
    agenda: Agenda = field(default_factory=Agenda)
    middle: Middle | None = None
    complaints: list[str] = field(default_factory=list)
    """What nobody foresaw: errors of the middle that are no answer."""
    waiting: int = 0
    """Events without an answer."""
    on_whisper: Callable[[ThreadRef, Assignee, Notice], None] = lambda thread, to, notice: None
    on_told: Callable[[BotName, Envelope], None] = lambda bot, envelope: None

    def __post_init__(self) -> None:
        self.weather = Weather(self.rng)
        self.clock = VirtualClock(lambda: self.agenda.now)
        self._digest = hashlib.sha256()
        self._asked: dict[Callable[[], None], None] = {}
        # In the order in which they were asked: a set's order is the memory's.
        self.line = Line(self.agenda, self.weather, self.rng, self.trace)
        self.chats = {
            SLACK: self._chat(SLACK, PrivateNotice.ALWAYS),
            DISCORD: self._chat(DISCORD, PrivateNotice.ON_CLICK),
        }
        self.bots = {name: self._bot(name) for name in BOTS}

    def _chat(self, name: str, private: PrivateNotice) -> ChatShore:
        return ChatShore(
            channels=Channels(name), line=self.line, weather=self.weather, agenda=self.agenda, lag=self._lag,
            private=private, on_whisper=self._whispered,
        )  # fmt: skip

    def _bot(self, name: BotName) -> BotShore:
        return BotShore(
            name=name, line=self.line, agenda=self.agenda,
            on_event=lambda envelope, key: self.on_told(name, envelope),
        )  # fmt: skip

    def _whispered(self, thread: ThreadRef, to: Assignee, notice: Notice) -> None:
        self.on_whisper(thread, to, notice)

    def _lag(self) -> float:
        return self.rng.uniform(0.5, 3.5) if self.weather.strikes(Fault.LOOK_LATE) else 0.0

    def trace(self, *facts: object) -> None:
        """One line of what happened; the same seed makes the same lines."""
        line = f"{self.agenda.now:10.4f} {' '.join(map(str, facts))}"
        self._digest.update(line.encode())
        if self.traced:
            print(line)

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def complain(self, what: str) -> None:
        self.trace("unforeseen", what)
        self.complaints.append(what)

    # ── events on their way to the middle ─────────────────────────────────

    def report(self, make: Callable[[], Reported], answered: Answered, *, again: bool = True) -> None:
        """Bring an event to the desk until it is answered; `again=False`: whoever did it does not repeat it."""
        self.waiting += 1
        self._try(make, answered, again=again)

    def _try(self, make: Callable[[], Reported], answered: Answered, *, again: bool) -> None:
        middle = self.middle

        def repeat() -> None:
            self._asked.pop(lost, None)
            if again:
                self.agenda.after(self.rng.uniform(0.5, 4.0), lambda: self._try(make, answered, again=True))
            else:
                self.waiting -= 1

        def lost() -> None:
            """The process died with it."""
            repeat()

        def over(what: Any) -> None:
            if lost in self._asked:
                self._asked.pop(lost, None)
                self.waiting -= 1
                answered(what)

        if middle is None or not middle.up or middle.machine.dead:
            repeat()
            return
        self._asked[lost] = None
        middle.spawn(self._hand_over(middle, make(), over, repeat))

    async def _hand_over(
        self, middle: Middle, event: Reported, over: Callable[[Any], None], repeat: Callable[[], None]
    ) -> None:
        handle: Any = middle.desk.handle if middle.desk is not None else None
        await asyncio.sleep(self.rng.uniform(0.0, 0.05))
        if not middle.machine.step():
            return
        try:
            answer = await handle(event)
        except StoreTrouble:
            if not middle.machine.dead:
                self.trace("not taken", type(event).__name__)
                repeat()
            return
        except REFUSALS as refusal:
            answer = refusal
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody foresaw it
            if not middle.machine.dead:
                self.complain(f"{type(event).__name__}: {type(error).__name__}: {error}")
                repeat()
            return
        if not middle.machine.step():
            return
        if self.weather.strikes(Fault.UNANSWERED, 0.5):
            self.trace("no answer", type(event).__name__)
            repeat()  # decided, and the answer is lost on its way
            return
        self.trace("answered", type(event).__name__, getattr(event, "key", ""), _short(answer))
        over(answer)

    def all_lost(self) -> None:
        """The process is gone, and every event it had not answered."""
        for lost in list(self._asked):
            lost()


def _short(answer: Any) -> str:
    if isinstance(answer, NotAllowed):
        return answer.code
    return str(getattr(answer, "code", type(answer).__name__))
