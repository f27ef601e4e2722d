"""The wire server's modals and home tabs are as strict as Slack's."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.given_time import GivenClock
from tests.wire.slack.people import People
from tests.wire.slack.server import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.wire.slack.workspace import Payload

INPUT = {
    "type": "input",
    "block_id": "words",
    "label": {"type": "plain_text", "text": "Reply"},
    "element": {"type": "plain_text_input", "action_id": "words", "max_length": 20},
}


def plain(text: str) -> Payload:
    return {"type": "plain_text", "text": text}


def modal(*blocks: Payload, **more: object) -> Payload:
    shown = list(blocks) or [INPUT]
    return {"type": "modal", "title": plain("Reply"), "submit": plain("Send"), "blocks": shown, **more}


@pytest.fixture
async def server(clock: GivenClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(clock.now).running() as server:
        yield server


async def ask(server: SlackServer, method: str, **given: object) -> Payload:
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        answer = await session.post(server.api_url + method, json=given)
        return await answer.json()


async def test_a_trigger_opens_one_modal_and_only_soon(server):
    views = server.methods.views
    trigger = views.trigger("U0ANA")
    late = views.trigger("U0ANA")

    assert (await ask(server, "views.open", trigger_id=trigger, view=modal()))["ok"]
    assert (await ask(server, "views.open", trigger_id=trigger, view=modal()))["error"] == "exchanged_trigger_id"
    views.trigger_life = 0.0
    assert (await ask(server, "views.open", trigger_id=late, view=modal()))["error"] == "expired_trigger_id"
    assert (await ask(server, "views.open", trigger_id="made-up", view=modal()))["error"] == "invalid_trigger_id"
    assert server.complaints == []


async def test_of_two_updates_with_one_hash_the_second_conflicts_and_what_was_typed_stays(server):
    people = People(server)
    opened = (await ask(server, "views.open", trigger_id=server.methods.views.trigger("U0ANA"), view=modal()))["view"]
    people.forms.fills("U0ANA", "Reply", "hello")
    change = {"view_id": opened["id"], "hash": opened["hash"], "view": modal(title=plain("Again"))}

    assert (await ask(server, "views.update", **change))["ok"]
    assert people.forms.shows("U0ANA").startswith("Again")
    assert people.forms.holds("U0ANA", "Reply") == "hello"
    assert (await ask(server, "views.update", **change))["error"] == "hash_conflict"


async def test_a_fourth_modal_has_no_room(server):
    views = server.methods.views
    view = (await ask(server, "views.open", trigger_id=views.trigger("U0ANA"), view=modal()))["view"]
    for _ in range(2):
        view = (await ask(server, "views.push", trigger_id=views.trigger("U0ANA", view["id"]), view=modal()))["view"]
    refused = await ask(server, "views.push", trigger_id=views.trigger("U0ANA", view["id"]), view=modal())

    assert refused["error"] == "push_limit_reached"


@pytest.mark.parametrize(
    ("view", "why"),
    [
        (modal(title=plain("A title of over 24 letters")), "text of 26 characters"),
        (modal(private_metadata="x" * 3001), "private_metadata of 3001"),
        ({k: v for k, v in modal().items() if k != "submit"}, "missing required field: submit"),
        (modal(INPUT | {"element": {"type": "plain_text_input", "action_id": "a", "max_length": 3001}}), "3001"),
        (modal(INPUT | {"element": {"type": "button", "action_id": "a", "text": plain("x")}}), "no place in input"),
        (modal(*({"type": "divider"} for _ in range(101))), "101 blocks, at most 100"),
        (modal(colour="red"), "unknown keys"),
        ({"type": "home", "blocks": [{"type": "divider"}]}, "no modal"),
    ],
)
async def test_a_modal_that_slack_refuses_is_a_complaint(server, view, why):
    trigger = server.methods.views.trigger("U0ANA")

    assert (await ask(server, "views.open", trigger_id=trigger, view=view))["error"] == "invalid_arguments"
    (complaint,) = server.complaints
    assert why in complaint


async def test_a_form_is_submitted_once_and_what_nobody_acknowledges_is_a_failure(server):
    people = People(server)
    server.sockets.ack_within = 0.05
    await ask(server, "views.open", trigger_id=server.methods.views.trigger("U0ANA"), view=modal())
    with pytest.raises(AssertionError, match="please complete 'Reply'"):
        await people.forms.submits("U0ANA")
    async with aiohttp.ClientSession() as session:
        opened = await session.post(
            server.api_url + "apps.connections.open", headers={"Authorization": f"Bearer {APP_TOKEN}"}
        )
        async with session.ws_connect((await opened.json())["url"]) as socket:
            await socket.receive_json()
            with pytest.raises(AssertionError, match="not acknowledged"):
                await people.forms.submits("U0ANA", Reply="hi")
            sent = await socket.receive_json()

    assert sent["payload"]["view"]["state"]["values"]["words"]["words"]["value"] == "hi"
    assert [payload["type"] for payload in server.failures] == ["view_submission"]
    assert people.forms.shows("U0ANA").startswith("Reply"), "it stays before the one who filled it in"
