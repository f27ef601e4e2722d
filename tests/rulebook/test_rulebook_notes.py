"""What a good file asks for that this version does not do yet is said, with its line."""

from pathlib import Path

from bridge.rulebook.check import notes

FILE = """\
version: 1
alarms: {to: [{platform: console}]}
teams:
  support: {members_of: channel, max_open: 3}
routes:
  name: all
  target: {platform: console}
  team: support
  routes:
    - name: vip
      threads: {on_archive: close}
"""


def test_keys_nothing_acts_on_are_named_with_their_place_and_no_others(tmp_path: Path):
    path = tmp_path / "handrail.yaml"
    path.write_text(FILE, encoding="utf-8")
    found = [note.removeprefix(f"{path}:").partition(": is understood")[0] for note in notes(path)]
    assert found == ["11:17: routes.routes[0].threads.on_archive"]


def test_the_shipped_file_asks_for_nothing_that_is_not_there():
    assert notes(Path("config/handrail.yaml")) == []
