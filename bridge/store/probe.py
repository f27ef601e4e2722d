"""Can something be written now? Asked by writing."""

from bridge.store.models import CounterRow
from bridge.store.now import Now
from bridge.store.writer import Tx, Writer

NAME = "probe"


class Probe:
    def __init__(self, writer: Writer, clock: Now) -> None:
        self._writer = writer
        self._clock = clock

    async def __call__(self) -> None:
        """Commit one small row on the way of every other write. Raises: StoreTrouble."""
        value = int(self._clock.now().timestamp())

        async def job(tx: Tx) -> None:
            row = CounterRow(name=NAME, value=value)
            await CounterRow.bulk_create([row], on_conflict=("name",), update_fields=("value",), using_db=tx.connection)

        await self._writer.work(job)
