"""`handrail store …`: the site's database."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, fail, operator, read_book, say

if TYPE_CHECKING:
    from bridge.store.copying import Copied

app = typer.Typer(help="The site's database.", no_args_is_help=True)

ToOption = Annotated[
    str,
    typer.Option(
        "--to",
        envvar="HANDRAIL_COPY_TO",
        help="Where to, as in store.url: postgres://USER:PASSWORD@HOST/DATABASE or sqlite://PATH. It must be empty. "
        "Give an address with a password by the environment variable.",
    ),
]


@app.callback()
def _group() -> None:
    """The site's database."""


@app.command("copy")
def copy(
    to: ToOption,
    config: ConfigOption = DEFAULT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what there is; write nothing.")] = False,
) -> None:
    """Copy the whole site to an empty database, counted and compared table by table; exit 1 unless all is the same.

    The daemon must be stopped. The copy is there as a whole or not at all: one that fails or is stopped leaves the
    target empty, and is begun again. Kept files are not part of the database; they stay where files.url says.
    """
    import asyncio
    from datetime import UTC, datetime

    from bridge.domain.audit import Audited
    from bridge.domain.errors import HandrailError
    from bridge.store import copying

    book = read_book(config)
    audited = Audited(
        at=datetime.now(UTC), actor=operator(), via="command", action="store.copied", object="store",
        facts={"to": to.partition(":")[0]},
    )  # fmt: skip
    try:
        if dry_run:
            found = asyncio.run(copying.count(book.store_url, to))
        else:
            found = asyncio.run(copying.copy(book.store_url, to, audited, _progress))
    except ValueError as wrong:
        fail(str(wrong).replace("store.url", "--to"))
    except HandrailError as trouble:
        fail(f"Nothing was copied: {trouble}.")
    _print(found, dry_run=dry_run)


def _progress(table: str, rows: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{table}: {rows:,} rows", end="", file=sys.stderr, flush=True)


def _print(found: "Sequence[Copied]", *, dry_run: bool) -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    width = max(len(each.table) for each in found)
    for each in found:
        wrong = "" if each.same else f"   DIFFERENT: {each.after.rows:,} rows there"
        say(f"{each.table:<{width}}  {each.before.rows:>12,}  {each.before.digest % 16**12:012x}{wrong}")
    rows = sum(each.before.rows for each in found)
    if dry_run:
        say(f"{len(found)} tables, {rows:,} rows would be copied. Nothing was written.")
        return
    if not all(each.same for each in found):
        fail("The copy is not the same as the site. It was undone: the target is empty, the site is as it was.")
    say(f"{len(found)} tables, {rows:,} rows: every table is the same in both.")
    say(
        "Now let store.url name the new database, and start the daemon there. The old one is as it was: never run both."
    )
    say("Kept files were not moved; files.url goes on naming them.")
