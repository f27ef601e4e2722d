"""The command line. Each command imports what it needs when it runs, so that `--help` is quick."""

import typer

from bridge.cli import bots, config, console, routes, run, tickets

app = typer.Typer(
    name="handrail",
    help="A bot hands a conversation to a person, the person answers, the bot takes over again.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("run")(run.run)
app.command("migrate")(run.migrate)
app.command("transcript")(tickets.transcript)
app.add_typer(tickets.app, name="tickets")
app.add_typer(bots.app, name="bots")
app.add_typer(config.app, name="config")
app.add_typer(routes.app, name="route")
app.add_typer(console.app, name="console")


def main() -> None:
    """The entry point of `handrail`."""
    app()
