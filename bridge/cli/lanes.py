"""`handrail lanes …`: what waits for which place; stop and start one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.operating import lane_named, operate, who
from bridge.cli.site import DEFAULT, ConfigOption, ago, fail, say, work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridge.domain.events.operators import OperatorEvent
    from bridge.domain.views import LaneView
    from bridge.rulebook.book import RuleBook
    from bridge.store.store import Store

app = typer.Typer(help="What waits for which place; stop and start one.", no_args_is_help=True)

LaneName = Annotated[str, typer.Argument(help="PLATFORM/CHANNEL, bot/NAME, or a whole platform.", metavar="LANE")]


@app.callback()
def _group() -> None:
    """What waits for which place; stop and start one."""


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, one lane a line.")] = False,
    config: ConfigOption = DEFAULT,
) -> None:
    """Every lane where something waits, failed or is paused."""

    async def job(_book: "RuleBook", store: "Store") -> "Sequence[LaneView]":
        return await store.lanes.views()

    views = work(config, job)
    if as_json:
        print("\n".join(_as_json(view) for view in views))
        return
    if not views:
        print("Nothing waits anywhere.")
    for view in views:
        name = str(view.lane).rstrip("/")
        lag = f", the oldest for {ago(view.oldest_at)}" if view.oldest_at else ""
        doubt = "".join(
            f", {count} {word}" for count, word in ((view.dead, "failed"), (view.unknown, "in doubt")) if count
        )
        paused = f"  PAUSED: {view.paused_because}" if view.paused_because else ""
        say(f"{name:<32} {view.waiting} waiting{lag}{doubt}{paused}")


def _as_json(view: "LaneView") -> str:
    from json import dumps

    said = {
        "lane": str(view.lane).rstrip("/"), "waiting": view.waiting, "dead": view.dead, "unknown": view.unknown,
        "oldest_at": view.oldest_at.isoformat() if view.oldest_at else None,
        "paused_because": view.paused_because, "paused_by": view.paused_by,
    }  # fmt: skip
    return dumps(said)


@app.command()
def pause(lane: LaneName, config: ConfigOption = DEFAULT) -> None:
    """Send nothing there until `lanes resume`. What is on its way at this moment still arrives."""
    from bridge.domain.events.operators import LanePaused

    _do(config, LanePaused(lane=lane_named(lane), by=who(), at=datetime.now(UTC)))
    print(f"{lane} is paused: nothing is sent there. Resume it with: handrail lanes resume {lane}")


@app.command()
def resume(lane: LaneName, config: ConfigOption = DEFAULT) -> None:
    """Send there again, whoever paused it: an operator, or Handrail after a refusal."""
    from bridge.domain.events.operators import LaneResumed

    _do(config, LaneResumed(lane=lane_named(lane), by=who(), at=datetime.now(UTC)))
    print(f"{lane} goes on.")


def _do(config: Path, event: "OperatorEvent") -> None:
    from bridge.domain.errors import NotAllowed
    from bridge.domain.notices.operators import refused

    async def job(book: "RuleBook", store: "Store") -> None:
        await operate(book, store, event)

    try:
        work(config, job)
    except NotAllowed as no:
        fail(refused(no.code, no.facts))
