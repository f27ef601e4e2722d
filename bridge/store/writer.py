"""The group commit: every write of the daemon goes through here.

Whatever waits is taken together: the rows are read, the decisions run in their order of arrival, the sum is written in
bulk, one commit, and only then does anybody get an answer. There is no timer: batches form while the previous commit
runs.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeAlias, TypeVar

import structlog

from bridge.crashpoint import crashpoint
from bridge.domain.change import Verdict
from bridge.domain.errors import AlreadySeen, NoSuchTicket, NotAllowed, StoreTrouble, StoreUnsure
from bridge.domain.refs import TicketId
from bridge.store.asks import Ask, ByTicket
from bridge.store.asyncpg_client import CommitInDoubtError
from bridge.store.commits import Commits
from bridge.store.database import Database, IntegrityError, is_passing, is_trouble
from bridge.store.decided import Decided
from bridge.store.doubt import Doubts
from bridge.store.flushing import Flush
from bridge.store.loading import Loader
from bridge.store.neighbours import Neighbours
from bridge.store.now import Now
from bridge.store.policies import Policies
from bridge.store.sheet import Sheet
from bridge.store.tx import Tx as Tx  # noqa: PLC0414 - where its users look for it

log = structlog.get_logger(__name__)

T = TypeVar("T")

BATCH = 256
WAITING = 4096
"""Beyond this many waiting writes a new one is refused at once."""
TRIES = 3
"""How often a batch is begun anew when two writers stood in each other's way."""


Job: TypeAlias = Callable[[Tx], Awaitable[T]]


@dataclass(slots=True, eq=False)
class _Waiting(Generic[T]):
    """One write in the queue: a decision or a job."""

    done: "asyncio.Future[T]"
    ask: Ask | None = None
    job: Job[T] | None = None
    tickets: tuple[TicketId, ...] = ()
    alone: bool = False
    since: float = field(default_factory=lambda: asyncio.get_running_loop().time())


@dataclass(slots=True)
class _Outcome:
    value: Any = None
    error: Exception | None = None


class Writer:
    """One per process. Several processes on one PostgreSQL keep apart by row locks."""

    def __init__(
        self, database: Database, policies: Policies, commits: Commits, clock: Now, neighbours: Neighbours | None
    ) -> None:
        self._neighbours = neighbours
        self._doubts = Doubts(database, clock) if database.dialect == "postgres" else None
        self._database = database
        self._policies = policies
        self._commits = commits
        self._clock = clock
        self._queue: asyncio.Queue[_Waiting[Any]] = asyncio.Queue(WAITING)
        self._task: asyncio.Task[None] | None = None
        self._oldest: float | None = None
        """Since when the first of the running batch waits."""
        self.decided = Decided()
        self.commits_made = 0
        self.writes_made = 0

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="store-writer")

    async def close(self) -> None:
        """Finish what waits, then stop; later writes are refused."""
        task, self._task = self._task, None
        if task is None:
            return
        await self._queue.join()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def decide(self, ask: Ask) -> Verdict | None:
        """Have a decision made and committed; its answer, or the one given when its key came first.

        None when the decision was that nothing is to be done.
        Raises: what the decision raises; AlreadySeen, NoSuchTicket, StoreTrouble.
        """
        waiting: _Waiting[Verdict | None] = _Waiting(asyncio.get_running_loop().create_future(), ask=ask)
        return await self._enqueue(waiting)

    async def work(self, job: Job[T], tickets: Sequence[TicketId] = (), *, alone: bool = False) -> T:
        """Run any other write inside the batch's transaction; `tickets` are locked before.

        A job may be run again from the start, so it keeps nothing outside the transaction. One that changes what
        decisions of the same batch may have in hand gets a transaction `alone`.
        Raises: what the job raises (the whole job is then undone), StoreTrouble.
        """
        waiting: _Waiting[T] = _Waiting(
            asyncio.get_running_loop().create_future(), job=job, tickets=tuple(tickets), alone=alone
        )
        return await self._enqueue(waiting)

    @property
    def lag(self) -> float:
        """Seconds the oldest write has waited by now; 0 while none waits."""
        return 0.0 if self._oldest is None else asyncio.get_running_loop().time() - self._oldest

    async def _enqueue(self, waiting: "_Waiting[T]") -> T:
        if self._task is None:
            raise StoreTrouble("the store is closed")
        try:
            self._queue.put_nowait(waiting)
        except asyncio.QueueFull:
            raise StoreTrouble("too many writes are waiting") from None
        return await waiting.done

    async def _run(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            self._oldest = batch[0].since
            try:
                for part in _parted(batch):
                    await self._commit([waiting for waiting in part if not waiting.done.done()])
            except Exception:
                # The writer outlives everything: without it no write would ever be made again.
                log.exception("writer_failed", writes=len(batch))
                _refuse(batch, "the write failed")
            finally:
                self._oldest = None
                for _ in batch:
                    self._queue.task_done()

    async def _commit(self, batch: list[_Waiting[Any]]) -> None:
        if not batch:
            return
        try:
            outcomes = await self._attempt_again(batch)
        except StoreUnsure as trouble:
            log.warning("commit_in_doubt", writes=len(batch))
            for waiting in batch:
                _resolve(waiting, _Outcome(error=StoreUnsure(str(trouble))))
            return
        except Exception as error:  # noqa: BLE001 - sorted out by kind below
            if is_trouble(error):
                log.warning("store_trouble", error=type(error).__name__, writes=len(batch))
                _refuse(batch, "the database cannot take a write now")
            elif len(batch) == 1:
                _resolve(batch[0], _Outcome(error=error))
            else:
                # One of them does it: alone, each finds out for itself.
                for waiting in batch:
                    await self._commit([waiting])
            return
        for waiting, outcome in zip(batch, outcomes, strict=True):
            _resolve(waiting, outcome)

    async def _attempt_again(self, batch: list[_Waiting[Any]]) -> list[_Outcome]:
        for attempt in range(TRIES):
            try:
                return await self._attempt(batch)
            except Exception as error:
                # Alone, a collision is another process that was quicker: read what it wrote and decide anew. A commit
                # that was in doubt was not made.
                again = is_passing(error) or isinstance(error, CommitInDoubtError)
                again = again or (isinstance(error, IntegrityError) and len(batch) == 1)
                if not again or attempt == TRIES - 1:
                    raise
                await asyncio.sleep(random.uniform(0, 0.01) * attempt)  # noqa: S311 - jitter, no secret
        raise AssertionError("unreachable")

    async def _attempt(self, batch: list[_Waiting[Any]]) -> list[_Outcome]:
        sheet = Sheet(self._clock.now())
        begin = self._doubts.transaction if self._doubts is not None else self._database.transaction
        async with begin() as connection:
            loader = Loader(sheet, connection, self._policies)
            asks = [waiting.ask for waiting in batch if waiting.ask is not None]
            await loader.load(asks, [ticket for waiting in batch for ticket in waiting.tickets])
            outcomes = {waiting: await _decided(sheet, loader, waiting.ask) for waiting in batch if waiting.ask}
            # Nobody of one batch has had an answer yet, so jobs may as well see what the decisions left.
            tx = Tx(sheet, connection, loader)
            for waiting in batch:
                if waiting.job is not None:
                    outcomes[waiting] = _Outcome(await waiting.job(tx))
            flush = Flush(sheet, connection, self._policies)
            digests = await flush.run()
            if self._neighbours is not None and (sheet.touched or sheet.lanes):
                self._neighbours.tell(flush.bulk, sheet.touched, sheet.lanes)
            if self._doubts is not None:
                await self._doubts.mark(flush.bulk)
            await flush.bulk.send()
            crashpoint("store.before_commit")
        crashpoint("store.after_commit")
        self._policies.committed(digests)
        self.commits_made += 1
        self.writes_made += len(batch)
        self.decided.note(sheet.entries, ((one.ask, outcome.value) for one, outcome in outcomes.items()))
        if sheet.touched or sheet.lanes:
            self._commits.publish(sheet.touched, sheet.lanes)
        return [outcomes[waiting] for waiting in batch]


def _parted(batch: list[_Waiting[Any]]) -> list[list[_Waiting[Any]]]:
    """The batch as it is committed: in one, but for those that want a transaction alone."""
    if not any(waiting.alone for waiting in batch):
        return [batch]
    parts: list[list[_Waiting[Any]]] = [[]]
    for waiting in batch:
        if waiting.alone or (parts[-1] and parts[-1][-1].alone):
            parts.append([])
        parts[-1].append(waiting)
    return parts


async def _decided(sheet: Sheet, loader: Loader, ask: Ask) -> _Outcome:
    try:
        return _Outcome(await _decide(sheet, loader, ask))
    except Exception as error:
        if is_trouble(error):
            raise
        return _Outcome(error=error)


async def _decide(sheet: Sheet, loader: Loader, ask: Ask) -> Verdict | None:
    if ask.key is not None and ask.key in sheet.answers:
        fingerprint, verdict = sheet.answers[ask.key]
        if verdict is None or (fingerprint and ask.fingerprint and fingerprint != ask.fingerprint):
            raise AlreadySeen("the key was used before with another body")
        return replace(verdict, replayed=True)
    situation = sheet.situation(ask)
    ticket = situation.ticket
    if ticket is None and isinstance(ask.find, ByTicket):
        raise NoSuchTicket("no such ticket")
    change = ask.decide(situation)
    if ask.timer is not None and situation.timer_stands and ticket is not None:
        # Also when nothing is to be done: a timer that stayed would come due again and again.
        sheet.consume(ask.timer, ticket.id)
    if change is None:
        return None
    rival = sheet.rival(change.ticket)
    if rival is not None:
        raise NotAllowed("goes_on_elsewhere", number=change.ticket.number, other=rival.number)
    verdict = sheet.apply(change, change.ticket.number or await loader.number())
    if ask.audit is not None:
        sheet.audited.append(ask.audit)
    if ask.key is not None:
        sheet.remember(ask.key, ask.fingerprint, verdict)
    return replace(verdict, said=sheet.said(verdict.ticket.id))


def _resolve(waiting: _Waiting[Any], outcome: _Outcome) -> None:
    if waiting.done.done():
        return
    if outcome.error is not None:
        waiting.done.set_exception(outcome.error)
    else:
        waiting.done.set_result(outcome.value)


def _refuse(batch: Sequence[_Waiting[Any]], reason: str) -> None:
    for waiting in batch:
        _resolve(waiting, _Outcome(error=StoreTrouble(reason)))
