"""Everything a bot can be told is in the document, and is what the document says."""

import ast
from pathlib import Path

import pytest

import bridge
from bridge.api.callbacks import TOLD, envelopes
from bridge.api.openapi import document
from bridge.domain.chosen import QUIET
from bridge.domain.events import Intent
from bridge.rulebook.models_shores import EVENT_TYPES, named_events
from tests.api.replying import replied
from tests.api.test_api_calls import FULL
from tests.api.test_api_documents import validator

NOT_BUILT = {kind for kind in EVENT_TYPES if kind.startswith("draft.")}
"""Drafts come with approvals."""


def told_in_code() -> set[str]:
    """First words of calls that tell, and types of `Told` records, as the domain's source has them."""
    found: set[str] = set()
    for path in (Path(bridge.__file__).parent / "domain").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            given = {word.arg: word.value for word in call.keywords}
            if "tell" in given and call.args and isinstance(call.args[0], ast.Constant):
                found.add(str(call.args[0].value))
            for name in ("type", "told_as"):
                if isinstance(given.get(name), ast.Constant):
                    found.add(str(given[name].value))
    return {kind for kind in found if "." in kind}


def test_every_type_that_is_told_is_described_and_can_be_chosen():
    assert told_in_code() <= set(TOLD)
    assert set(TOLD) == set(EVENT_TYPES) - NOT_BUILT
    assert set(document("")["webhooks"]) == set(TOLD)


async def test_what_is_told_is_what_the_document_describes(handrail):
    doc = document("")
    ticket = await handrail.escalated({**FULL, "notices": "relay"})
    await replied(handrail, ticket)
    await replied(handrail, ticket, "a note", Intent.NOTE)
    await handrail.call("PATCH", f"/v1/tickets/{ticket}", {"title": "New", "priority": "urgent", "reroute": True})
    await handrail.call("POST", f"/v1/tickets/{ticket}/takeback", {"outcome": "resolved"})
    await handrail.escalated(FULL)

    events = (await handrail.call("GET", "/v1/events")).json["events"]
    assert {event["type"] for event in events} >= {
        "ticket.opened", "message.created", "ticket.assigned", "ticket.updated", "ticket.rerouted", "ticket.closed",
        "ticket.reopened",
    }  # fmt: skip
    for event in events:
        body = doc["webhooks"][event["type"]]["post"]["requestBody"]["content"]["application/json"]["schema"]
        validator(doc, body).validate(event)
        envelopes()[event["type"]].model_validate(event)
    (updated,) = [event for event in events if event["type"] == "ticket.updated"]
    assert updated["data"]["changed"] == "title, priority"


@pytest.mark.parametrize(
    ("said", "without"),
    [(["ticket.*"], {"ticket.queue_updated"}), (["message.*", "ticket.queue_updated"], {"reminder.sent"})],
)
def test_a_pattern_means_all_of_its_kind_but_the_quiet_ones(said, without):
    chosen = named_events(said)
    assert not chosen & without
    assert {each for each in EVENT_TYPES if each.startswith(said[0][:-1])} - QUIET <= chosen
    assert ("ticket.queue_updated" in chosen) is ("ticket.queue_updated" in said)
