"""Bad bodies by class: JSON whose words and fields are not as described. Never a 5xx, never a ticket."""

import json

import pytest

from tests.api.refusals import sound

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("leaves_nothing_behind")]

GOOD = {"conversation": {"external_id": "web-1"}}
USER = {"external_id": "u"}


# ── text, names and fields ─────────────────────────────────────────────────

ESCALATIONS = [
    ({}, ""),
    ({"title": "x"}, ""),
    ({"conversation": None, "user": None}, ""),
    ([], ""),
    ("x", ""),
    (None, ""),
    ({"conversation": "web-1"}, "/conversation"),
    ({"conversation": {}}, "/conversation/external_id"),
    ({"conversation": {"external_id": 7}}, "/conversation/external_id"),
    ({"conversation": {"external_id": "a", "id": "tkt_x"}}, "/conversation/id"),
    *[
        ({"conversation": {"external_id": bad}}, "/conversation/external_id")
        for bad in (
            "",
            "../../x",
            "..",
            ".",
            "a/../b",
            "/etc/passwd",
            "..\\x",
            "a b",
            "a\nb",
            "a\x1bb",
            "%2e%2e",
            "ä",
            "\u202ea",
            "a" * 201,
            "a//b",
            "<x>",
            "a'b",
            'a"b',
        )
    ],
    ({**GOOD, "admin": True}, "/admin"),
    ({**GOOD, "state": "closed"}, "/state"),
    ({**GOOD, "owner": "bot"}, "/owner"),
    ({**GOOD, "x/y~z": 1}, "/x~1y~0z"),
    ({**GOOD, "\u202e" * 300: 1}, None),
    ({**GOOD, "user": {**USER, "role": "admin"}}, "/user/role"),
    *[({**GOOD, "priority": bad}, "/priority") for bad in ("1 OR 1=1", "HIGH", "", 1, True, ["high"])],
    ({**GOOD, "reason": {"code": "a", "confidence": True}}, "/reason/confidence"),
    ({**GOOD, "reason": {"code": "a", "confidence": "0.5"}}, "/reason/confidence"),
    ({**GOOD, "reason": {"code": "a", "confidence": 1.01}}, "/reason/confidence"),
    ({**GOOD, "reason": {"code": "a\u202eb"}}, "/reason/code"),
    ({**GOOD, "reason": {}}, "/reason/code"),
    ({**GOOD, "capabilities": {"max_text": True}}, "/capabilities/max_text"),
    ({**GOOD, "capabilities": {"max_text": 4000.5}}, "/capabilities/max_text"),
    ({**GOOD, "capabilities": {"max_text": 0}}, "/capabilities/max_text"),
    ({**GOOD, "capabilities": {"edit": 1}}, "/capabilities/edit"),
    ({**GOOD, "capabilities": {"edit": "true"}}, "/capabilities/edit"),
    ({**GOOD, "user": {**USER, "verified": "yes"}}, "/user/verified"),
    ({**GOOD, "user": {**USER, "timezone": "../../etc/passwd"}}, "/user/timezone"),
    ({**GOOD, "user": {**USER, "name": "x" * 301}}, "/user/name"),
    ({**GOOD, "title": ""}, "/title"),
    ({**GOOD, "title": 7}, "/title"),
    ({**GOOD, "description": "x" * 40_001}, "/description"),
    ({**GOOD, "summary": "x" * 40_001}, "/summary"),
    ({**GOOD, "tags": "refund"}, "/tags"),
    ({**GOOD, "tags": ["x"] * 51}, "/tags"),
    ({**GOOD, "tags": [""]}, "/tags/0"),
    ({**GOOD, "attributes": {"a": {"b": 1}}}, "/attributes"),
    ({**GOOD, "attributes": {"a": [1]}}, "/attributes"),
    ({**GOOD, "attributes": {"": 1}}, "/attributes"),
    ({**GOOD, "attributes": {"a": "x" * 8192}}, "/attributes"),
    ({**GOOD, "attributes": {str(n): n for n in range(2000)}}, "/attributes"),
    ({**GOOD, "attributes": []}, "/attributes"),
    ({**GOOD, "metadata": {str(n): n for n in range(2000)}}, "/metadata"),
    ({**GOOD, "metadata": {"a": "ä" * 4096}}, "/metadata"),
    ({**GOOD, "metadata": "text"}, "/metadata"),
    ({**GOOD, "transcript": [{"from": "user", "text": "x"}] * 1000}, "/transcript"),
    ({**GOOD, "transcript": [{"from": "user", "text": "x"}] * 501}, "/transcript"),
    ({**GOOD, "transcript": [{"from": "root", "text": "x"}]}, "/transcript/0/from"),
    ({**GOOD, "transcript": [{"from": "user"}]}, "/transcript/0/text"),
    *[
        ({**GOOD, "transcript": [{"from": "user", "text": "x", "at": bad}]}, "/transcript/0/at")
        for bad in (
            "",
            "now",
            "2026-11-22",
            "2026-11-22T09:00:03",
            1763800000,
            True,
            "2026-13-01T00:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "x" * 10_000,
        )
    ],
    ({**GOOD, "notices": "loud"}, "/notices"),
    *[
        ({**GOOD, "links": [{"title": "x", "url": bad}]}, "/links/0/url")
        for bad in (
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://a.example",
            "x",
            "",
            "http://a b",
            "http://u@a.example/",
        )
    ],
    ({**GOOD, "user": {**USER, "avatar_url": "javascript:alert(1)"}}, "/user/avatar_url"),
]


@pytest.mark.parametrize(("body", "pointer"), ESCALATIONS)
async def test_an_escalation_not_as_described(intake, body, pointer):
    answer = await intake.signed("POST", "/v1/tickets", json.dumps(body).encode())
    sound(answer, 422, "validation-error")
    if pointer is not None:
        assert pointer in [error["pointer"] for error in answer.json["errors"]]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (rb'{"conversation":{"external_id":"a"},"title":"\ud800"}', "/title"),
        (rb'{"conversation":{"external_id":"a"},"title":"x\udc00y"}', "/title"),
        (rb'{"conversation":{"external_id":"a"},"title":"\u0000"}', "/title"),
        (rb'{"conversation":{"external_id":"a"},"attributes":{"a\u0000":1}}', "/attributes"),
        (rb'{"conversation":{"external_id":"a\ud83d"}}', "/conversation/external_id"),
    ],
)
async def test_text_no_database_takes(intake, body, pointer):
    answer = await intake.signed("POST", "/v1/tickets", body)
    sound(answer, 422, "validation-error")
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


async def test_a_refusal_never_repeats_more_than_a_little_of_the_input(intake):
    loud = "<script>alert('x')</script>\u202e\x1b[31m"
    for body in ({**GOOD, loud * 20: 1}, {**GOOD, "priority": loud * 20}, {**GOOD, "attributes": {loud * 20: {}}}):
        answer = await intake.signed("POST", "/v1/tickets", body)
        sound(answer, 422, "validation-error")
        assert len(answer.raw) < 700
        assert "\x1b" not in answer.raw.decode()
        assert "\u202e" not in answer.raw.decode()


MESSAGES = [
    ({}, "/text"),
    ({"text": ""}, "/text"),
    ({"text": None}, "/text"),
    ({"text": 7}, "/text"),
    ({"text": "x" * 40_001}, "/text"),
    ({"text": "x", "external_id": "../../x"}, "/external_id"),
    ({"text": "x", "opens": "false"}, "/opens"),
    ({"text": "x", "from": "member"}, "/from"),
    ({"text": "x", "attachments": [{"url": "https://cdn.shop.example/a"}] * 11}, "/attachments"),
    ({"text": "x", "attachments": [{}]}, "/attachments/0"),
    ({"text": "x", "attachments": [{"name": "a.pdf"}]}, "/attachments/0"),
    ({"text": "x", "attachments": [{"file_id": "../../x"}]}, "/attachments/0/file_id"),
    ({"text": "x", "attachments": [{"file_id": "fil_" + "0" * 32, "name": "a.pdf"}]}, "/attachments/0"),
    ({"attachments": [{"file_id": "fil_" + "0" * 32, "url": "https://cdn.shop.example/a"}]}, "/attachments/0"),
]
PATH = "/v1/tickets/tkt_" + "0" * 32


@pytest.mark.parametrize(("body", "pointer"), MESSAGES)
async def test_a_message_not_as_described(intake, body, pointer):
    answer = await intake.call("POST", f"{PATH}/messages", body)
    sound(answer, 422, "validation-error")
    assert pointer in [error["pointer"] for error in answer.json["errors"]]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {}),
        ("PATCH", "", {"title": None}),
        ("PATCH", "", {"title": "x", "owner": "bot"}),
        ("PATCH", "/messages/m1", {}),
        ("PATCH", "/messages/m1", {"text": "x", "external_id": "m2"}),
        ("POST", "/activity", {"activity": "sleeping"}),
        ("POST", "/activity", {}),
        ("POST", "/takeback", {"outcome": "spam"}),
        ("POST", "/takeback", {"outcome": "returned_to_bot"}),
        ("POST", "/takeback", {"note": ""}),
        ("POST", "/takeback", []),
    ],
)
async def test_other_calls_not_as_described(intake, method, path, body):
    sound(await intake.call(method, PATH + path, body), 422, "validation-error")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/x",
        "http://localhost./x",
        "http://0177.0.0.1/x",
        "http://0x7f.1/x",
        "http://2130706433/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://[2002:7f00:1::]/x",
        "http://[fec0::1]/x",
        "http://0.0.0.0/x",
        "http://[::]/x",
        "gopher://cdn.shop.example/x",
        "http://cdn.shop.example\\@127.0.0.1/x",
        "http://127。0。0。1/x",
        "http://cdn.shop.example:25/x",
        "javascript:alert(1)",
        "https://elsewhere.example/x",
        "",
        "https://cdn.shop.example/" + "x" * 3000,
    ],
)
async def test_an_attachment_from_where_we_do_not_fetch(intake, url):
    answer = await intake.call("POST", f"{PATH}/messages", {"text": "x", "attachments": [{"url": url}]})
    sound(answer, 422, "url-not-allowed")
    assert answer.json["errors"][0]["pointer"] == "/attachments/0/url"
