"""`handrail route …`: where would this go?"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, fail, read_book, say

app = typer.Typer(help="Where would a ticket go, and why?", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Where would a ticket go, and why?"""


@app.command("try")
def try_(
    payload: Annotated[Path, typer.Argument(help="JSON as a bot sends it to POST /v1/tickets, with `bot` added.")],
    at: Annotated[str | None, typer.Option(help="The time to judge by, e.g. 2026-11-24T23:30+01:00.")] = None,
    config: ConfigOption = DEFAULT,
) -> None:
    """Which route takes it and why, who is reminded when, and why each earlier route did not match."""
    import json

    from bridge.rulebook.explain import told, try_route

    book = read_book(config)
    try:
        given = json.loads(payload.read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        fail(f"{payload}: {wrong}")
    if not isinstance(given, dict):
        fail(f"{payload}: expected a JSON object.")
    say("\n".join(told(book, try_route(book, given, _time(at)))))


def _time(at: str | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        fail(f"--at: {at!r} is no time; expected e.g. 2026-11-24T23:30+01:00")
    return found if found.tzinfo else found.replace(tzinfo=UTC)
