"""`config check|test|explain|diff|schema` and `simulate`: what an admin asks of the file before anybody is bothered."""

import json
from xml.etree import ElementTree as ET  # the document is our own

import pytest

from tests.journeys.site import ROOT


def write(handrail, name, text):
    (handrail.folder / name).write_text(text, encoding="utf-8")
    return name


def edited(handrail, old, new, name="handrail.yaml"):
    text = (handrail.folder / "handrail.yaml").read_text(encoding="utf-8")
    assert old in text
    return write(handrail, name, text.replace(old, new, 1))


async def test_warnings_stand_beside_a_good_file_and_fail_only_where_that_was_asked_for(handrail):
    edited(handrail, "user: {locale: fr-CA}}", "user: {locale: de}}")
    edited(handrail, "expect: {route: french}", "expect: {}")
    said = await handrail("config", "check")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("warning: handrail.yaml:")
    assert "no test ends in french" in said.out
    strict = await handrail("config", "check", "--strict")
    assert strict.code == 1
    assert strict.err == "handrail.yaml: no complaints, but 1 warning.\n"


async def test_results_as_junit_are_read_by_any_build_server(handrail):
    edited(handrail, "expect: {route: refunds}", "expect: {route: french}")
    said = await handrail("config", "test", "--junit", "results.xml", "--coverage")
    assert said.code == 1
    suites = ET.parse(handrail.folder / "results.xml").getroot()
    (suite,) = suites
    cases = list(suite)
    assert (suites.tag, suite.tag, {case.tag for case in cases}) == ("testsuites", "testsuite", {"testcase"})
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    (failed,) = [case for case in cases if len(case)]
    assert failed.get("name") == "a refund goes to the refunds route, in any language"
    assert "expected french, got refunds" in (failed[0].get("message") or "")
    assert all(case.get("file") == "handrail.yaml" and int(case.get("line") or 0) > 1 for case in cases)


async def test_a_junit_file_that_cannot_be_written_is_one_sentence(handrail):
    said = await handrail("config", "test", "--junit", "nowhere/results.xml")
    assert said.code == 1
    assert said.err == "nowhere/results.xml: No such file or directory\n"


async def test_explain_tells_each_value_with_its_line_and_where_it_comes_from(handrail):
    lines = (await handrail.good("config", "explain", "french")).splitlines()
    file = (handrail.folder / "handrail.yaml").read_text(encoding="utf-8").splitlines()
    said = {line.split()[0]: line for line in lines[1:]}
    assert lines[0].startswith("french   (handrail.yaml:")
    assert lines[0].endswith("inside everything")
    assert said["match.language"].split()[1:3] == ["{prefix:", "fr}"]
    for key, text in (("team", "team: support"), ("relay.undo", "undo: 5s"), ("claim.hold", "hold: answering")):
        line = next(number for number, each in enumerate(file, 1) if text in each and not each.startswith("teams"))
        assert f"handrail.yaml:{line} " in said[key] + " "
        assert said[key].endswith("from everything")
    assert said["relay.stale_after"].split()[1:] == ["2h", "default"]


async def test_a_route_nobody_wrote_is_one_sentence(handrail):
    assert "did you mean french?" in (await handrail("config", "explain", "frensh")).one_sentence()


async def test_the_schema_that_is_printed_is_the_one_that_is_checked_in(handrail):
    printed = await handrail.good("config", "schema")
    assert printed == (ROOT / "config" / "schema.json").read_text(encoding="utf-8")


EVENTS = [
    {"at": "2026-11-24T10:00:00Z", "title": "One", "tags": ["refund"]},
    {"at": "2026-11-24T10:01:00Z", "title": "Two", "language": "fr", "claimed_after": "2m"},
    {"at": "2026-11-24T10:02:00Z", "title": "Three"},
]


@pytest.fixture
def events(handrail):
    return write(handrail, "events.jsonl", "\n".join(map(json.dumps, EVENTS)) + "\n\n")


async def test_diff_names_what_would_go_elsewhere_and_nothing_else(handrail, events):
    new = edited(handrail, "match: {language: {prefix: fr}}", "match: {language: {prefix: de}}", "new.yaml")
    new = write(handrail, new, (handrail.folder / new).read_text(encoding="utf-8").replace("{route: french}", "{}"))
    told = await handrail.good("config", "diff", "handrail.yaml", new, "--events", events)
    assert told.splitlines() == [
        "line 2  2026-11-24 10:01  french -> everything  no other rule matches",
        "1 of 3 would go elsewhere or be treated otherwise.",
    ]
    assert await handrail.good("config", "diff", "handrail.yaml", "handrail.yaml", "--events", events) == (
        "0 of 3 would go elsewhere or be treated otherwise.\n"
    )


async def test_simulate_tells_who_is_pinged_when_until_somebody_takes_it(handrail, events):
    lines = [line.split(maxsplit=7) for line in (await handrail.good("simulate", "--events", events)).splitlines()]
    of_two = [" ".join([line[3], *line[7].split()]) for line in lines if line[4:6] == ["line", "2"]]
    assert of_two == ["10:01:00 opened the console", "10:02:00 digest the console", "10:03:00 claimed support"]
    of_one = [line[7].split()[0] for line in lines if line[4:6] == ["line", "1"]]
    assert of_one == ["opened", "digest", "mention", "mention", "mention", "mention", "mention"]


async def test_lines_that_are_no_escalations_are_all_named(handrail):
    name = write(handrail, "events.jsonl", '{"at": "soon"}\n[]\n{\n{"claimed_after": 5}\n')
    said = (await handrail("simulate", "--events", name)).one_sentence()
    assert [line.split(": ")[1] for line in said.splitlines()] == ["line 1", "line 2", "line 3", "line 4"]
