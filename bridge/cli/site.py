"""The site a command works on: its config file, its environment, its store."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from bridge.rulebook.book import RuleBook
    from bridge.store.store import Store

T = TypeVar("T")

DEFAULT = Path("config/handrail.yaml")

ConfigOption = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="HANDRAIL_CONFIG", help="The config file.", show_default=True),
]


def say(text: str) -> None:
    """Print what may hold other people's words: none of their characters may steer the terminal."""
    from bridge.domain.visible import visible

    print(visible(text))


def ago(since: datetime) -> str:
    """How long ago, in one word."""
    minutes = int((datetime.now(UTC) - since).total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} d"


def span(said: str) -> timedelta:
    """`30m`, `2h`, `3d`."""
    found = re.fullmatch(r"(\d{1,5})([mhd])", said.strip())
    if found is None:
        fail(f"{said} is no span of time: say 30m, 2h or 3d.")
    return timedelta(minutes=int(found.group(1)) * {"m": 1, "h": 60, "d": 1440}[found.group(2)])


def fail(sentence: str, code: int = 1) -> NoReturn:
    """Say what is wrong on standard error and end."""
    sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(code)


def read_book(config: Path, env: Mapping[str, str] | None = None) -> "RuleBook":
    """The rulebook, or every complaint and exit 1. The demo bot's secrets are made up where they are not set."""
    from bridge.demo_secrets import with_demo_secrets
    from bridge.domain.errors import RulebookError
    from bridge.kinds import load_book

    try:
        return load_book(config, with_demo_secrets(os.environ if env is None else env))
    except RulebookError as refused:
        fail("\n".join(refused.complaints))


def operator() -> str:
    """Who gives this command, for the audit."""
    import getpass

    try:
        return f"operator:{getpass.getuser()}"
    except (OSError, KeyError):  # a container whose user has no name
        return f"operator:{os.getuid()}"


def own_url(book: "RuleBook") -> str:
    """Where people and bots reach the daemon. PORT moves it here as it does for `run`, unless a public_url is named."""
    server, port = book.server, os.environ.get("PORT", "")
    unnamed = server.public_url.startswith("http://") and server.public_url.endswith(f":{server.port}")
    return f"{server.public_url.rpartition(':')[0]}:{port}" if unnamed and port.isdigit() else server.public_url


@asynccontextmanager
async def opened(book: "RuleBook") -> AsyncIterator["Store"]:
    """The site's store, beside a daemon that may be running."""
    from bridge.ports.clock import SystemClock
    from bridge.store.store import Store

    store = await Store.open(book.store_url, clock=SystemClock(), files_url=book.files_url)
    try:
        await store.start(beside=True)
        yield store
    finally:
        await store.close()


def work(config: Path, job: "Callable[[RuleBook, Store], Awaitable[T]]") -> T:
    """Run one job on the site's store."""
    from bridge.domain.errors import StoreTrouble

    book = read_book(config)

    async def main() -> T:
        async with opened(book) as store:
            return await job(book, store)

    try:
        return asyncio.run(main())
    except StoreTrouble as trouble:
        fail(f"{trouble}\nIs the database there, and up to date? Run: handrail migrate")


def write_audit(book: "RuleBook", action: str, about: str, **facts: str | int | bool) -> None:
    """Say who did something that changes no row. A site whose database is not made yet has nobody to tell it to."""
    from datetime import UTC, datetime

    from bridge.domain.audit import Audited
    from bridge.domain.errors import HandrailError
    from bridge.store.address import parse_url

    address = parse_url(book.store_url)
    if address.dialect == "sqlite" and not Path(address.path).expanduser().exists():
        return
    audited = Audited(at=datetime.now(UTC), actor=operator(), via="command", action=action, object=about, facts=facts)

    async def main() -> None:
        async with opened(book) as store:
            await store.audit.write(audited)

    try:
        asyncio.run(main())
    except HandrailError as trouble:
        print(f"This is not in the audit: {trouble}", file=sys.stderr)
