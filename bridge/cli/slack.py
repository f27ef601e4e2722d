"""`handrail slack …`: what Slack's own pages ask for."""

import re
from typing import Annotated
from urllib.parse import urlsplit

import typer

from bridge.cli.site import fail

app = typer.Typer(help="Setting up Slack.", no_args_is_help=True)

NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""As names under `platforms:` are."""


@app.callback()
def _group() -> None:
    """Setting up Slack."""


@app.command()
def manifest(
    http: Annotated[
        str | None,
        typer.Option(
            "--http", metavar="URL", help="HTTP mode: the https address people reach the daemon at. Else Socket Mode."
        ),
    ] = None,
    platform: Annotated[
        str, typer.Option("--platform", metavar="NAME", help="The entry under platforms:, for HTTP mode.")
    ] = "acme-slack",
    name: Annotated[str, typer.Option("--name", help="What the app is called in Slack.")] = "Handrail",
    yaml: Annotated[bool, typer.Option("--yaml/--json", help="As YAML; JSON is what Slack's page opens with.")] = False,
) -> None:
    """Print the app manifest to paste at api.slack.com/apps, Create New App, From a manifest."""
    from adapters.chat.slack.manifest import NAME_AT_MOST, as_json, as_yaml
    from adapters.chat.slack.manifest import manifest as make

    if not 1 <= len(name.strip()) <= NAME_AT_MOST:
        fail(f"Slack takes names of 1 to {NAME_AT_MOST} characters; this one has {len(name.strip())}.")
    made = make(name=name.strip(), request_url=None if http is None else _request_url(http, platform))
    print(as_yaml(made) if yaml else as_json(made))


def _request_url(http: str, platform: str) -> str:
    """Where Slack is to post to: the daemon's own address for that platform."""
    from adapters.chat.slack.manifest import PATH
    from bridge.ports.knocking import address

    if NAMED.fullmatch(platform) is None:
        fail(f"{platform} is no name of a platform. Use the one from your config file, e.g. acme-slack.")
    try:
        parts = urlsplit(http.strip())
        sound = parts.scheme == "https" and bool(parts.hostname) and not parts.query and not parts.fragment
    except ValueError:
        sound = False
    if not sound:
        fail("Slack posts to https addresses only. Say e.g. --http https://handrail.acme.example (server.public_url).")
    return http.strip().rstrip("/") + address(platform, PATH)
