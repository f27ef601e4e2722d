"""The table of sweeps."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bridge.desk.desk import Desk
from bridge.jobs.alarms import TellAlarms, WatchLanes
from bridge.jobs.fetching import NOWHERE, FetchFiles
from bridge.jobs.left_files import ForgetFiles
from bridge.jobs.news import TellDelays, TellQueue
from bridge.jobs.parked import RelayParked
from bridge.jobs.platform_back import GiveTimeBack
from bridge.jobs.purge import Purge
from bridge.jobs.retention import ForgetInTime
from bridge.jobs.seal import SealHours
from bridge.jobs.stuck import PromoteStuck
from bridge.jobs.timers import FireTimers
from bridge.jobs.turns import Sweep, Turns
from bridge.jobs.witness import Witness
from bridge.metrics import Metrics
from bridge.ports.clock import Clock
from bridge.rulebook import Rules
from bridge.store import Store


class Jobs:
    """Started once the store and the desk are; stopped before them."""

    def __init__(
        self,
        *,
        desk: Desk,
        store: Store,
        rules: Rules,
        clock: Clock,
        metrics: Metrics,
        further: Sequence[Sweep] = (),
        chats: Mapping[str, object] = NOWHERE,
    ) -> None:
        """`further` are sweeps of what only the composition root knows; `chats` may keep files of members."""
        self.platform_back = GiveTimeBack(desk, store)
        """For delivery's dispatcher, which knows when an outage ends."""
        self.sweeps = (
            Sweep("timers", timedelta(seconds=1), FireTimers(desk, store)),
            Sweep("parked", timedelta(seconds=1), RelayParked(desk, store)),
            Sweep("stuck", timedelta(seconds=30), PromoteStuck(store, metrics)),
            Sweep("purge", timedelta(hours=1), Purge(store)),
            Sweep("retention", timedelta(hours=1), ForgetInTime(store)),
            Sweep("files", timedelta(seconds=1), FetchFiles(store, rules, chats=chats)),
            Sweep("left files", timedelta(hours=1), ForgetFiles(store)),
            Sweep("measures", timedelta(seconds=2), Witness(store, metrics)),
            Sweep("hours", timedelta(minutes=5), SealHours(store)),
            Sweep("lanes", timedelta(seconds=10), WatchLanes(store)),
            Sweep("delays", timedelta(seconds=5), TellDelays(desk, store)),
            Sweep("queue", timedelta(seconds=15), TellQueue(desk, store, rules)),
            Sweep("alarms", timedelta(seconds=2), TellAlarms(store, rules)),
            *further,
        )
        self._turns = Turns(self.sweeps, clock)

    async def start(self) -> None:
        await self._turns.start()

    async def stop(self) -> None:
        """No new turn begins; the running ones end, or are cut off after a while."""
        await self._turns.stop()
