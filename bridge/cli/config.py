"""`handrail config …`: the admin's file."""

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, fail, read_book

app = typer.Typer(help="Check the config file and run its tests.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Check the config file and run its tests."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(envvar="HANDRAIL_CONFIG", help="The file to check.")] = DEFAULT,
) -> None:
    """Every complaint at once, each with its line; exit 1 if there is one."""
    import os

    from bridge.demo_secrets import with_demo_secrets
    from bridge.kinds import KINDS
    from bridge.rulebook.check import complaints, notes

    found = complaints(file, with_demo_secrets(os.environ), KINDS)
    if found:
        fail("\n".join(found))
    for note in notes(file):
        print(f"note: {note}")
    print(f"{file}: no complaints.")


@app.command("test")
def run_tests(
    config: ConfigOption = DEFAULT,
    coverage: Annotated[bool, typer.Option("--coverage", help="Also list routes that no test reaches.")] = False,
) -> None:
    """Run the file's own `tests:`; exit 1 if one fails."""
    from datetime import UTC, datetime

    from bridge.rulebook.route_tests import run, unreached

    book = read_book(config)
    results = run(book, datetime.now(UTC))
    for result in results:
        print(f"{'FAILED' if result.failures else 'passed'}  {result.test.name}   ({config}:{result.test.line})")
        for failure in result.failures:
            print(f"          {failure}")
    if coverage:
        print("\n".join(f"no test reaches {name}" for name in unreached(book, results)) or "Every route is reached.")
    failed = sum(1 for result in results if result.failures)
    if failed:
        fail(f"{failed} of {len(results)} tests failed.")
    print(f"{len(results)} tests passed.")
