"""Config files that tests write, and the environment they read."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from bridge.rulebook import RuleBook, load
from bridge.rulebook.check import complaints

CONFIG = Path(__file__).parents[2] / "config"
EXAMPLES = sorted([CONFIG / "handrail.yaml", *(CONFIG / "examples").glob("*.yaml")])

ACME = Path(__file__).with_name("acme.yaml")
"""A site that uses every section and nearly every key."""

SIGNING = "whsec_" + b64encode(bytes(range(24))).decode()
ENV = {
    **dict.fromkeys(
        (
            "HANDRAIL_DEMO_SECRET",
            "HANDRAIL_DEMO_CALLBACK_SECRET",
            "SHOP_BOT_SECRET",
            "SHOP_BOT_SECRET_OLD",
            "SHOP_CALLBACK_SECRET",
        ),
        SIGNING,
    ),
    "HANDRAIL_DEMO_KEY": "hr_demo_key_for_tests",
    "SHOP_BOT_KEY": "hr_shop_key_for_tests",
    "GAME_BOT_KEY": "hr_game_key_for_tests",
    "SLACK_BOT_TOKEN": "xoxb-for-tests",
    "SLACK_APP_TOKEN": "xapp-for-tests",
    "DISCORD_TOKEN": "discord-for-tests",
    "DATABASE_URL": "postgres://handrail:secret@db.example/handrail",
}

SITE = """\
version: 1
timezone: Europe/Paris
server: {host: 127.0.0.1, port: 8700}
platforms:
  acme-slack: {kind: slack, bot_token: {env: SLACK_BOT_TOKEN}, app_token: {env: SLACK_APP_TOKEN}}
bots:
  shop-bot:
    keys: [{env: SHOP_BOT_KEY}]
    attributes: {order_total: number, plan: string, vip: boolean}
members:
  ana: {slack: U0ANA, console: ana}
teams:
  support: {slack_group: S0SUPPORT}
  leads: {members: [ana]}
calendars:
  office: {weekly: {mon-fri: ["09:00-18:00"]}}
ladders:
  waiting: {clock: office, until: claimed, steps: [{after: 3m, do: mention, who: team}]}
  answering: {until: replied, steps: [{after: 10m, do: nudge, who: assignee}]}
approvals:
  default: {approvers: team}
routes:
  name: fallback
  target: {platform: acme-slack, channel: C0HELP}
  team: support
  ladder: waiting
  routes:
    - name: french
      match: {language: {prefix: fr}}
"""
"""A small site; tests change one thing in it."""


def write(folder: Path, text: str) -> Path:
    path = folder / "site.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return path


def book_of(folder: Path, text: str = SITE, env: Mapping[str, str] = ENV) -> RuleBook:
    return load(write(folder, text), env)


def changed(old: str, new: str, text: str = SITE) -> str:
    """The small site with one piece exchanged."""
    assert old in text, f"{old!r} is not in the file"
    return text.replace(old, new, 1)


def complaints_of(folder: Path, text: str, env: Mapping[str, str] = ENV) -> list[str]:
    """The complaints without the file's name: `line:column: path: what is wrong`."""
    path = write(folder, text)
    lines = complaints(path, env)
    assert all(line.startswith(f"{path}:") for line in lines)
    assert not any(len(line.splitlines()) > 1 for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]
