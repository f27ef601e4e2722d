"""Bots kept apart: every call of the catalogue, with an id of one's own, another bot's, nobody's, and one that is none.

Made from the table of operations: a new call, or a new kind of id in an address, is asked here by itself.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from bridge.api.catalogue import OPERATIONS
from bridge.api.docs import example
from bridge.api.openapi import document
from bridge.api.operation import Operation
from bridge.domain.refs import new_id
from tests.api.conftest import Answer, Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCHEMAS = document("")["components"]["schemas"]
WITH_ID = [operation for operation in OPERATIONS if "{" in operation.path]
STRANGE: dict[str, list[str]] = {
    "ticket": ["tkt_", "tkt_0", "TKT_" + "0" * 32, "tkt_" + "g" * 32, "1042", "0", "%00", "..%2f..", "x" * 300, "%F0"],
    "external_id": ["nobody", "%2e%2e", "..%2fx", "%00", "%20", "x" * 201, "'%20OR%201=1--", "%E2%80%AE"],
}
"""Ids that are nobody's or none, by their place in an address. A new place must be named here to be asked."""


@dataclass(frozen=True)
class Ids:
    """What one bot owns, by its place in an address."""

    bot: str
    of: dict[str, str]


def names(operation: Operation) -> list[str]:
    return re.findall(r"\{(\w+)\}", operation.path)


async def asked(intake: Running, operation: Operation, ids: dict[str, str], *, bot: str = "shop-bot") -> Answer:
    body: Any = None
    if operation.takes is not None:
        body = example({"$ref": f"#/components/schemas/{operation.takes.__name__}"}, SCHEMAS)
        body.pop("reply_to", None)
        body.pop("attachments", None)
        if "external_id" in body:
            body["external_id"] = new_id("m")
    return await intake.call(operation.method, operation.path.format(**ids), body, bot=bot)


def told(answer: Answer) -> tuple[object, ...]:
    """All of a refusal but the name of the request."""
    varying = {"date", "x-request-id"}
    kept = {name: value for name, value in answer.headers.items() if name not in varying}
    return answer.status, {**answer.json, "instance": ""}, kept


async def owned(intake: Running, bot: str) -> Ids:
    """A ticket with a message, and whatever else an address can name; message and user have one id."""
    ticket = await intake.escalated({"user": {"external_id": f"id-of-{bot}"}}, bot=bot)
    said = {"text": "a secret word", "external_id": f"id-of-{bot}"}
    assert (await intake.call("POST", f"/v1/tickets/{ticket}/messages", said, bot=bot)).status == 201
    return Ids(bot, {"ticket": ticket, "external_id": f"id-of-{bot}"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ours(intake: Running) -> Ids:
    return await owned(intake, "shop-bot")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def theirs(intake: Running) -> Ids:
    return await owned(intake, "other-bot")


@pytest.mark.parametrize("operation", WITH_ID, ids=lambda each: each.name)
async def test_another_bots_nobodys_and_no_id_at_all_read_alike(
    intake: Running, ours: Ids, theirs: Ids, operation: Operation
) -> None:
    untouched = await look(intake, theirs)
    nobodys = {**ours.of, "ticket": new_id("tkt"), "external_id": "nobody"}
    wanted = told(await asked(intake, operation, nobodys))
    assert wanted[0] == 404
    for name in names(operation):
        for value in (theirs.of[name], *STRANGE[name]):
            answer = await asked(intake, operation, {**ours.of, name: value})
            assert answer.status == 404, (name, value, answer.raw)
            assert told(answer) == wanted, (name, value)
    assert told(await asked(intake, operation, theirs.of)) == wanted
    assert await look(intake, theirs) == untouched


ASKED_ALONE = {"post_receipt"}
"""Calls whose example names something more: here, a message of the team's."""


@pytest.mark.parametrize(
    "operation", [each for each in WITH_ID if each.name not in ASKED_ALONE], ids=lambda each: each.name
)
async def test_ones_own_is_there(intake: Running, operation: Operation) -> None:
    mine = await owned(intake, "key-only-bot")
    assert (await asked(intake, operation, mine.of, bot="key-only-bot")).status < 300


async def look(intake: Running, ids: Ids) -> object:
    ticket = ids.of["ticket"]
    return [(await intake.call("GET", f"/v1/tickets/{ticket}{more}", bot=ids.bot)).json for more in ("", "/transcript")]


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.method == "GET"], ids=lambda each: each.name)
async def test_nothing_a_bot_can_read_holds_a_word_of_another(
    intake: Running, ours: Ids, theirs: Ids, operation: Operation
) -> None:
    for query in ("", "?external_conversation_id=user-of-other-bot", "?limit=1", "?after=0", "?state=open"):
        path = operation.path.format(**ours.of) + query
        answer = await intake.call("GET", path)
        for secret in (theirs.of["ticket"], "user-of-other-bot", "m-of-other-bot"):
            assert secret not in answer.raw.decode(), path


async def test_a_cursor_of_another_bots_list_opens_nothing(intake: Running, theirs: Ids) -> None:
    await intake.escalated({"user": {"external_id": "second"}}, bot="other-bot")
    page = (await intake.call("GET", "/v1/tickets?limit=1", bot="other-bot")).json
    answer = await intake.call("GET", f"/v1/tickets?cursor={page['next']}")
    assert theirs.of["ticket"] not in answer.raw.decode()


async def test_a_conversation_and_a_key_of_the_same_name_are_each_bots_own(intake: Running) -> None:
    body = {"conversation": {"external_id": "the-same"}}
    headers = {"Idempotency-Key": "the-same"}
    one = await intake.call("POST", "/v1/tickets", body, headers=headers)
    two = await intake.call("POST", "/v1/tickets", body, headers=headers, bot="other-bot")
    assert (one.status, two.status) == (201, 201)
    assert one.json["ticket"]["id"] != two.json["ticket"]["id"]
    assert "idempotency-replayed" not in two.headers
