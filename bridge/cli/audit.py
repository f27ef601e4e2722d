"""`handrail audit`: who did what to the site."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, fail, say, span, work

if TYPE_CHECKING:
    from bridge.domain.audit import Audited
    from bridge.rulebook.book import RuleBook
    from bridge.store.store import Store


def audit(
    *,
    since: Annotated[str | None, typer.Option(help="From then on: 2h, 7d, or a time with its zone.")] = None,
    action: Annotated[str | None, typer.Option(help="An action or its noun: session, delivery.dropped, …")] = None,
    about: Annotated[str | None, typer.Option(help="What it was done to: a delivery's id, a lane, a name.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, one act a line.")] = False,
    config: ConfigOption = DEFAULT,
) -> None:
    """Who did what to the site, oldest first. What members do to a ticket stands in its own log: tickets show."""
    begins = _time(since) if since else None

    async def job(_book: "RuleBook", store: "Store") -> "list[Audited]":
        found: list[Audited] = []
        cursor = None
        while len(found) < limit:
            page = await store.audit.page(
                since=begins, action=action, about=about, cursor=cursor, limit=min(500, limit - len(found))
            )
            found += page.rows
            cursor = page.next
            if cursor is None:
                break
        return found[::-1]

    acts = work(config, job)
    if not acts and not as_json:
        print("Nothing of that kind was done.")
    for act in acts:
        say(_as_json(act) if as_json else _line(act))


def _line(act: "Audited") -> str:
    facts = "  ".join(f"{name}={value}" for name, value in act.facts.items() if value is not None)
    return f"{act.at:%Y-%m-%d %H:%M:%S}  {act.actor:<18} {act.via:<8} {act.action:<22} {act.object}  {facts}".rstrip()


def _as_json(act: "Audited") -> str:
    from json import dumps

    return dumps(
        {"at": act.at.isoformat(), "actor": act.actor, "via": act.via, "action": act.action, "object": act.object,
         "facts": dict(act.facts)}
    )  # fmt: skip


def _time(said: str) -> datetime:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return datetime.now(UTC) - span(said)
    if at.tzinfo is None:
        fail(f"--since: {said} has no zone; add Z or e.g. +01:00.")
    return at
