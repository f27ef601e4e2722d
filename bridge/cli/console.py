"""`handrail console …`: who may sign in."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.site import DEFAULT, ConfigOption, operator, own_url, work

if TYPE_CHECKING:
    from bridge.rulebook.book import RuleBook
    from bridge.store.store import Store

app = typer.Typer(help="Who may sign in to the console.", no_args_is_help=True)

VALID = timedelta(hours=24)


@app.callback()
def _group() -> None:
    """Who may sign in to the console."""


@app.command()
def invite(
    name: Annotated[str, typer.Argument(help="What colleagues call them, e.g. Ana.")],
    admin: Annotated[bool, typer.Option("--admin", help="May also change settings.")] = False,
    config: ConfigOption = DEFAULT,
) -> None:
    """Print a sign-in link for NAME. It works once, for 24 hours; the same name may be invited again."""

    async def job(book: "RuleBook", store: "Store") -> str:
        token = await store.sessions.invite(name, admin=admin, by=operator())
        return f"{own_url(book)}/sign-in/{token}"

    print(work(config, job))
