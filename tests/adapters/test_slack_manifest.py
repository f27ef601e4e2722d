"""The manifest is one Slack takes, and asks for all the program uses and for nothing else."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from adapters.chat.slack import grants
from adapters.chat.slack.manifest import ABOUT, NAME_AT_MOST, as_json, as_yaml, manifest
from tests.source_tree import ROOT

PUBLISHED = ROOT.parent / "shared" / "data"
needs_the_schema = pytest.mark.skipif(
    not (PUBLISHED / "slack-manifest.schema.json").is_file(), reason="the published schema is not here"
)
needs_the_descriptions = pytest.mark.skipif(
    not (PUBLISHED / "slack-methods").is_dir(), reason="the published descriptions are not here"
)
ADDRESS = "https://handrail.acme.example/platforms/acme-slack/slack/events"
METHOD = re.compile(r"\"((?:apps|auth|bots|chat|conversations|files|reactions|usergroups|users|views)\.[A-Za-z.]+)\"")
BOTH = pytest.mark.parametrize("url", [None, ADDRESS], ids=["socket", "http"])


def source() -> str:
    folder = ROOT / "adapters" / "chat" / "slack"
    return "\n".join(
        path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py")) if path.name != "grants.py"
    )


@needs_the_schema
@BOTH
def test_slack_would_take_it(url):
    schema = json.loads((PUBLISHED / "slack-manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(manifest(request_url=url), schema)


@BOTH
def test_it_stays_within_slacks_limits(url):
    made = manifest(name="H" * NAME_AT_MOST, request_url=url)

    assert len(made["display_information"]["name"]) <= 35
    assert len(ABOUT) <= 140
    assert all(len(each["name"]) <= 24 and len(each["description"]) <= 150 for each in made["features"]["shortcuts"])
    assert len(made["features"]["shortcuts"]) <= 10
    assert len(grants.COMMAND) <= 32
    assert len(grants.USAGE) <= 1000
    assert len(made["settings"]["event_subscriptions"]["bot_events"]) <= 100


def test_socket_mode_needs_no_address_and_http_mode_names_one_everywhere():
    socket, http = manifest(), manifest(request_url=ADDRESS)

    assert socket["settings"]["socket_mode_enabled"] is True
    assert "http" not in as_json({**socket, "features": {}})
    assert http["settings"]["socket_mode_enabled"] is False
    assert as_json(http).count(ADDRESS) == 3, "events, clicks, and the command"


def test_mentions_in_the_command_arrive_as_ids():
    [command] = manifest()["features"]["slash_commands"]
    assert (command["command"], command["should_escape"]) == ("/handrail", True)


@BOTH
def test_yaml_and_json_say_the_same(url):
    made = manifest(request_url=url)

    assert YAML(typ="safe").load(as_yaml(made)) == json.loads(as_json(made)) == made


def test_every_scope_is_used_and_every_use_has_its_scope():
    asked = manifest()["oauth_config"]["scopes"]["bot"]

    assert set(asked) == grants.needed() == set(grants.SCOPES)


def test_the_table_has_the_methods_we_call_and_no_others():
    called = {method for method in METHOD.findall(source()) if not method.endswith(".com")}

    assert called == grants.METHODS.keys()


def test_every_event_asked_for_is_handled_by_name():
    code = source()

    assert [event for event in grants.EVENTS if f'"{event.partition(".")[0]}"' not in code] == []


@needs_the_descriptions
@pytest.mark.parametrize("method", sorted(grants.METHODS))
def test_the_scopes_of_a_method_are_those_slack_documents(method):
    path: Path = PUBLISHED / "slack-methods" / f"{method}.json"
    if not path.is_file():
        pytest.skip("this method's description is not here")
    documented = set(json.loads(path.read_text(encoding="utf-8"))["scope"].get("bot", []))
    # Posting under another name is an argument's scope; im:… and mpim:… are of conversations we do not read.
    ours = grants.METHODS[method] - {"chat:write.customize"}

    assert ours <= documented
    assert bool(ours) == bool(documented)
