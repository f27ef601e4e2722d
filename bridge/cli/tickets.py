"""`handrail tickets …`: look at tickets and close them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, fail, say, work

if TYPE_CHECKING:
    from bridge.domain.ticket import Ticket
    from bridge.domain.views import InboxRow, TicketView
    from bridge.rulebook.book import RuleBook
    from bridge.store.store import Store

app = typer.Typer(help="Look at tickets and close them.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(help="The ticket's number, with or without #.")]


@app.command("list")
def list_(
    closed: Annotated[bool, typer.Option("--closed", help="The closed ones instead.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    config: ConfigOption = DEFAULT,
) -> None:
    """The open tickets, those waiting longest first."""
    from bridge.domain.views import Section

    section = Section.CLOSED if closed else Section.OPEN

    async def job(_book: "RuleBook", store: "Store") -> "list[InboxRow]":
        return list((await store.tickets.inbox(section, limit=limit)).rows)

    rows = work(config, job)
    if not rows:
        print("No ticket is closed." if closed else "Nobody is waiting.")
    for row in rows:
        say(_row(row))


def _row(row: "InboxRow") -> str:
    ticket = row.ticket
    who = ticket.assignee.name if ticket.assignee else "-"
    waits = _ago(ticket.waiting_since) if ticket.waiting_since else "on them"
    return f"#{ticket.number}  {ticket.state:<8}  {waits:>8}  {who:<12}  {row.user}: {row.title}"


def _ago(since: datetime) -> str:
    minutes = int((datetime.now(UTC) - since).total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


async def _view(store: "Store", number: str) -> "TicketView":
    ticket = await _found(store, number)
    view = await store.tickets.view(ticket.id)
    if view is None:
        fail(f"There is no ticket {number}.")
    return view


def _read(config: Path, number: str) -> "TicketView":
    async def job(_book: "RuleBook", store: "Store") -> "TicketView":
        return await _view(store, number)

    return work(config, job)


async def _found(store: "Store", number: str) -> "Ticket":
    digits = number.removeprefix("#")
    ticket = await store.tickets.by_number(int(digits)) if digits.isascii() and digits.isdigit() else None
    if ticket is None:
        fail(f"There is no ticket {number}.")
    return ticket


@app.command()
def show(number: Number, config: ConfigOption = DEFAULT) -> None:
    """A ticket's card and its log."""
    from bridge.domain.card import build_card
    from bridge.domain.paint import plain

    view = _read(config, number)
    card = build_card(view, now=datetime.now(UTC))
    for line in (f"{card.symbol} {card.state_word}  #{card.number}  {card.title}", plain(card.who), *card.body,
                 plain(card.facts), plain(card.status), f"rule: {card.rule} ({view.ticket.route_reason})"):  # fmt: skip
        if line:
            say(line)
    print()
    for entry in view.entries:
        facts = "  ".join(f"{name}={value}" for name, value in entry.facts.items())
        say(f"{entry.seq:>4}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.kind:<22} {entry.actor.name}  {facts}")


@app.command()
def close(
    number: Number,
    outcome: Annotated[str, typer.Option(help="resolved, returned_to_bot, cancelled, expired or spam.")] = "resolved",
    config: ConfigOption = DEFAULT,
) -> None:
    """Close a ticket: its bot has the conversation again. A running daemon delivers what follows."""
    from bridge.desk.desk import Desk
    from bridge.domain.errors import NotAllowed
    from bridge.domain.events import EventKey, OperatorClosed
    from bridge.domain.refs import new_id
    from bridge.domain.ticket import Outcome
    from bridge.ports.clock import SystemClock
    from bridge.rulebook.reload import Rules

    if outcome not in set(Outcome):
        fail(f"--outcome is one of {', '.join(Outcome)}.")

    async def job(book: "RuleBook", store: "Store") -> None:
        ticket = await _found(store, number)
        clock = SystemClock()
        desk = Desk(store=store, rules=Rules(book), clock=clock)
        key = EventKey("operator", new_id("evt"))
        event = OperatorClosed(key=key, ticket=ticket.id, outcome=Outcome(outcome), at=clock.now())
        try:
            await desk.handle(event)
        except NotAllowed:
            fail(f"#{ticket.number} is closed already.")
        print(f"#{ticket.number} is closed: {outcome}.")

    work(config, job)


@app.command()
def why(number: Number, config: ConfigOption = DEFAULT) -> None:
    """Why a ticket is where it is: facts and rules as they were, and what today's rules would say."""
    from bridge.rulebook import explain

    async def job(book: "RuleBook", store: "Store") -> str:
        view = await _view(store, number)
        found = explain.why(book, view.ticket, view.brief, view.user, datetime.now(UTC))
        return "\n".join(explain.told_why(book, found))

    say(work(config, job))


def transcript(
    number: Number,
    json: Annotated[bool, typer.Option("--json", help="As JSON instead of Markdown.")] = False,
    notes: Annotated[bool, typer.Option("--notes", help="With what was written inside.")] = False,
    config: ConfigOption = DEFAULT,
) -> None:
    """A ticket's conversation."""
    from bridge.domain.transcript import as_json, as_markdown

    view = _read(config, number)
    if json:
        print(_harmless(as_json(view, inside=notes)))
    else:
        say(as_markdown(view, inside=notes))


def _harmless(value: object) -> str:
    """JSON that is both exact and safe to look at: what cannot be printed is escaped."""
    from json import dumps

    text = dumps(value, indent=2, ensure_ascii=False)
    return "".join(char if char.isprintable() or char == "\n" else dumps(char)[1:-1] for char in text)
