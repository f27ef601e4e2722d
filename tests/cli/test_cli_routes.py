"""`route try`: where a ticket would go, judged by the file alone."""

import json

import pytest


@pytest.fixture
def payload(handrail):
    def write(**facts):
        path = handrail.folder / "payload.json"
        path.write_text(json.dumps({"bot": "shop-bot", **facts}), encoding="utf-8")
        return path.name

    return write


async def test_a_payload_is_told_its_route_its_reason_and_its_reminders(handrail, payload):
    name = payload(tags=["refund"], language="fr", title="Refund")
    told = await handrail.good("route", "try", name, "--at", "2026-11-24T23:30+01:00")
    lines = told.splitlines()
    assert lines[0].startswith("route     refunds   (handrail.yaml:")
    assert lines[1].startswith("because   tags ")
    assert lines[2] == "shown in  the console, for team support"
    assert "reminder  Tue 24 Nov 2026 22:33:00 UTC  mention team" in lines
    assert not (handrail.folder / "data" / "handrail.db").exists()


async def test_routes_that_were_passed_say_why(handrail, payload):
    told = await handrail.good("route", "try", payload(language="fr"))
    assert "route     french" in told
    assert "not       refunds: " in told


async def test_facts_with_control_characters_reach_the_terminal_as_pictures(handrail, payload):
    told = await handrail.good("route", "try", payload(language="fr\x1b[31m\x9b0m"))
    assert told.isprintable() or all(char.isprintable() or char == "\n" for char in told)


@pytest.mark.parametrize(
    ("content", "at", "sentence"),
    [
        ("{", None, "payload.json: "),
        ("[1]", None, "expected a JSON object"),
        (None, None, "No such file"),
        ("{}", "tomorrow", "'tomorrow' is no time"),
    ],
)
async def test_what_cannot_be_tried_is_one_sentence(handrail, content, at, sentence):
    if content is not None:
        (handrail.folder / "payload.json").write_text(content, encoding="utf-8")
    said = await handrail("route", "try", "payload.json", *(("--at", at) if at else ()))
    assert sentence in said.one_sentence()
