"""The command line. Each command imports what it needs when it runs, so that `--help` is quick."""

import typer

from bridge.cli.alarm import app as alarm_app
from bridge.cli.audit import audit
from bridge.cli.bots import app as bots_app
from bridge.cli.config import app as config_app
from bridge.cli.console import app as console_app
from bridge.cli.deliveries import app as deliveries_app
from bridge.cli.doctor import doctor
from bridge.cli.events import app as events_app
from bridge.cli.lanes import app as lanes_app
from bridge.cli.past import simulate
from bridge.cli.rerouting import orphans, reroute
from bridge.cli.routes import app as routes_app
from bridge.cli.run import migrate, run
from bridge.cli.slack import app as slack_app
from bridge.cli.store import app as store_app
from bridge.cli.tickets import app as tickets_app
from bridge.cli.tickets import transcript
from bridge.cli.users import app as users_app

app = typer.Typer(
    name="handrail",
    help="A bot hands a conversation to a person, the person answers, the bot takes over again.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("run")(run)
app.command("migrate")(migrate)
app.command("transcript")(transcript)
app.command("simulate")(simulate)
tickets_app.command("reroute")(reroute)
tickets_app.command("orphans")(orphans)
app.add_typer(tickets_app, name="tickets")
app.add_typer(bots_app, name="bots")
app.add_typer(config_app, name="config")
app.add_typer(routes_app, name="route")
app.add_typer(console_app, name="console")
app.add_typer(deliveries_app, name="deliveries")
app.add_typer(lanes_app, name="lanes")
app.add_typer(alarm_app, name="alarm")
app.add_typer(events_app, name="events")
app.add_typer(users_app, name="users")
app.add_typer(store_app, name="store")
app.add_typer(slack_app, name="slack")
app.command("audit")(audit)
app.command("doctor")(doctor)


def main() -> None:
    """The entry point of `handrail`."""
    app(prog_name="handrail")
