"""`handrail bots …`: let a bot in, and see whether it can be told."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, fail, own_url, read_book, write_audit

if TYPE_CHECKING:
    from bridge.ports.clock import Clock
    from bridge.rulebook.book import BotEntry

app = typer.Typer(help="Let a bot in; see whether it can be told.", no_args_is_help=True)

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")

PAGE = """\
# {name}: shown once, kept nowhere. Put the secrets where the daemon finds them:

{variable}_KEY={key}
{variable}_SECRET={secret}
{variable}_CALLBACK_SECRET={callback}

# Into {config}, under `bots:`

  {name}:
    keys: [{{env: {variable}_KEY}}]               # Authorization: Bearer …
    secrets: [{{env: {variable}_SECRET}}]         # signed requests, for production
    # Where the bot is told what happened. Leave it out if the bot polls GET /v1/events.
    # callback: {{url: "https://bot.example/handrail", secret: {{env: {variable}_CALLBACK_SECRET}}}}

# Restart the daemon; then this opens a ticket:

curl -sS {url}/v1/tickets -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\
  -d '{{"conversation": {{"external_id": "first"}}, "user": {{"external_id": "u1", "name": "Mara"}}, "title": "Hello"}}'

# and this waits for what the team says:

curl -sS "{url}/v1/events?after=0&wait=25" -H "Authorization: Bearer {key}"
"""


@app.callback()
def _group() -> None:
    """Let a bot in; see whether it can be told."""


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Small letters, digits and dashes, e.g. my-bot.")],
    config: ConfigOption = DEFAULT,
) -> None:
    """Make keys and secrets for a bot and print them, once, with the lines for the config file."""
    from bridge.demo_secrets import new_key, new_secret

    if not NAME.fullmatch(name):
        fail("A bot's name has small letters, digits and dashes and begins with a letter, e.g. my-bot.")
    book = read_book(config)
    if name in book.bots:
        fail(f"{config} has a bot called {name} already.")
    write_audit(book, "bot.keys_made", name)
    variable = name.upper().replace("-", "_")
    print(
        PAGE.format(
            name=name, variable=variable, key=new_key(), secret=new_secret(), callback=new_secret(), config=config,
            url=own_url(book),
        )
    )  # fmt: skip


@app.command("test")
def ping_(
    name: Annotated[str, typer.Argument(help="The bot as the config file calls it.")], config: ConfigOption = DEFAULT
) -> None:
    """Send the bot a signed endpoint.ping and show what it answered."""
    import asyncio

    entry = _entry(name, config)
    callback = entry.callback
    if callback is None:
        fail(f"{name} has no callback address: it reads GET /v1/events, and there is nothing to send to.")
    from bridge.domain.errors import DeliveryError
    from bridge.ports.clock import SystemClock

    try:
        answer = asyncio.run(ping(entry, SystemClock()))
    except DeliveryError as trouble:
        fail(f"{entry.name} did not take the ping: {trouble.reason}")
    print(f"{name} took the ping at {callback.url} in {answer.milliseconds:.0f} ms.")


def _entry(name: str, config: Path) -> "BotEntry":
    book = read_book(config)
    entry = next((entry for bot, entry in book.bots.items() if bot == name), None)
    if entry is None:
        fail(f"{config} has no bot called {name}. It has: {', '.join(book.bots) or 'none'}.")
    return entry


@dataclass(frozen=True, slots=True)
class Pinged:
    milliseconds: float
    skew: timedelta | None
    """How far its clock is from ours."""


async def ping(entry: "BotEntry", clock: "Clock") -> Pinged:
    """Send a signed endpoint.ping.

    Raises: DeliveryError when the bot does not take it.
    """
    from adapters import build_bot
    from bridge.domain.envelope import iso
    from bridge.domain.refs import new_id
    from bridge.ports.bots import Envelope

    started = clock.monotonic()
    connection = build_bot(entry.kind, entry.name, entry.callback.options() if entry.callback else {}, clock)
    asked = Envelope(type="endpoint.ping", timestamp=iso(clock.now()) or "", data={"test": True})
    try:
        await connection.tell(asked, key=new_id("evt"))
    finally:
        await connection.close()
    return Pinged((clock.monotonic() - started) * 1000, connection.skew)
