"""Bots that do not take their callbacks: their backlog goes gently, and cards say so after a minute."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.domain.refs import BotName, Lane, bot_lane
from bridge.domain.views import LaneView
from bridge.ports.clock import Clock

SHOWN_AFTER = timedelta(minutes=1)


@dataclass(slots=True)
class _Trouble:
    since: datetime
    answers: bool = False
    """It took something again, but not yet all that waited."""
    shown: bool = False


class Troubles:
    """What this process saw of failing bots; after a restart the next failure tells it anew."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lanes: dict[Lane, _Trouble] = {}
        self._over: set[BotName] = set()

    def failed(self, lane: Lane) -> None:
        trouble = self._lanes.setdefault(lane, _Trouble(self._clock.now()))
        trouble.answers = False

    def went_well(self, lane: Lane) -> None:
        trouble = self._lanes.get(lane)
        if trouble is None:
            return
        trouble.answers = True
        if trouble.shown:
            trouble.shown = False
            self._over.add(BotName(lane.place))

    def emptied(self, lane: Lane) -> None:
        """Nothing more is due there."""
        trouble = self._lanes.get(lane)
        if trouble is not None and trouble.answers:
            del self._lanes[lane]

    def recovering(self, lane: Lane) -> bool:
        return lane in self._lanes

    def of_bot(self, bot: BotName) -> LaneView | None:
        """For its tickets' cards, once it has failed for a minute."""
        lane = bot_lane(bot)
        trouble = self._lanes.get(lane)
        if trouble is None or trouble.answers or self._clock.now() < trouble.since + SHOWN_AFTER:
            return None
        return LaneView(lane=lane, waiting=0, oldest_at=trouble.since, failing_since=trouble.since)

    def to_show(self) -> set[BotName]:
        """Bots whose tickets' cards have to change now: trouble began to show, or is over. Each is named once."""
        news, self._over = self._over, set()
        for lane, trouble in self._lanes.items():
            bot = BotName(lane.place)
            if not trouble.shown and self.of_bot(bot) is not None:
                trouble.shown = True
                news.add(bot)
        return news

    def next_due(self) -> datetime | None:
        """When the next trouble is old enough to be shown."""
        waiting = [each.since + SHOWN_AFTER for each in self._lanes.values() if not each.shown and not each.answers]
        return min(waiting, default=None)
