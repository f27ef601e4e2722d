"""`handrail alarm …`: do alarms reach those who keep the site?"""

from typing import TYPE_CHECKING

import typer

from bridge.cli.site import DEFAULT, ConfigOption, fail, say, work

if TYPE_CHECKING:
    from bridge.domain.refs import Lane
    from bridge.domain.views import DeliveryView
    from bridge.rulebook.book import RuleBook
    from bridge.store.store import Store

app = typer.Typer(help="Do alarms reach those who keep the site?", no_args_is_help=True)

WITHIN = 20.0
"""Seconds a drill may take on each road."""
LOOK_EVERY = 0.25


@app.callback()
def _group() -> None:
    """Do alarms reach those who keep the site?"""


@app.command("test")
def drill(config: ConfigOption = DEFAULT) -> None:
    """Have the daemon tell a drill on every road of alarms.to, and say where it arrived within 20 s; exit 1 if not."""
    lines, well = work(config, _drill)
    for line in lines:
        say(line)
    if not well:
        fail("An alarm would not be heard everywhere.")


async def _drill(book: "RuleBook", store: "Store") -> tuple[list[str], bool]:
    import asyncio
    import time
    from datetime import UTC, datetime

    from bridge.domain.alarms import Trouble
    from bridge.domain.refs import new_id

    wanted = list(dict.fromkeys(lane for lane in book.alarms if lane is not None))
    key, began = f"drill {new_id('drl')}", time.monotonic()
    await store.alarms.begin(key, Trouble.DRILL, {}, datetime.now(UTC))
    told: dict[Lane, float] = {}
    found: dict[Lane, DeliveryView] = {}
    try:
        while len(told) < len(wanted) and time.monotonic() - began < WITHIN:
            await asyncio.sleep(LOOK_EVERY)
            found = dict(await store.alarms.roads_of(key))
            for lane, view in found.items():
                if view.state == "done":
                    told.setdefault(lane, time.monotonic() - began)
    finally:
        await store.alarms.drop(key, datetime.now(UTC))
    lines = [_line(lane, told.get(lane), found.get(lane)) for lane in wanted]
    return [*lines, _console(book)], len(told) == len(wanted)


def _line(lane: "Lane", seconds: float | None, view: "DeliveryView | None") -> str:
    if seconds is not None:
        return f"✓ {lane}: delivered after {seconds:.1f} s"
    if view is None:
        return f"⚠ {lane}: not told within {WITHIN:.0f} s. Does the daemon run, and with this config file?"
    return f"⚠ {lane}: not delivered within {WITHIN:.0f} s ({view.state}{f': {view.reason}' if view.reason else ''})"


def _console(book: "RuleBook") -> str:
    if not book.alarms:
        return "alarms.to names no road: only the console shows what is wrong, to whoever looks."
    return "✓ console: shows every alarm to everybody who is signed in"
