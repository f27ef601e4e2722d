"""`users`: found, exported, erased, beside a daemon that runs."""

import csv
import json
import stat


async def test_who_is_nobody_is_refused_in_one_sentence(handrail):
    await handrail.good("migrate")
    for words, sentence in (
        (("users", "find", "mara"), "There is nobody of that id or name."),
        (("users", "erase", "demo-shop", "u_17"), "demo-shop has no such user."),
    ):
        assert (await handrail(*words)).one_sentence().startswith(sentence), words
    assert await handrail.good("users", "erasures") == "Nobody was erased.\n"


async def test_a_user_is_found_exported_and_erased_while_the_daemon_runs(site, beside, tmp_path):
    ticket = await site.escalates("web-1", user={"external_id": "u_17", "name": "=Mara", "email": "m@example.org"})

    assert "shop-bot  u_17  =Mara  1 tickets (1 open)" in await beside.good("users", "find", "mara")

    out = tmp_path / "mara.json"
    await beside.good("users", "export", "shop-bot", "u_17", "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    kept = json.loads(out.read_text())
    assert (kept["user"]["email"], kept["tickets"][0]["number"]) == ("m@example.org", ticket["number"])
    assert kept["tickets"][0]["log"][0]["kind"] == "ticket.opened"
    again = await beside("users", "export", "shop-bot", "u_17", "--out", str(out))
    assert "is there already" in again.one_sentence()
    table = await beside.good("users", "export", "shop-bot", "u_17", "--csv")
    cells = [cell for row in csv.reader(table.splitlines()) for cell in row]
    assert "'=Mara" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]

    planned = await beside.good("users", "erase", "shop-bot", "u_17", "--dry-run")
    assert "This would erase u_17 of shop-bot: 1 tickets (1 open)" in planned
    assert "Backups of the database" in planned

    erased = await beside.good("users", "erase", "shop-bot", "u_17")
    receipt = erased.partition("Receipt: ")[2].split()[0]
    assert receipt.startswith("ers_")
    assert receipt in await beside.good("users", "erasures")
    assert "They were erased before" in await beside.good("users", "erase", "shop-bot", "u_17")
    acts = [json.loads(line) for line in (await beside.good("audit", "--action", "user", "--json")).splitlines()]
    assert [act["action"] for act in acts] == ["user.exported", "user.exported", "user.erased"]
    assert "Mara" not in str(acts)
