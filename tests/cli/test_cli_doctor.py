"""`handrail doctor`: what it says of a sound site, and of one that is not."""

import json
import os

from tests.cli.command_line import CommandLine
from tests.journeys.platforms import slack_place


def findings(out):
    return [json.loads(line) for line in out.splitlines()]


async def test_a_fresh_folder_has_nothing_bad_and_nothing_is_made(handrail):
    said = await handrail("doctor", "--offline")

    assert said.code == 0, said
    assert "✓ handrail.yaml has no complaints" in said.out
    assert "! there is no database yet" in said.out
    assert not (handrail.folder / "data" / "handrail.db").exists()


async def test_a_running_site_is_looked_at_with_its_bot(site, beside):
    found = findings((await beside("doctor", "--json")).out)

    what = {one["what"] for one in found}
    assert {one["mark"] for one in found} <= {"good", "doubt"}, found
    assert what >= {
        "its tables are those of this version", "a commit is on disk when it is answered", "a daemon runs on it",
        "nobody else on this machine may read the database or the secrets",
    }  # fmt: skip
    assert any(sentence.startswith("shop-bot took a signed ping in") for sentence in what)
    assert site.bot.calls[-1].type == "endpoint.ping"


async def test_each_trouble_is_named_with_what_to_do_about_it(handrail):
    await handrail.good("migrate")
    path = handrail.folder / "handrail.yaml"
    path.chmod(0o666)
    os.chmod(handrail.folder / "data", 0o755)  # noqa: PTH101 - as an admin's shell does
    (handrail.folder / "data" / "handrail.db").chmod(0o644)
    path.write_text("version: 2\n", encoding="utf-8")
    said = await handrail("doctor", "--offline", "--json")
    assert (said.code, findings(said.out)[0]["mark"]) == (1, "bad")
    assert findings(said.out)[0]["what"].startswith("handrail.yaml:1")

    path.write_text(
        "version: 1\nserver: {public_url: 'http://help.example.com'}\n"
        f"bots: {{b: {{keys: [{{sha256: '{'e3b0c442' * 8}'}}]}}}}\nteams: {{t: {{members_of: channel}}}}\n"
        "routes: {name: all, target: {platform: console}, team: t}\n",
        encoding="utf-8",
    )
    said = await handrail("doctor", "--offline")
    assert said.code == 1
    assert "✗ public_url is http://help.example.com: without https" in said.out
    assert "✗ others on this machine may get at the config file" in said.out
    assert "chmod go-w handrail.yaml" in said.out
    assert "✗ others on this machine may get at the database (data/handrail.db, mode 644)" in said.out


async def test_a_daemon_that_starts_says_which_files_are_open_to_others(site, beside):
    await site.stop()
    (beside.folder / "handrail.yaml").chmod(0o666)
    await site.start()
    assert "file_rights_too_open" in site.log()
    assert "chmod go-w" in site.log()


async def test_slack_is_looked_at_with_the_channels_and_groups_the_file_uses(tmp_path):
    async with slack_place() as place:
        place.far_side.server.workspace.channels["C0OPS"].archived = True
        (tmp_path / "handrail.yaml").write_text(
            f"version: 1\nplatforms: {{{place.platforms}}}\nteams: {{support: {{{place.team}}}}}\n"
            "alarms: {to: [{platform: acme-slack, channel: C0OPS}]}\n"
            f"routes: {{name: all, target: {place.target}, team: support}}\n",
            encoding="utf-8",
        )
        said = await CommandLine(tmp_path, {"HANDRAIL_CONFIG": "handrail.yaml", **place.env})("doctor", "--json")

    slack = [one for one in findings(said.out) if one["what"].startswith("acme-slack: ")]
    what = {one["what"].removeprefix("acme-slack: ") for one in slack}
    assert what >= {
        "Slack takes the bot token, in the workspace Acme", "the app has every scope of the manifest",
        "the app-level token opens a socket", "the app is in #help (C0HELP) and can read it",
        "#ops (C0OPS) is archived", "the user group S0SUPPORT has 2 members",
    }  # fmt: skip
    assert [one["fix"] for one in slack if one["mark"] == "bad"] == [
        "Unarchive it, or name another channel in the config."
    ]
    assert said.code == 1
    assert not any(secret in said.out for secret in place.env.values())
