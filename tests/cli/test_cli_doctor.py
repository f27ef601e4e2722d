"""`handrail doctor`: what it says of a sound site, and of one that is not."""

import json
import os


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
