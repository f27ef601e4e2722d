"""What goes wrong: the kinds, how often each struck, and the weather of one run."""

import random
from collections import Counter
from enum import StrEnum


class Fault(StrEnum):
    SLOW = "a call takes seconds"
    LOST = "a request is lost, its outcome unknown"
    NO_ANSWER = "applied, and the answer never comes"
    LATE = "applied seconds after the caller gave up"
    REFUSED = "a connection is refused"
    RATE_LANE = "rate limited: the channel"
    RATE_BUDGET = "rate limited: a budget"
    RATE_PLATFORM = "rate limited: the platform"
    DOWN = "a platform refuses everything for a while"
    AWAY = "a platform loses its connection"
    ARCHIVED = "a channel is archived"
    THREAD_DELETED = "a thread is deleted"
    REJECTED = "words are rejected in their first form"
    POISON = "words are rejected in every form"
    LOOK_FAILED = "a look-up cannot be made"
    LOOK_LATE = "a post is shown to look-ups seconds later"
    BOT_GONE = "a bot's endpoint says 410"
    REPEATED = "an event is delivered again"
    SHUFFLED = "an event overtakes an earlier one"
    TWICE = "a click is made twice, under two keys"
    STALE = "a button of an old card is pressed"
    KILLED = "the process is killed"
    KILLED_TWICE = "killed again while it starts"
    STOPPED = "the process is stopped in order"
    FULL = "the database refuses writes"
    CLOCK = "the wall clock jumps"
    UNANSWERED = "an event is left without an answer"


CALLS = (Fault.SLOW, Fault.LOST, Fault.NO_ANSWER, Fault.LATE, Fault.REFUSED)
"""May strike any call."""
LIMITS = (Fault.RATE_LANE, Fault.RATE_BUDGET, Fault.RATE_PLATFORM)


class Weather:
    """How likely each kind is in one run; every kind may strike until the sky clears."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.clear = False
        self.struck: Counter[Fault] = Counter()
        rough = rng.random()
        self._odds = {kind: rng.uniform(0.01, 0.16) * rough for kind in Fault}
        for kind in rng.sample(list(Fault), k=rng.randrange(4)):
            self._odds[kind] = rng.uniform(0.2, 0.4)

    def strikes(self, kind: Fault, scale: float = 1.0) -> bool:
        """Draw; what strikes is counted."""
        hit = not self.clear and self._rng.random() < self._odds[kind] * scale
        if hit:
            self.struck[kind] += 1
        return hit

    def note(self, kind: Fault) -> None:
        """It struck, by other odds than these."""
        self.struck[kind] += 1
