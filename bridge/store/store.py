"""The store as the other rooms see it."""

from bridge.domain.errors import StoreTrouble
from bridge.store import claims
from bridge.store.address import Dialect
from bridge.store.alarms import Alarms
from bridge.store.alone import Alone
from bridge.store.audit import Audit
from bridge.store.budgets import Budgets
from bridge.store.commits import Commits
from bridge.store.database import Database
from bridge.store.deliveries import Deliveries
from bridge.store.echoes import Echoes
from bridge.store.erasing import Erasing
from bridge.store.erasures import Erasures
from bridge.store.feed import Feed
from bridge.store.files import Files
from bridge.store.followers import Followers
from bridge.store.lanes import Lanes
from bridge.store.measures import Measures
from bridge.store.messages import Messages
from bridge.store.neighbours import Neighbours
from bridge.store.now import Now
from bridge.store.outages import Outages
from bridge.store.outbox import Outbox
from bridge.store.ownership import Ownership
from bridge.store.parked import Parked
from bridge.store.policies import Policies
from bridge.store.probe import Probe
from bridge.store.purge import Purge
from bridge.store.quarantine import Quarantine
from bridge.store.retention import Retention
from bridge.store.sessions import Sessions
from bridge.store.threads import Threads
from bridge.store.tickets import Tickets
from bridge.store.timers import Timers
from bridge.store.users import Users
from bridge.store.vault import Vault
from bridge.store.watermarks import Watermarks
from bridge.store.writer import Tx, Writer


class Store:
    """Everything that is kept. Read through its parts; write through `writer`, and through the parts that say so."""

    def __init__(self, database: Database, clock: Now, files_url: str | None = None) -> None:
        policies = Policies()
        postgres = database.dialect == "postgres"
        self._database = database
        self._alone = Alone(database.address.path) if database.dialect == "sqlite" else None
        self.commits = Commits()
        self._neighbours = Neighbours(database.address, self.commits) if postgres else None
        self.writer = Writer(database, policies, self.commits, clock, self._neighbours)
        self.tickets = Tickets(database, policies, clock)
        self.messages = Messages(database)
        self.users = Users(database)
        self.threads = Threads(database)
        self.watermarks = Watermarks(database, self.writer)
        self.timers = Timers(database)
        self.feed = Feed(database, self.writer)
        self.followers = Followers(database, policies)
        self.lanes = Lanes(database, self.writer, clock)
        self.outbox = Outbox(database, self.writer, self.lanes, clock)
        self.parked = Parked(database, self.writer)
        self.outages = Outages(database, self.writer)
        self.alarms = Alarms(database, self.writer)
        self.quarantine = Quarantine(database, self.writer)
        self.sessions = Sessions(database, self.writer, clock)
        self.measures = Measures(database, self.writer, policies, clock)
        self.probe = Probe(self.writer, clock)
        self.purge = Purge(database, self.writer)
        self.files = Files(database, self.writer, Vault(files_url), clock)
        self.erasures = Erasures(database)
        self.erasing = Erasing(database, self.writer, self.files, self.erasures)
        self.retention = Retention(database, self.writer, policies, self.files)
        self.audit = Audit(database, self.writer)
        self.deliveries = Deliveries(database, self.writer)
        self.echoes = Echoes(database, self.writer)
        self.budgets = Budgets(database)
        self.ownership = Ownership(database.address if postgres else None)

    @classmethod
    async def open(cls, url: str, *, clock: Now, files_url: str | None = None) -> "Store":
        """Open, without migrating and without starting the writer. Without `files_url` no file can be kept.

        Raises: ValueError for an address that is none, StoreTrouble when the database cannot be reached.
        """
        return cls(await Database.open(url), clock, files_url)

    @property
    def dialect(self) -> Dialect:
        return self._database.dialect

    async def start(self, *, beside: bool = False) -> None:
        """Begin to write, as the daemon, or `beside` one that may be running (the command line).

        SQLite serves one daemon: what is `sending` when it starts was left by one that died.
        Raises: StoreTrouble when another daemon runs on this SQLite file.
        """
        if self._alone is not None and not beside:
            try:
                self._alone.claim()
            except StoreTrouble:
                # Its threads would keep a process alive that has nothing more to do.
                await self._database.close()
                raise
        await self.writer.start()
        if self._neighbours is not None and not beside:
            await self._neighbours.start()
        if self._alone is not None and not beside:
            await self.writer.work(_orphan_all)

    async def close(self) -> None:
        """Finish the writes that wait, then let go of the connections."""
        await self.writer.close()
        if self._neighbours is not None:
            await self._neighbours.close()
        await self._database.close()
        if self._alone is not None:
            self._alone.release()


async def _orphan_all(tx: Tx) -> None:
    await claims.orphan(tx.connection)
