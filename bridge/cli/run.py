"""`handrail run` and `handrail migrate`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, fail, read_book


def run(
    config: ConfigOption = DEFAULT,
    port: Annotated[int | None, typer.Option(envvar="PORT", help="Listen here instead of server.port.")] = None,
    log_level: Annotated[str, typer.Option(envvar="HANDRAIL_LOG", help="DEBUG, INFO, WARNING or ERROR.")] = "INFO",
) -> None:
    """Run the daemon until Ctrl-C or SIGTERM. A new SQLite database is made, an older one brought up to date."""
    from bridge import logs
    from bridge.app import serve
    from bridge.domain.errors import HandrailError

    flush = logs.configure(log_level.upper())
    why = None
    try:
        asyncio.run(serve(config, port=port))
    except HandrailError as trouble:
        why = str(trouble)
    except OSError as trouble:
        why = f"Handrail does not start: {trouble.strerror or trouble}"
    finally:
        flush()  # the log has its own thread: no line of it may fall into the sentence
    if why is not None:
        fail(why)


def migrate(config: ConfigOption = DEFAULT) -> None:
    """Bring the database up to date. Forward only; safe to repeat."""
    from bridge.domain.errors import HandrailError
    from bridge.store.database import migrate as forward

    book = read_book(config)
    try:
        applied = asyncio.run(forward(book.store_url))
    except HandrailError as trouble:
        fail(str(trouble))
    print("\n".join(f"applied {Path(name).name}" for name in applied) or "The database is up to date.")
