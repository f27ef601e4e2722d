"""`handrail users …`: find a bot's user, hand out everything that is kept about them, erase them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, fail, say, work

if TYPE_CHECKING:
    from bridge.domain.dossier import Dossier
    from bridge.domain.erasing import Counts, Receipt, UserFound
    from bridge.rulebook.book import RuleBook
    from bridge.store.store import Store

app = typer.Typer(help="Find a bot's user, export what is kept about them, erase them.", no_args_is_help=True)

Bot = Annotated[str, typer.Argument(help="The bot, as the config calls it.")]
ExternalId = Annotated[str, typer.Argument(help="The bot's id of the user, as `users find` shows it.")]


@app.callback()
def _group() -> None:
    """Find a bot's user, export what is kept about them, erase them."""


@app.command()
def find(
    query: Annotated[str, typer.Argument(help="A part of the bot's id of the user, or of their name.")],
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    config: ConfigOption = DEFAULT,
) -> None:
    """Users by id or name, with how much is kept about each; none of their words."""

    async def job(_book: "RuleBook", store: "Store") -> "list[UserFound]":
        return await store.erasures.find(query, limit)

    found = work(config, job)
    if not found:
        fail("There is nobody of that id or name. Who was erased is found by no name any more.")
    for user in found:
        say(f"{user.bot}  {user.external_id}  {user.name or '-'}  {_many(user.counts)}")


@app.command()
def export(
    bot: Bot,
    external_id: ExternalId,
    *,
    out: Annotated[Path | None, typer.Option(help="Write it there, for your eyes alone.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="As a table instead of JSON; no cell is a formula.")] = False,
    config: ConfigOption = DEFAULT,
) -> None:
    """Everything that is kept about a user: profile, tickets, messages and notes, the list of files, the log."""
    from json import dumps

    from bridge.cli.site import operator
    from bridge.domain.dossier import as_csv, as_json

    async def job(_book: "RuleBook", store: "Store") -> "Dossier":
        return await _collected(store, bot, external_id, operator())

    if out is not None and out.exists():
        fail(f"{out} is there already: name another file, or remove it.")
    dossier = work(config, job)
    text = as_csv(dossier) if csv else dumps(as_json(dossier), ensure_ascii=False, indent=2) + "\n"
    if out is None:
        print(text if csv else _harmless(text), end="")
        return
    _write(out, text)
    print(f"{out}: {len(dossier.tickets)} tickets. Files are listed in it; their bytes are in the console.")


@app.command()
def erase(
    bot: Bot,
    external_id: ExternalId,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be erased, and erase nothing.")] = False,
    config: ConfigOption = DEFAULT,
) -> None:
    """Overwrite every word of a user's tickets, their name and their files, for good. Ids, counts and the log stay.

    Open tickets are closed as cancelled, their threads are told, and our posts in them are taken away where the
    platform lets us. The bot is told user.erased.
    """
    from bridge.domain.erasing import OUT_OF_REACH
    from bridge.domain.errors import NotAllowed
    from bridge.domain.notices.operators import refused

    if dry_run:
        found = work(config, lambda _book, store: _planned(store, bot, external_id))
        say(f"This would erase {found.external_id} of {found.bot}: {_many(found.counts)}.")
    else:
        try:
            receipt = work(config, lambda book, store: _erased(book, store, bot, external_id))
        except NotAllowed as no:
            fail(refused(no.code, no.facts))
        before = "They were erased before; nobody came back under that id. " if receipt.again else ""
        print(f"{before}Erased: {_many(receipt.counts)}. Receipt: {receipt.id}")
    print("Out of reach:")
    for line in OUT_OF_REACH:
        print(f"- {line}")


@app.command()
def erasures(
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100, config: ConfigOption = DEFAULT
) -> None:  # fmt: skip
    """The receipts, latest first. They name nobody."""

    async def job(_book: "RuleBook", store: "Store") -> "list[Receipt]":
        return await store.erasures.receipts(limit)

    receipts = work(config, job)
    if not receipts:
        print("Nobody was erased.")
    for receipt in receipts:
        say(f"{receipt.id}  {receipt.at:%Y-%m-%d %H:%M:%S}  {receipt.bot}  {_many(receipt.counts)}")


def _many(counts: "Counts") -> str:
    return (
        f"{counts.tickets} tickets ({counts.open} open), {counts.messages} messages, {counts.files} files, "
        f"{counts.posts} posts in threads"
    )


async def _planned(store: "Store", bot: str, external_id: str) -> "UserFound":
    from bridge.domain.notices.operators import refused
    from bridge.domain.refs import BotName

    found = await store.erasures.plan(BotName(bot), external_id)
    if found is None:
        fail(refused("no_such_user", {"bot": bot}))
    return found


async def _erased(book: "RuleBook", store: "Store", bot: str, external_id: str) -> "Receipt":
    from bridge.cli.operating import who
    from bridge.desk.desk import Desk
    from bridge.domain.events.operators import UserErasure
    from bridge.domain.refs import BotName
    from bridge.ports.clock import SystemClock
    from bridge.rulebook.reload import Rules

    clock = SystemClock()
    desk = Desk(store=store, rules=Rules(book), clock=clock)
    return await desk.handle(UserErasure(bot=BotName(bot), external_id=external_id, by=who(), at=clock.now()))


async def _collected(store: "Store", bot: str, external_id: str, by: str) -> "Dossier":
    from datetime import UTC, datetime

    from bridge.domain.audit import Audited
    from bridge.domain.dossier import Dossier

    found = await _planned(store, bot, external_id)
    user = await store.users.get(found.id)
    names = await store.erasures.tickets(found.id)
    views = [view for name in names if (view := await store.tickets.view(name)) is not None]
    files = [await store.files.of_ticket(view.ticket.id) for view in views]
    if user is None:
        fail("The user was erased while this ran.")
    await store.audit.write(
        Audited(
            at=datetime.now(UTC), actor=by, via="command", action="user.exported", object=user.id,
            facts={"bot": bot, "tickets": len(views)},
        )
    )  # fmt: skip
    return Dossier(user=user, tickets=views, files=files)


def _write(out: Path, text: str) -> None:
    """A new file that only its owner reads: it holds a person's whole story."""
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}")


def _harmless(text: str) -> str:
    """JSON that is both exact and safe to look at: what cannot be printed is escaped."""
    from json import dumps

    return "".join(char if char.isprintable() or char == "\n" else dumps(char)[1:-1] for char in text)
