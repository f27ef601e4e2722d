"""The store as the other rooms see it."""

from bridge.store import claims
from bridge.store.commits import Commits
from bridge.store.database import Database, Dialect
from bridge.store.feed import Feed
from bridge.store.lanes import Lanes
from bridge.store.messages import Messages
from bridge.store.now import Now
from bridge.store.outages import Outages
from bridge.store.outbox import Outbox
from bridge.store.parked import Parked
from bridge.store.policies import Policies
from bridge.store.purge import Purge
from bridge.store.sessions import Sessions
from bridge.store.threads import Threads
from bridge.store.tickets import Tickets
from bridge.store.timers import Timers
from bridge.store.users import Users
from bridge.store.writer import Tx, Writer


class Store:
    """Everything that is kept. Read through its parts; write through `writer`, and through the parts that say so."""

    def __init__(self, database: Database, clock: Now) -> None:
        policies = Policies()
        self._database = database
        self.commits = Commits()
        self.writer = Writer(database, policies, self.commits, clock)
        self.tickets = Tickets(database, policies, clock)
        self.messages = Messages(database)
        self.users = Users(database)
        self.threads = Threads(database)
        self.timers = Timers(database)
        self.feed = Feed(database)
        self.lanes = Lanes(database, self.writer, clock)
        self.outbox = Outbox(database, self.writer, self.lanes, clock)
        self.parked = Parked(database, self.writer)
        self.outages = Outages(database, self.writer)
        self.sessions = Sessions(database, self.writer, clock)
        self.purge = Purge(database, self.writer)

    @classmethod
    async def open(cls, url: str, *, clock: Now) -> "Store":
        """Open, without migrating and without starting the writer.

        Raises: ValueError for an address that is none, StoreTrouble when the database cannot be reached.
        """
        return cls(await Database.open(url), clock)

    @property
    def dialect(self) -> Dialect:
        return self._database.dialect

    async def start(self) -> None:
        """Begin to write. On SQLite, with its one process, what is `sending` now was left by a process that died."""
        await self.writer.start()
        if self.dialect == "sqlite":
            await self.writer.work(_orphan_all)

    async def close(self) -> None:
        """Finish the writes that wait, then let go of the connections."""
        await self.writer.close()
        await self._database.close()


async def _orphan_all(tx: Tx) -> None:
    await claims.orphan(tx.connection)
