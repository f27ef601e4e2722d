"""`handrail doctor`: is this site sound, and what is to be done if not?"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, say

if TYPE_CHECKING:
    from bridge.ports.findings import Finding
    from bridge.rulebook.book import RuleBook

SIGNS = {"good": "✓", "doubt": "!", "bad": "✗"}


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Call no bot and no platform.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, one finding a line.")] = False,
    config: ConfigOption = DEFAULT,
) -> None:
    """Look at config, database, clock, files, addresses, bots and platforms. Changes nothing; exit 1 if one is ✗."""
    import asyncio

    found = asyncio.run(_look(config, offline=offline))
    if as_json:
        from json import dumps

        print("\n".join(dumps({"mark": one.mark, "what": one.what, "fix": one.fix}) for one in found))
    else:
        for one in found:
            say(f"{SIGNS[one.mark]} {one.what}")
            if one.fix:
                say(f"    {one.fix}")
    if any(one.mark == "bad" for one in found):
        raise typer.Exit(1)


async def _look(config: Path, *, offline: bool) -> "list[Finding]":
    from bridge.cli import findings as look
    from bridge.ports.clock import SystemClock

    found, book = _config(config)
    found += look.of_versions()
    if book is None:
        return [*found, *look.of_files(config, None)]
    clock = SystemClock()
    found += look.of_address(book)
    database, file = await look.of_database(book.store_url, clock)
    found += database
    found += look.of_files(config, file)
    if not offline:
        for entry in book.bots.values():
            found += await look.of_bot(entry, clock)
        found += await look.of_platforms(book, clock)
    return found


def _config(config: Path) -> "tuple[list[Finding], RuleBook | None]":
    from bridge.cli.findings import bad, doubt, good
    from bridge.demo_secrets import with_demo_secrets
    from bridge.domain.errors import RulebookError
    from bridge.kinds import KINDS, load_book
    from bridge.rulebook.check import notes, warnings

    env = with_demo_secrets(os.environ)
    try:
        book = load_book(config, env)
    except RulebookError as refused:
        return [bad(complaint, "Correct it, then: handrail config check") for complaint in refused.complaints], None
    doubts = [*notes(config), *warnings(config, env, datetime.now(UTC), KINDS)]
    found = [good(f"{config} has no complaints")]
    if doubts:
        found.append(doubt(f"{config} has {len(doubts)} doubtful places", f"handrail config check {config} names them"))
    return found, book
