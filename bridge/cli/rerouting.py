"""`handrail tickets reroute` and `handrail tickets orphans`: running tickets after the file was edited."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, fail, say, work

if TYPE_CHECKING:
    from bridge.desk.desk import Desk
    from bridge.domain.change import Verdict
    from bridge.domain.events import TicketMoved
    from bridge.domain.ticket import Ticket
    from bridge.rulebook.book import RuleBook
    from bridge.store.store import Store

AT_ONCE = 100


def reroute(
    route: Annotated[str | None, typer.Option("--route", help="Only tickets that are on this route.")] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="The route they shall go to; else where the file says.")
    ] = None,
    opened_since: Annotated[
        str | None, typer.Option("--opened-since", help="Only tickets opened in the last so long, e.g. 2h.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    config: ConfigOption = DEFAULT,
) -> None:
    """Move running tickets to the rules of the file as it is now. Safe to repeat; a running daemon tells threads."""
    from bridge.rulebook.explain import trial
    from bridge.rulebook.facts import facts_of_ticket

    if route is None and to is None and opened_since is None:
        fail("Say which tickets: --route NAME, --opened-since 2h, or both.")
    since = _since(opened_since)

    async def job(book: "RuleBook", store: "Store") -> list[str]:
        if to is not None and book.route_named(to) is None:
            fail(f"--to: the file has no route called {to!r}.")
        tickets = [
            one for one in await store.followers.running(opened_since=since) if route in {None, one.policy.route}
        ]
        if dry_run:
            words = await store.tickets.told_with([one.id for one in tickets])
            goes = {}
            for one in tickets:
                if one.id in words:
                    user, brief = words[one.id]
                    facts = facts_of_ticket(one, brief, user)
                    goes[one.id] = to or trial(book, facts, one.created_at).policy.route
            return [_line(one, goes[one.id], book, named=to is not None) for one in tickets if one.id in goes]
        return await _moved(book, store, tickets, to)

    lines = [line for line in work(config, job) if line]
    for line in lines:
        say(line)
    print(f"{len(lines)} {'would move' if dry_run else 'moved'}." if lines else "Nothing to move.")


async def _moved(book: "RuleBook", store: "Store", tickets: "list[Ticket]", to: str | None) -> list[str]:
    from bridge.desk.desk import Desk
    from bridge.domain.events import TicketMoved
    from bridge.ports.clock import SystemClock
    from bridge.rulebook.reload import Rules

    clock = SystemClock()
    desk = Desk(store=store, rules=Rules(book), clock=clock)
    events = [
        TicketMoved(
            ticket=one.id, version=one.version, rules=book.digest, by="operator:operator", name="operator",
            via="command", at=clock.now(), to=to,
        )
        for one in tickets
    ]  # fmt: skip
    lines = []
    for begin in range(0, len(events), AT_ONCE):
        verdicts = await asyncio.gather(*(_one(desk, event) for event in events[begin : begin + AT_ONCE]))
        for one, verdict in zip(tickets[begin : begin + AT_ONCE], verdicts, strict=True):
            if verdict is not None:
                now = await store.tickets.get(one.id)
                lines.append(f"#{one.number}  {one.policy.route} -> {now.policy.route if now else '?'}")
    return lines


async def _one(desk: "Desk", event: "TicketMoved") -> "Verdict | None":
    return await desk.handle(event)


def _line(ticket: "Ticket", goes: str, book: "RuleBook", *, named: bool) -> str:
    """Empty for a ticket that stays as it is."""
    from bridge.domain.policy import follows, same_rules

    there = book.route_named(goes)
    stays = same_rules if named else follows
    if there is None or stays(ticket.policy, there.policy):
        return ""
    return f"#{ticket.number}  {ticket.policy.route} -> {goes}"


def orphans(config: ConfigOption = DEFAULT) -> None:
    """Running tickets whose platform or bot the file does not name any more.

    What a bot should hear waits; a ticket without its platform goes to its next place with the next words.
    """
    from bridge.rulebook.following import lost_shores

    async def job(book: "RuleBook", store: "Store") -> list[str]:
        found = []
        for one in await store.followers.running():
            lane = one.thread.lane if one.thread is not None else one.policy.lane
            lost = lost_shores(book, one.bot, lane.platform if lane is not None else None)
            if lost:
                found.append(f"#{one.number}  {one.state:<8}  waits for {' and '.join(lost)}  ({one.policy.route})")
        return found

    lines = work(config, job)
    for line in lines:
        say(line)
    if lines:
        print("Name it in the config file again, or move them: handrail tickets reroute --route NAME --to OTHER")
    else:
        print("No ticket waits for a platform or a bot that the file does not name.")


def _since(span: str | None) -> datetime | None:
    from bridge.rulebook.scalars import duration

    if span is None:
        return None
    try:
        return datetime.now(UTC) - duration(span)
    except ValueError as wrong:
        fail(f"--opened-since: {wrong}")
