"""`handrail events …`: what nobody could handle and was put aside; have it tried again."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, ago, fail, operator, say, work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridge.rulebook.book import RuleBook
    from bridge.store.quarantine import PutAside
    from bridge.store.store import Store

app = typer.Typer(help="What nobody could handle and was put aside.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """What nobody could handle and was put aside."""


@app.command("list")
def list_(config: ConfigOption = DEFAULT) -> None:
    """Events that failed five times, latest first: where from, key, what, and where it failed. Never their words."""

    async def job(_book: "RuleBook", store: "Store") -> "Sequence[PutAside]":
        return await store.quarantine.put_aside()

    found = work(config, job)
    for one in found:
        say(f"{one.key.scope}  {one.key.key}  {one.what}, {ago(one.since)}: {one.reason}")
    print("Once the cause is mended: handrail events release SCOPE KEY" if found else "No event is put aside.")


@app.command("release")
def release(
    scope: Annotated[str, typer.Argument(help="Where it came from, as `events list` says.")],
    key: Annotated[str, typer.Argument(help="Its key, as `events list` says.")],
    config: ConfigOption = DEFAULT,
) -> None:
    """Let an event be tried again when it is reported again, or when its time comes; its alarm is over."""

    async def job(_book: "RuleBook", store: "Store") -> bool:
        from bridge.domain.alarms import about_event
        from bridge.domain.audit import Audited
        from bridge.domain.events import EventKey

        now = datetime.now(UTC)
        audited = Audited(at=now, actor=operator(), via="command", action="event.released", object=f"{scope} {key}")
        # The alarm first: a crash between the two leaves something that can be released again.
        await store.alarms.end(about_event(scope, key), now)
        return await store.quarantine.release(EventKey(scope, key), by=audited)

    if not work(config, job):
        fail("No such event is put aside. handrail events list names them.")
    print("It is tried again when it is reported again.")
