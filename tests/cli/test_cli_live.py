"""`config check --live`: what the platforms call the ids of the file, asked of both wire servers."""

import pytest

from tests.cli.command_line import CommandLine
from tests.journeys.platforms import PLACES

FILE = """\
version: 1
platforms: {{{platforms}}}
alarms: {{to: [{{platform: {name}, channel: "{other}"}}, {{platform: console}}]}}
members:
  ana: {{{kind}: "{ana}"}}
teams:
  support: {{{team}, members: [ana]}}
routes:
  name: all
  target: {target}
  team: support
"""


@pytest.fixture(params=["slack", "discord"])
async def place(request):
    async with PLACES[request.param]() as made:
        yield request.param, made


def site(folder, place, ana, other):
    kind, made = place
    name = made.far_side.lane.platform
    text = FILE.format(
        platforms=made.platforms, name=name, kind=kind, team=made.team, target=made.target, ana=ana, other=other
    )
    (folder / "handrail.yaml").write_text(text, encoding="utf-8")
    return CommandLine(folder, {"HANDRAIL_CONFIG": "handrail.yaml", **made.env})


async def test_every_id_is_told_with_its_name_or_with_what_is_wrong(tmp_path, place):
    kind, made = place
    server = made.far_side.server
    if kind == "slack":
        ana, gone = "U0ANA", "C0GONE"
    else:
        ana, gone = next(str(one.id) for one in server.world.members.values() if not one.bot), "118000000000"
    said = await site(tmp_path, place, ana, gone)("config", "check", "--live")
    assert said.code == 1, said
    channel, group, member, target = (
        next(line for line in said.out.splitlines() if line.startswith(begin))
        for begin in ("alarms.to[0].channel", "teams.support.", f"members.ana.{kind}", "routes.target.channel")
    )
    assert " = " not in channel
    assert "(asked " in channel
    assert " = @" in group
    assert " = @" in member
    assert f"routes.target.channel {made.far_side.lane.place} = #" in target
    if kind == "slack":
        assert target.endswith("= #help (5 members, anybody of the workspace can join)")
        assert group.endswith("= @support (2 members)")
    assert "1 of 4 names cannot be used as they are" in said.err
    for secret in made.env.values():
        assert secret not in said.out + said.err


async def test_a_refused_token_is_said_for_every_id(tmp_path, place):
    kind, made = place
    line = site(tmp_path, place, "U0ANA" if kind == "slack" else "118000000001", made.far_side.lane.place)
    line.env = {name: value + "x" for name, value in line.env.items() if name != "HANDRAIL_CONFIG"} | {
        "HANDRAIL_CONFIG": "handrail.yaml"
    }
    said = await line("config", "check", "--live")
    assert said.code == 1
    assert "4 of 4 names cannot be used" in said.err
    assert "Traceback" not in said.err
    if kind == "slack":
        # The wire server takes a token it does not know for our mistake; here it is the story.
        made.far_side.server.complaints.clear()
