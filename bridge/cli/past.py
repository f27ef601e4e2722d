"""Escalations of the past, from a file or from the database; and `handrail simulate`."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.site import DEFAULT, ConfigOption, fail, opened, read_book, say

if TYPE_CHECKING:
    from bridge.rulebook.book import RuleBook
    from bridge.rulebook.past import PastEvent

PAGE = 500


def from_file(path: Path, book: "RuleBook") -> "list[PastEvent]":
    """One escalation a line, or a sentence per line that is none and exit 1."""
    from bridge.rulebook.past import read_events

    try:
        return read_events(path.read_text(encoding="utf-8"), datetime.now(UTC), book.bots)
    except OSError as trouble:
        fail(f"{path}: {trouble.strerror}")
    except ValueError as wrong:
        fail("\n".join(f"{path}: {line}" for line in str(wrong).splitlines()))


def from_database(book: "RuleBook", days: int) -> "list[PastEvent]":
    """The site's tickets of the last days, with their facts as they were."""
    from bridge.domain.errors import StoreTrouble

    try:
        return asyncio.run(_read(book, datetime.now(UTC) - timedelta(days=days)))
    except StoreTrouble as trouble:
        fail(f"{trouble}\nIs the database there, and up to date? Run: handrail migrate. Or give --events FILE.")


async def _read(book: "RuleBook", since: datetime) -> "list[PastEvent]":
    from bridge.rulebook.facts import facts_of_ticket
    from bridge.rulebook.past import PastEvent

    found = []
    async with opened(book) as store:
        tickets = await store.followers.opened(since)
        for begin in range(0, len(tickets), PAGE):
            page = tickets[begin : begin + PAGE]
            words = await store.tickets.told_with([ticket.id for ticket in page])
            for ticket in page:
                if ticket.id not in words:
                    continue
                user, brief = words[ticket.id]
                took = ticket.claimed_at - ticket.created_at if ticket.claimed_at else None
                found.append(
                    PastEvent(
                        name=f"#{ticket.number}",
                        at=ticket.created_at,
                        facts=facts_of_ticket(ticket, brief, user),
                        claimed_after=took,
                    )
                )
    return found


def simulate(
    events: Annotated[
        Path, typer.Option(help="Escalations, one JSON object a line, with `at` and perhaps `claimed_after`: 5m.")
    ],
    config: ConfigOption = DEFAULT,
) -> None:
    """A day of escalations on a virtual clock: who is pinged when. Nothing is sent."""
    from bridge.rulebook.past import simulate as run
    from bridge.rulebook.past import table, tally

    book = read_book(config)
    zone = ZoneInfo(book.timezone)
    pings = run(book, from_file(events, book))
    if not pings:
        print("No escalations.")
        return
    rows = [("when", "what", "route", "does", "who")]
    rows += [
        (f"{ping.at.astimezone(zone):%a %d %b %H:%M:%S}", ping.event, ping.route, ping.do, ping.who) for ping in pings
    ]
    say("\n".join(table(rows)))
    say(
        "\n"
        + ("\n".join(f"{who}: reminded {count} times" for who, count in tally(pings).items()) or "Nobody is reminded.")
    )
