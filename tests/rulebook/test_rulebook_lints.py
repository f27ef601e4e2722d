"""What a good file says that is probably not meant: warned about with its line, never refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.rulebook import load
from bridge.rulebook.check import warnings
from bridge.rulebook.facts import facts_of_payload
from tests.rulebook.written import ENV, EXAMPLES, SITE, changed, write

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

HEAD = """\
version: 1
bots:
  b: {keys: [{env: SHOP_BOT_KEY}], attributes: {plan: string, n: number, s: string}}
  c: {keys: [{env: GAME_BOT_KEY}]}
teams: {t: {members_of: channel}}
calendars:
  office: {weekly: {mon-fri: ["09:00-18:00"]}}
  past: {exceptions: {"2020-01-01": ["09:00-10:00"]}}
  always: {weekly: {mon-sun: ["00:00-24:00"]}}
  weekend: {weekly: {sat-sun: ["09:00-18:00"]}}
routes:
  name: root
  target: {platform: console}
  team: t
  routes:
"""


def about(folder, text, key):
    """The warnings whose path ends so, without the file's name."""
    path = write(folder, text)
    load(path, ENV)
    found = [line.removeprefix(f"{path}:") for line in warnings(path, ENV, NOW)]
    return [line for line in found if line.split(" ")[1].endswith(f"{key}:")]


def tree(*routes):
    return HEAD + "".join(f"    - {{name: r{number}, {route}}}\n" for number, route in enumerate(routes))


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        (("match: {priority: [high, urgent]}", "match: {priority: urgent}"), "r0 stands before it"),
        (("match: {s: {prefix: a}}", "match: {s: abc}"), "r0 stands before it"),
        (("match: {n: {gte: 5}}", "match: {n: {gte: 7, lte: 9}, priority: low}"), "r0 stands before it"),
        (("match: {tags: refund}", "match: {tags: refund, bot: b}"), "r0 stands before it"),
        (("match: {s: {exists: true}}", "match: {s: {regex: x}}"), "r0 stands before it"),
        (("match: {priority: {not: low}}", "match: {priority: [normal, high]}"), "r0 stands before it"),
        (("when: {in: office}", "when: {in: office}, match: {bot: b}"), "r0 stands before it"),
        (("match: {kind: [conversation, approval]}", "match: {bot: c}"), "r0 stands before it"),
        (("match: {}", "match: {bot: c}"), "r0 stands before it"),
        (("match: {s: {prefix: ab, not: {prefix: a}}}",), "conditions on attributes.s exclude each other"),
        (("match: {s: {exists: false, prefix: a}}",), "conditions on attributes.s exclude each other"),
        (("match: {priority: {all: [low, high]}}",), "conditions on priority exclude each other"),
        (("match: {n: {all: [{gte: 5}, {lte: 3}]}}",), "conditions on attributes.n exclude each other"),
        (("when: {in: past}",), "never inside the hours of past"),
        (("when: {not_in: always}",), "never outside the hours of always"),
        (("when: {in: office}, routes: [{name: x, when: {in: weekend}}]",), "never meet"),
        (("match: {bot: b}, routes: [{name: x, match: {bot: c}}]",), "conditions on bot exclude each other"),
    ],
)
def test_a_route_that_can_never_match_is_named_with_the_reason(tmp_path, routes, said):
    text = tree(*routes).replace("{s: ", "{attributes.s: ").replace("{n: ", "{attributes.n: ")
    (line,) = [line for line in about(tmp_path, text, ".name") if "never match" in line]
    assert said in line


@pytest.mark.parametrize(
    "routes",
    [
        ("match: {priority: urgent}", "match: {priority: [high, urgent]}"),
        ("match: {tags: a}", "match: {tags: b}"),
        ("match: {tags: {all: [a, b]}}",),
        ("match: {s: {regex: a}}", "match: {s: {regex: b}}"),
        ("match: {s: {prefix: l}}", "match: {s: {any: [low, high]}}"),
        ("match: {s: {not: {prefix: a}}}", "match: {s: {not: {prefix: ab}}}"),
        ("when: {in: office}", "when: {not_in: office}"),
        ("match: {bot: b}, when: {in: office}", "match: {bot: b}"),
        ("match: {user.verified: true}", "match: {user.verified: false}"),
        ("match: {risk: [low, medium, high]}", "match: {bot: c}"),
    ],
)
def test_a_route_that_can_match_is_left_in_peace(tmp_path, routes):
    text = tree(*routes).replace("{s: ", "{attributes.s: ")
    assert [line for line in about(tmp_path, text, ".name") if "never match" in line] == []


values = st.sampled_from(["low", "normal", "high"])
conditions = st.recursive(
    values.map(lambda value: value)
    | st.lists(values, min_size=1, max_size=3)
    | st.sampled_from([{"prefix": "l"}, {"prefix": "lo"}, {"contains": "o"}, {"regex": "h$"}, {"exists": False}]),
    lambda inner: (
        st.builds(lambda each: {"not": each}, inner)
        | st.builds(lambda each: {"any": each}, st.lists(inner, min_size=1, max_size=2))
        | st.builds(lambda each: {"all": each}, st.lists(inner, min_size=1, max_size=2))
    ),
    max_leaves=4,
)
matches = st.dictionaries(st.sampled_from(["priority", "attributes.s", "tags"]), conditions, max_size=2)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(matches, min_size=1, max_size=3))
def test_no_ticket_ever_takes_a_route_that_is_said_to_be_unreachable(tmp_path, routes):
    text = tree(*(f"match: {match}" for match in routes)).replace("False", "false")
    dead = {line.split("r")[0] for line in about(tmp_path, text, ".name") if "never match" in line}
    path = write(tmp_path, text)
    book = load(path, ENV)
    unreachable = {
        name for name, at in book.lines.items() if any(line.startswith(f"{at}:") for line in dead)
    }  # fmt: skip
    for priority in ("low", "normal", "high", "urgent"):
        for s in (None, "low", "high", "normal", "x"):
            for tags in ([], ["low"], ["low", "high"], ["normal", "x"]):
                given_ = {"bot": "b", "priority": priority, "tags": tags, "attributes": {"s": s} if s else {}}
                assert book.route(facts_of_payload(given_), NOW).route.name not in unreachable


def test_a_ladder_whose_clock_sleeps_whenever_its_route_matches(tmp_path):
    text = changed("  routes:\n", "  routes:\n    - {name: night, when: {not_in: office}}\n")
    (line,) = about(tmp_path, text, ".ladder")
    assert 'the clock of "waiting" (office) stands still whenever this route matches (outside office hours)' in line
    awake = text.replace("when: {not_in: office}}", "when: {not_in: office}, ladder: {until: claimed, steps: "
                         "[{after: 3m, do: mention}]}}")  # fmt: skip
    assert about(tmp_path, awake, ".ladder") == []


def test_a_quorum_its_team_cannot_reach(tmp_path):
    text = changed("default: {approvers: team}", "default: {approvers: leads, quorum: 2}")
    assert about(tmp_path, text, ".quorum") == [
        '21:31: approvals.default.quorum: 2 must agree, and the team "leads" has one member'
    ]
    assert about(tmp_path, changed("default: {approvers: team}", "default: {quorum: 2}"), ".quorum") == []


def test_one_road_for_alarms_is_none_when_it_is_what_broke(tmp_path):
    assert "nobody is told" in about(tmp_path, SITE, "alarms")[0]
    one = changed(
        "bots:\n", "alarms: {to: [{platform: acme-slack, channel: C1}, {platform: acme-slack, channel: C2}]}\nbots:\n"
    )
    assert "all alarms go to acme-slack" in about(tmp_path, one, "alarms.to")[0]
    two = one.replace("{platform: acme-slack, channel: C2}", "{platform: console}")
    assert about(tmp_path, two, "alarms.to") == []


def test_a_team_anybody_can_join(tmp_path):
    text = changed("support: {slack_group: S0SUPPORT}", "support: {members_of: channel}")
    (line,) = about(tmp_path, text, "members_of")
    assert "unless that channel is private, anybody can" in line
    assert about(tmp_path, SITE, "members_of") == []
    everyone = changed(
        "acme-slack: {kind", 'guild: {kind: discord, token: {env: DISCORD_TOKEN}, guild: "118"}\n  acme-slack: {kind'
    )
    everyone = everyone.replace("support: {slack_group: S0SUPPORT}", 'support: {discord_role: "118"}')
    assert "@everyone" in about(tmp_path, everyone, "discord_role")[0]


def test_a_route_without_a_test(tmp_path):
    text = tree("match: {bot: b}", "match: {bot: c}") + (
        "tests:\n  - {name: one, given: {bot: b}, expect: {route: r0}}\n"
    )
    assert [line.partition(": no test")[0] for line in about(tmp_path, text, ".name")] == [
        "12:3: routes.name", "17:8: routes.routes[1].name",
    ]  # fmt: skip


def test_a_secret_others_can_read_is_named_but_never_shown(tmp_path):
    (tmp_path / "key").write_text("hr_a_key_for_tests_only", encoding="utf-8")
    text = changed("{env: SHOP_BOT_KEY}", "{file: key}")
    (tmp_path / "key").chmod(0o644)
    (line,) = about(tmp_path, text, "[0].file")
    assert "key can be read or changed by other users" in line
    assert "hr_a_key" not in line
    (tmp_path / "key").chmod(0o640)
    assert about(tmp_path, text, "[0].file") == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_files_we_ship_give_no_reason_to_doubt(path):
    assert warnings(path, ENV, NOW) == []
