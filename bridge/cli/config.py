"""`handrail config …`: the admin's file."""

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.site import DEFAULT, fail

app = typer.Typer(help="Check the config file.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Check the config file."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(envvar="HANDRAIL_CONFIG", help="The file to check.")] = DEFAULT,
) -> None:
    """Every complaint at once, each with its line; exit 1 if there is one."""
    import os

    from bridge.demo_secrets import with_demo_secrets
    from bridge.kinds import KINDS
    from bridge.rulebook.check import complaints

    found = complaints(file, with_demo_secrets(os.environ), KINDS)
    if found:
        fail("\n".join(found))
    print(f"{file}: no complaints.")
