"""A changed config file comes into force: loaded, judged, built, then exchanged. Or nothing of it does."""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bridge.domain.alarms import Trouble
from bridge.domain.audit import Audited
from bridge.domain.errors import RulebookError, StoreTrouble
from bridge.domain.refs import BotName, bot_lane
from bridge.domain.words import Scalar
from bridge.metrics import Metrics
from bridge.ports.clock import Clock
from bridge.rulebook.book import RuleBook
from bridge.rulebook.following import following
from bridge.rulebook.reload import Rules, RulesState
from bridge.rulebook.watching import Watch
from bridge.shores import Built, Shores
from bridge.store.store import Store

log = structlog.get_logger(__name__)

DAEMON = "system:config"
REFUSED = "config"
ORPHANS = "config orphans"
"""Keys of alarms."""
COUNT_EVERY = timedelta(seconds=20)
LOGGED = 20
"""Complaints per refusal that the log gets; the console shows all."""


class Delivery(Protocol):
    """What of delivery has to know."""

    def bot_called(self, bot: BotName) -> None: ...

    def look_again(self) -> None: ...


class Reloader:
    """Exchanges the rules while everything runs. One reload at a time; the last good file stays in force."""

    def __init__(
        self, *, rules: Rules, shores: Shores, store: Store, clock: Clock, metrics: Metrics, watch: Watch
    ) -> None:
        self._rules = rules
        self._shores = shores
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._watch = watch
        self._delivery: Delivery | None = None
        self._one = asyncio.Lock()
        self._asked: set[asyncio.Task[RulesState]] = set()
        self._count_at: datetime | None = None
        metrics.config_good.set(1)
        metrics.config_loaded_at.set(clock.now().timestamp())

    def attach(self, delivery: Delivery) -> None:
        """Deliveries wait for what a reload may bring back."""
        self._delivery = delivery

    def soon(self) -> None:
        """For a signal's handler: reload as soon as the loop gets to it."""
        task = asyncio.get_running_loop().create_task(self.reload(), name="reload")
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def look(self, now: datetime) -> None:
        """A sweep: read the file again if it changed and has settled; count who follows old rules."""
        if await asyncio.to_thread(self._watch.changed):
            await self.reload()
            return
        # Only a reload, or an edit while we were away, leaves tickets behind; afterwards they can but get fewer.
        state = self._rules.state
        if self._count_at is None:
            # The file was good when we started: what an earlier process said of it is over.
            await self._store.alarms.end(REFUSED, now)
        if self._count_at is None or ((state.outdated or state.orphaned) and now >= self._count_at):
            await self.recount(now)

    async def reload(self, actor: str = DAEMON, via: str = "daemon") -> RulesState:
        """Read the file now. What came of it stands in the state."""
        async with self._one:
            before = self._rules.state.digest
            seen = await asyncio.to_thread(self._watch.seen)
            try:
                book = await asyncio.to_thread(self._rules.read)
                await asyncio.to_thread(self._shores.preload, book)
                built = self._built(book)
            except RulebookError as error:
                await self._refused(error.complaints)
                await self._note(actor, via, "config.refused", {"complaints": len(error.complaints)})
            else:
                await self._taken(book, built)
                if before != self._rules.state.digest or actor != DAEMON:
                    await self._note(actor, via, "config.reloaded", {"before": before})
            await asyncio.to_thread(self._watch.follow, seen)
            self._store.commits.pulse(())
            return self._rules.state

    async def stop(self) -> None:
        for task in list(self._asked):
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)

    def _built(self, book: RuleBook) -> Built:
        """Raises: RulebookError, when an adapter cannot be built."""
        try:
            return self._shores.build(self._rules.adapted(book))
        except Exception as error:
            log.exception("shore_not_built")
            sentence = f"{book.path}:1:1: platforms: a platform or callback cannot be built ({type(error).__name__})"
            raise RulebookError([sentence]) from None

    async def _taken(self, book: RuleBook, built: Built) -> None:
        now = self._clock.now()
        self._rules.replace(book, now)
        await self._shores.take(built)
        for name in built.gone_chats:
            with contextlib.suppress(KeyError):
                self._metrics.platform_up.remove(name)
        for bot in built.moved_bots:
            # What the old address asked for, a 410's standstill too, is not the new one's word.
            with contextlib.suppress(StoreTrouble):
                await self._store.lanes.resume(bot_lane(bot))
        if self._delivery is not None:
            for bot in built.bots:
                self._delivery.bot_called(bot)
            self._delivery.look_again()
        self._metrics.config_good.set(1)
        self._metrics.config_loaded_at.set(now.timestamp())
        state = self._rules.state
        log.info("rules_reloaded", rules=state.digest, needs_restart=list(state.needs_restart))
        with contextlib.suppress(StoreTrouble):
            await self._store.alarms.end(REFUSED, now)
            await self.recount(now)

    async def _refused(self, complaints: list[str]) -> None:
        now = self._clock.now()
        self._rules.refuse(complaints, now)
        self._metrics.config_good.set(0)
        for line in complaints[:LOGGED]:
            log.error("rules_refused", complaint=line)
        if len(complaints) > LOGGED:
            log.error("rules_refused", further=len(complaints) - LOGGED)
        loaded = self._rules.state.loaded_at
        facts = {"complaint": complaints[0], "rules_of": loaded.isoformat() if loaded else None}
        with contextlib.suppress(StoreTrouble):
            await self._store.alarms.begin(REFUSED, Trouble.CONFIG_REFUSED, facts, now)

    async def recount(self, now: datetime) -> None:
        """How many tickets follow an old rule, and how many have lost their platform or their bot."""
        self._count_at = now + COUNT_EVERY
        counts = following(self._rules.current, await self._store.followers.counts())
        if (counts.outdated, counts.orphaned) == (self._rules.state.outdated, self._rules.state.orphaned):
            return
        self._rules.counted(counts)
        self._store.commits.pulse(())
        if counts.orphaned:
            facts: dict[str, Scalar] = {"count": counts.orphaned, "missing": ", ".join(counts.missing)}
            await self._store.alarms.begin(ORPHANS, Trouble.TICKETS_ORPHANED, facts, now)
        else:
            await self._store.alarms.end(ORPHANS, now)

    async def _note(self, actor: str, via: str, action: str, facts: Mapping[str, Scalar]) -> None:
        """`object` is the digest of the rules in force by now."""
        rules = self._rules.state.digest
        audited = Audited(at=self._clock.now(), actor=actor, via=via, action=action, object=rules, facts=facts)
        try:
            await self._store.audit.write(audited)
        except StoreTrouble:
            log.warning("reload_not_audited", rules=rules)
