"""`handrail deliveries …`: what could not be delivered, and what shall become of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.operating import lane_named, operate, who
from bridge.cli.site import DEFAULT, ConfigOption, ago, fail, say, span, work

if TYPE_CHECKING:
    from bridge.domain.events.operators import DeliverySettled
    from bridge.domain.refs import DeliveryId, Lane
    from bridge.domain.views import DeliveryView
    from bridge.rulebook.book import RuleBook
    from bridge.store.deliveries import Wanted
    from bridge.store.store import Store

app = typer.Typer(help="What could not be delivered, and what shall become of it.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The delivery's id, as `deliveries list` shows it.")]
LaneOption = Annotated[str | None, typer.Option(help="PLATFORM/CHANNEL, bot/NAME, or a whole platform.")]


@app.callback()
def _group() -> None:
    """What could not be delivered, and what shall become of it."""


@app.command("list")
def list_(
    *,
    state: Annotated[
        list[str] | None,
        typer.Option(help="dead, unknown, waiting, ready, sending, held, withdrawn or done; may be given again."),
    ] = None,
    lane: LaneOption = None,
    older: Annotated[str | None, typer.Option(help="Only those older than 30m, 2h or 3d.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, one delivery a line.")] = False,
    config: ConfigOption = DEFAULT,
) -> None:
    """Those that failed or whose outcome nobody knows, oldest first."""
    wanted = _wanted(state, lane, older)

    async def job(_book: "RuleBook", store: "Store") -> "tuple[Sequence[DeliveryView], str | None]":
        return await store.deliveries.page(wanted, limit=limit)

    views, further = work(config, job)
    if as_json:
        print("\n".join(_as_json(view) for view in views))
        return
    if not views:
        print("There is none." if state or lane or older else "Nothing failed, and nothing is in doubt.")
    for view in views:
        ticket = f"#{view.number}" if view.number else "-"
        say(f"{view.id}  {view.state:<8} {ago(view.created_at):>7}  {view.lane}  {view.what}  {ticket}  "
            f"{view.attempts} attempts{f': {view.reason}' if view.reason else ''}")  # fmt: skip
    if further:
        print(f"There are more than {limit}: give --limit, --lane or --older.")


def _wanted(state: Sequence[str] | None, lane: str | None, older: str | None) -> "Wanted":
    from bridge.domain.deliveries import DeliveryState
    from bridge.store.deliveries import Wanted

    states = state or [DeliveryState.DEAD.value, DeliveryState.UNKNOWN.value]
    wrong = next((one for one in states if one not in set(DeliveryState)), None)
    if wrong is not None:
        fail(f"--state is one of {', '.join(DeliveryState)}; {wrong} is none of them.")
    return Wanted(
        states=[DeliveryState(one) for one in states],
        lane=lane_named(lane) if lane else None,
        before=datetime.now(UTC) - span(older) if older else None,
    )


def _as_json(view: "DeliveryView") -> str:
    from json import dumps

    said = {
        "id": view.id, "state": view.state, "lane": str(view.lane), "what": view.what, "ticket": view.ticket,
        "number": view.number, "attempts": view.attempts, "reason": view.reason,
        "created_at": view.created_at.isoformat(),
    }  # fmt: skip
    return dumps(said)


@app.command()
def retry(
    name: Annotated[str | None, typer.Argument(help="The delivery's id.", metavar="[ID]")] = None,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="All that failed in --lane, oldest first.")] = False,
    lane: LaneOption = None,
    config: ConfigOption = DEFAULT,
) -> None:
    """Send a failed one again, or at once one that waits for its next attempt. A running daemon sends it."""
    if name is not None and not all_dead:
        _settle(config, name, "retry")
        return
    if not all_dead or lane is None or name is not None:
        fail("Name a delivery, or give --all-dead with --lane.")
    where = lane_named(lane)

    async def job(book: "RuleBook", store: "Store") -> tuple[int, list[str]]:
        from bridge.domain.errors import NotAllowed
        from bridge.domain.notices.operators import refused

        sent, left = 0, []
        for one in await _all_dead(store, where):
            try:
                await operate(book, store, _event(one, "retry"))
                sent += 1
            except NotAllowed as no:
                left.append(f"{one}: {refused(no.code, no.facts)}")
        return sent, left

    sent, left = work(config, job)
    print("\n".join([*left, f"{sent} go out again, {len(left)} stay."]))
    if left:
        raise typer.Exit(1)


async def _all_dead(store: "Store", lane: "Lane") -> "list[DeliveryId]":
    from bridge.domain.deliveries import DeliveryState
    from bridge.store.deliveries import Wanted

    wanted = Wanted(states=[DeliveryState.DEAD], lane=lane)
    found: list[DeliveryId] = []
    cursor: str | None = None
    while True:
        views, cursor = await store.deliveries.page(wanted, cursor=cursor, limit=500)
        found += [view.id for view in views]
        if cursor is None:
            return found


@app.command()
def drop(name: Name, config: ConfigOption = DEFAULT) -> None:
    """It shall never leave: what waits behind it goes on, and whoever wrote it is told."""
    _settle(config, name, "drop")


@app.command()
def adopt(
    name: Name,
    link: Annotated[str, typer.Option(help="The link of the post, as Slack or Discord copies it.")],
    config: ConfigOption = DEFAULT,
) -> None:
    """Its outcome was unknown, and it is there: count the post behind --link as it."""
    _settle(config, name, "adopt", link)


@app.command("post-again")
def post_again(name: Name, config: ConfigOption = DEFAULT) -> None:
    """Its outcome was unknown, and it is not there: post it again."""
    _settle(config, name, "post_again")


def _event(name: str, how: str, link: str | None = None) -> "DeliverySettled":
    from bridge.domain.events.operators import DeliverySettled, Settle
    from bridge.domain.refs import DeliveryId

    return DeliverySettled(delivery=DeliveryId(name), settle=Settle(how), by=who(), at=datetime.now(UTC), link=link)


def _settle(config: Path, name: str, how: str, link: str | None = None) -> None:
    from bridge.domain.errors import NotAllowed
    from bridge.domain.events.operators import Settle
    from bridge.domain.notices.operators import done, refused

    async def job(book: "RuleBook", store: "Store") -> None:
        await operate(book, store, _event(name, how, link))

    try:
        work(config, job)
    except NotAllowed as no:
        fail(refused(no.code, no.facts))
    print(done(Settle(how)))
