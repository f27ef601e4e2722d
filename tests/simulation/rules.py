"""The rulebook of the simulated site, and the people in it."""

from pathlib import Path

from bridge.domain.people import Person
from bridge.domain.refs import BotName, Lane
from bridge.rulebook import RuleBook, load

FILE = """\
version: 1
platforms:
  acme-slack: {kind: slack, bot_token: {env: BOT}, app_token: {env: APP}}
  acme-discord: {kind: discord, token: {env: DISCORD}, guild: "1180000000000000001"}
alarms: {to: [{platform: acme-slack, channel: C0OPS}]}
bots:
  shop-bot: {keys: [{env: KEY}], callback: {url: "https://bot.example/a", secret: {env: CALLBACK}}, attributes: {where: string}}
  trip-bot: {keys: [{env: KEY2}], callback: {url: "https://bot.example/b", secret: {env: CALLBACK}}, attributes: {where: string}}
members:
  ana: {slack: U0ANA, discord: "1180000000000000005", console: ana}
  ben: {slack: U0BEN, discord: "1180000000000000006", console: ben}
  lea: {slack: U0LEA, discord: "1180000000000000007", console: lea}
teams:
  support: {members: [ana, ben, lea]}
ladders:
  waiting:
    clock: wall
    until: claimed
    rearm: user_wrote
    steps: [{after: 15s, do: mention, who: team}, {after: 30s, do: digest}, {after: 50s, do: alert, to: support}]
  answering:
    clock: wall
    until: replied
    steps: [{after: 20s, do: nudge, who: assignee}, {after: 50s, do: release}]
routes:
  name: help
  target: {platform: acme-slack, channel: C0HELP, fallback: [{platform: acme-discord, channel: "1180000000000000043"}]}
  team: support
  ladder: waiting
  claim: {hold: answering, reply_claims: ask}
  relay: {mode: assignee, undo: 5s}
  routes:
    - name: night
      match: {attributes.where: discord}
      target: {platform: acme-discord, channel: "1180000000000000042"}
      claim: {reply_claims: never}
      relay: {mode: everyone, undo: 0s}
    - name: watched
      match: {attributes.where: watched}
      target: {channel: C0DEEP}
      watch: [{platform: acme-discord, channel: "1180000000000000044"}]
      claim: {reply_claims: always}
"""  # noqa: E501 - a config file keeps its own lines
ENV = {
    "BOT": "xoxb-1-2-abcdefghijkl",
    "APP": "xapp-1-2-3-abcdefghijkl",
    "DISCORD": "MTE4.abc.def",
    "KEY": "hr_first_key_0000000000000000000000000000000000",
    "KEY2": "hr_second_key_000000000000000000000000000000000",
    "CALLBACK": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
}
SLACK, DISCORD, CONSOLE = "acme-slack", "acme-discord", "console"
BOTS = (BotName("shop-bot"), BotName("trip-bot"))
WHERE = ("slack", "slack", "discord", "watched")
LANES = (
    Lane(SLACK, "C0HELP"), Lane(SLACK, "C0DEEP"), Lane(DISCORD, "1180000000000000042"),
    Lane(DISCORD, "1180000000000000043"),
)  # fmt: skip
ACCOUNTS = {
    "Ana": {SLACK: "U0ANA", DISCORD: "1180000000000000005", CONSOLE: "ana"},
    "Ben": {SLACK: "U0BEN", DISCORD: "1180000000000000006", CONSOLE: "ben"},
    "Lea": {SLACK: "U0LEA", DISCORD: "1180000000000000007", CONSOLE: "lea"},
    "Eve": {SLACK: "U0EVE", DISCORD: "1180000000000000009"},
}
"""Eve is of no team."""


def the_book(folder: Path) -> RuleBook:
    path = folder / "handrail.yaml"
    path.write_text(FILE, encoding="utf-8")
    return load(path, ENV)


def person(name: str, platform: str) -> Person:
    """Somebody, as their platform reports them."""
    return Person(
        platform=platform, workspace=CONSOLE if platform == CONSOLE else "T1", id=ACCOUNTS[name][platform], name=name,
        in_channel=platform != CONSOLE,
    )  # fmt: skip
