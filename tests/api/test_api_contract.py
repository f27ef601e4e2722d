"""The served document against the served interface: calls generated from it, well and badly formed.

Each call is signed or shows a key; in half of the well-formed ones the ticket is one that exists.
"""

import asyncio
import base64
import hmac
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st
from requests.auth import AuthBase
from schemathesis import Case, GenerationMode
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi import checks

from tests.api.conftest import KEYS, SECRETS, Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLES = 12
"""Per operation, way in and kind of data: about ten seconds in all."""
CHECKS = (
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
)
ADDRESS_AT_MOST = 4000
"""A longer one ends at the parser, which knows no document."""
ABOUT_THE_CALLER = {"authorization", "handrail-bot", "webhook-id", "webhook-timestamp", "webhook-signature"}
"""Left to the hooks below: that odd ones are refused is asked elsewhere."""


class Keyed(AuthBase):
    """Shows the bot's key."""

    def __init__(self, _running: Running) -> None:
        pass

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {KEYS['shop-bot']}"
        return request


class Signed(AuthBase):
    """Signs each request as it leaves, by Standard Webhooks."""

    def __init__(self, running: Running) -> None:
        self._stamp = str(int(running.clock.now().timestamp()))
        self._ids = count()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        name = f"generated_{next(self._ids)}"
        mac = hmac.digest(SECRETS["shop-bot"], f"{name}.{self._stamp}.".encode() + raw, sha256)
        request.headers["handrail-bot"] = "shop-bot"
        request.headers["webhook-id"] = name
        request.headers["webhook-timestamp"] = self._stamp
        request.headers["webhook-signature"] = "v1," + base64.b64encode(mac).decode()
        return request


@pytest.mark.parametrize("hook", [Signed, Keyed])
async def test_every_answer_is_one_the_document_names(intake: Running, hook: Callable[[Running], AuthBase]) -> None:
    document = (await intake.call("GET", "/openapi.json")).json
    ticket = await intake.escalated()
    answers: Counter[int] = Counter()
    operations, auth, base = 0, hook(intake), f"http://127.0.0.1:{intake.port}"
    with requests.Session() as session:

        def call(case: Case[Any]) -> None:
            """One call, judged by all checks."""
            answer = case.call(base_url=base, session=session, auth=auth, timeout=10)
            answers[answer.status_code] += 1
            assert answer.status_code < 500
            case.validate_response(answer, checks=list(CHECKS))

        schema = from_dict(document)
        schema.config.checks.negative_data_rejection.expected_statuses += ["413"]
        for found in schema.get_all_operations():
            operation = found.ok()
            operations += 1
            for mode in GenerationMode:
                if mode is GenerationMode.NEGATIVE and next(operation.iter_parameters(), None) is None:
                    continue  # nothing could be wrong
                await asyncio.to_thread(generated(operation.as_strategy(generation_mode=mode), ticket, call))
    print(f"operations {operations}, cases {answers.total()}, 5xx 0, answers {dict(sorted(answers.items()))}")
    assert operations > 10
    assert {200, 201, 404, 409, 422} <= answers.keys()


def generated(
    cases: st.SearchStrategy[Case[Any]], ticket: str, call: Callable[[Case[Any]], None]
) -> Callable[[], None]:
    """Calls made from a strategy, the same ones each time."""

    @seed(20261122)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, known=st.booleans())
    def each(case: Case[Any], known: bool) -> None:
        if known and case.meta.generation.mode is GenerationMode.POSITIVE and "ticket" in case.path_parameters:
            case.path_parameters["ticket"] = ticket
        assume(len(urlencode(case.query)) < ADDRESS_AT_MOST)
        if isinstance(case.query.get("wait"), int):
            case.query["wait"] = 0
        left_out = ABOUT_THE_CALLER | ({"idempotency-key"} if known else set())
        for name in [name for name in case.headers if name.lower() in left_out]:
            del case.headers[name]
        call(case)

    return each
