"""`handrail config …`: the admin's file."""

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, fail, read_book, say

app = typer.Typer(help="Check the config file, run its tests, see what it means.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Check the config file, run its tests, see what it means."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(envvar="HANDRAIL_CONFIG", help="The file to check.")] = DEFAULT,
    live: Annotated[bool, typer.Option("--live", help="Also look up every id at its platform.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings too.")] = False,
) -> None:
    """Every complaint at once, each with its line; exit 1 if there is one. Warnings are what is probably not meant."""
    import os
    from datetime import UTC, datetime

    from bridge.demo_secrets import with_demo_secrets
    from bridge.kinds import KINDS
    from bridge.rulebook.check import complaints, notes, warnings

    env = with_demo_secrets(os.environ)
    found = complaints(file, env, KINDS)
    if found:
        fail("\n".join(found))
    for note in notes(file):
        print(f"note: {note}")
    warned = warnings(file, env, datetime.now(UTC), KINDS)
    for line in warned:
        print(f"warning: {line}")
    if live:
        _look_up(file)
    if warned and strict:
        fail(f"{file}: no complaints, but {len(warned)} warning{'s' if len(warned) > 1 else ''}.")
    print(f"{file}: no complaints.")


def _look_up(file: Path) -> None:
    import asyncio

    from bridge.cli.looking import look_up

    lines, wrong = asyncio.run(look_up(file, read_book(file)))
    for line in lines:
        say(line)
    if wrong:
        fail(f"{file}: {wrong} of {len(lines)} names cannot be used as they are.")


@app.command("test")
def run_tests(
    config: ConfigOption = DEFAULT,
    coverage: Annotated[bool, typer.Option("--coverage", help="Also list routes that no test reaches.")] = False,
    junit: Annotated[Path | None, typer.Option("--junit", help="Also write the results to FILE as JUnit XML.")] = None,
) -> None:
    """Run the file's own `tests:`; exit 1 if one fails."""
    from datetime import UTC, datetime

    from bridge.rulebook.junit import junit as as_xml
    from bridge.rulebook.route_tests import run, unreached

    book = read_book(config)
    results = run(book, datetime.now(UTC))
    for result in results:
        print(f"{'FAILED' if result.failures else 'passed'}  {result.test.name}   ({config}:{result.test.line})")
        for failure in result.failures:
            print(f"          {failure}")
    if coverage:
        print("\n".join(f"no test reaches {name}" for name in unreached(book, results)) or "Every route is reached.")
    if junit is not None:
        try:
            junit.write_bytes(as_xml(results, str(config)))
        except OSError as trouble:
            fail(f"{junit}: {trouble.strerror}")
    failed = sum(1 for result in results if result.failures)
    if failed:
        fail(f"{failed} of {len(results)} tests failed.")
    print(f"{len(results)} tests passed.")


@app.command()
def explain(
    route: Annotated[str, typer.Argument(help="The route's name.")],
    config: ConfigOption = DEFAULT,
) -> None:
    """The route with all that it inherits: each value, its line, and the route it comes from."""
    from bridge.rulebook.complaints import did_you_mean
    from bridge.rulebook.effective import effective, told
    from bridge.rulebook.source import read

    book = read_book(config)
    named = book.route_named(route)
    source, _ = read(config)
    found = effective(source, route, named.policy) if named is not None else None
    if found is None:
        names = [each.name for each in book.routes()]
        fail(f"{config}: no route is called {route!r}{did_you_mean(route, names) or '; there is ' + ', '.join(names)}")
    say("\n".join(told(found)))


@app.command()
def schema() -> None:
    """The file's JSON Schema, for editors. It is also in config/schema.json."""
    from bridge.rulebook.schema import schema_text

    print(schema_text(), end="")


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The file as it was.")],
    new: Annotated[Path, typer.Argument(help="The file as it shall be.")],
    events: Annotated[
        Path | None, typer.Option(help="Escalations, one JSON object a line; else the tickets of the database.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far back the database's tickets count.")] = 14,
) -> None:
    """Which past tickets would now go elsewhere. Nothing is moved."""
    from bridge.cli.past import from_database, from_file
    from bridge.rulebook.past import differences, table

    before, after = read_book(old), read_book(new)
    past = from_file(events, after) if events is not None else from_database(after, days)
    found = list(differences(before, after, past))
    rows = [
        (each.event.name, f"{each.event.at:%Y-%m-%d %H:%M}", f"{each.before} -> {each.after}", each.because)
        for each in found
    ]
    if rows:
        say("\n".join(table(rows)))
    print(f"{len(found)} of {len(past)} would go elsewhere or be treated otherwise.")
