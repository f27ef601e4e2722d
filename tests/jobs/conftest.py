import pytest

from bridge.desk.desk import Desk
from bridge.rulebook import Rules, load

RULES = """
version: 1
bots:
  shop-bot: {keys: [{sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}
platforms:
  acme-slack: {kind: slack, bot_token: {env: BOT}, app_token: {env: APP}}
teams:
  support: {members_of: channel}
ladders:
  waiting: {clock: wall, until: claimed, rearm: user_wrote, steps: [{after: 3m, do: mention, who: team}]}
routes:
  name: everything
  target: {platform: acme-slack, channel: C0SUPPORT}
  team: support
  ladder: waiting
  relay: {mode: assignee, undo: 5s}
"""


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "handrail.yaml"
    path.write_text(RULES)
    return Rules(load(path, {"BOT": "xoxb-1", "APP": "xapp-1"}))


@pytest.fixture
def desk(sqlite_store, rules, clock):
    return Desk(store=sqlite_store, rules=rules, clock=clock)
