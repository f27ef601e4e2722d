"""What must be true once everything rests, whatever went wrong before: the world, the model and the store agree."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bridge.domain.deliveries import DeliveryState
from bridge.domain.refs import BotName, TicketId
from bridge.domain.views import DeliveryView, TicketView
from bridge.store import Store
from tests.simulation import on_callbacks, on_lifecycle, on_threads
from tests.simulation.trouble import Trouble
from tests.simulation.users import Users
from tests.simulation.words import How, Said, Word
from tests.simulation.world import World


@dataclass
class Facts:
    """Everything there is to compare."""

    world: World
    said: Said
    users: Users
    trouble: Trouble
    store: Store
    left: Sequence[DeliveryView]
    views: dict[TicketId, TicketView] = field(default_factory=dict)
    listed: set[TicketId | None] = field(default_factory=set)
    """Tickets whose history stands among the failed deliveries."""
    figures: Counter[str] = field(default_factory=Counter)

    async def read(self) -> None:
        dead = await self.store.outbox.views([DeliveryState.DEAD])
        self.listed = {each.ticket for each in dead if each.what == "PostHistory"}
        for bot in self.world.bots:
            tickets, _ = await self.store.tickets.list(BotName(bot), limit=200)
            for ticket in tickets:
                view = await self.store.tickets.view(ticket.id)
                if view is not None:
                    self.views[ticket.id] = view


Check = Callable[[Facts], Awaitable[list[str]]]


async def _accepted(facts: Facts) -> list[str]:
    """Whatever was answered with a yes is in the store, and shown or listed as failed."""
    found = [
        f"ticket {ticket} of {each.external_id}" for each in facts.users.conversations for ticket in each.tickets
        if ticket not in facts.views
    ]  # fmt: skip
    for word in facts.said.words.values():
        if word.order is not None and word.ticket in facts.views:
            found += await _kept(facts, word)
    facts.figures["tickets"] += len(facts.views)
    facts.figures["words accepted"] += sum(word.order is not None for word in facts.said.words.values())
    return found


async def _kept(facts: Facts, word: Word) -> list[str]:
    view = facts.views[word.ticket]
    match word.how:
        case How.USER:
            return on_threads.missing(facts, word, view)
        case How.THREAD | How.NOTE if word.thread is not None and word.origin is not None:
            owner = await facts.store.threads.ticket_of(word.thread)
            shown = facts.world.chats[word.thread.lane.platform].channels.threads[word.thread.root]
            if shown.deleted or word.deleting or (owner is not None and not owner[1]):
                return []  # its writer took it back, or was told that the ticket left that thread
            kept = owner is not None and await facts.store.messages.by_origin(word.origin) is not None
            return [] if kept else [f"{word.token} of {word.by} in {word.thread.root}"]
        case _:
            kept = any(word.token in message.text.split() for message in view.messages)
            return [] if kept else [f"{word.token} of {word.by} from the console"]


async def _rests(facts: Facts) -> list[str]:
    found = [f"{each.what} to {each.lane} is {each.state} after {each.attempts}: {each.reason}" for each in facts.left]
    if facts.world.waiting:
        found.append(f"{facts.world.waiting} events never had an answer")
    return found


async def _timers(facts: Facts) -> list[str]:
    due = await facts.store.timers.due(facts.world.clock.now(), 50)
    return [f"{each.timer} of {each.ticket} was due at {each.due} and still stands" for each in due] + [
        line for view in facts.views.values() for line in on_lifecycle.reminded_twice(view)
    ]


async def _unforeseen(facts: Facts) -> list[str]:
    return [each for each in facts.world.complaints if "outbox_promoted_stuck" not in each]


async def _stuck(facts: Facts) -> list[str]:
    return [each for each in facts.world.complaints if "outbox_promoted_stuck" in each]


def _of_each(check: Callable[[TicketView], list[str]]) -> Check:
    async def every(facts: Facts) -> list[str]:
        return [f"#{view.ticket.number}: {line}" for view in facts.views.values() for line in check(view)]

    return every


def _of_all(check: Callable[[Facts], list[str]]) -> Check:
    async def once(facts: Facts) -> list[str]:
        return check(facts)

    return once


INVARIANTS: dict[str, Check] = {
    "what was accepted is never lost": _accepted,
    "one thread per ticket and place": _of_all(on_threads.threads),
    "one post per key": _of_all(on_threads.posts),
    "words stand once and in order": _of_all(on_threads.words),
    "withdrawn words never leave": _of_all(on_threads.withdrawn),
    "one webhook-id per reply": _of_all(on_callbacks.keys),
    "every sent reply reached its bot": _of_all(on_callbacks.reached),
    "callbacks come in order": _of_all(on_callbacks.order),
    "inside stays inside": _of_all(on_callbacks.inside),
    "one owner at a time": _of_each(on_lifecycle.owners),
    "the log has no holes": _of_each(on_lifecycle.holes),
    "the epoch follows the owner": _of_each(on_lifecycle.epochs),
    "timers fire once": _timers,
    "nothing is left under way or unknown": _rests,
    "nothing was stuck": _stuck,
    "nothing unforeseen happened": _unforeseen,
}


async def violations(facts: Facts) -> list[str]:
    """Every invariant that does not hold, by its name."""
    await facts.read()
    return [f"{name}: {line}" for name, check in INVARIANTS.items() for line in await check(facts)]
