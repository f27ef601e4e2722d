"""Classes of bad input: each row with its neighbours, over a real socket. The rule for all: never a 5xx, no ticket,
nothing of the input in the answer."""

import gzip
import json
import zlib

import pytest
import pytest_asyncio

from tests.api.conftest import KEYS

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD = {"conversation": {"external_id": "web-1"}}
USER = {"external_id": "u"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def leaves_nothing_behind(intake):
    """After all of them: no ticket, and not one answer of the 5xx kind."""
    yield
    assert await intake.tickets() == []
    counted = intake.api.metrics.exposition().decode().splitlines()
    assert [line for line in counted if line.startswith("handrail_api_requests_total") and 'status="5' in line] == []


def sound(answer, status, slug):
    """A refusal as it must look."""
    assert (answer.status, answer.slug) == (status, slug), answer.raw
    problem = answer.json
    assert problem["status"] == status
    assert problem["instance"] == answer.headers["x-request-id"]
    assert problem["title"]
    assert "Traceback" not in answer.raw.decode()
    assert ".py" not in answer.raw.decode()
    assert (status == 422) == ("errors" in problem)
    for error in problem.get("errors", []):
        assert error["pointer"] == "" or error["pointer"].startswith("/")
        assert len(error["pointer"]) <= 64
        assert error["code"]
        assert error["detail"]
    if status in {429, 503}:
        assert int(answer.headers["retry-after"]) >= 1


# ── who is calling ─────────────────────────────────────────────────────────


async def test_signed_with_another_key(intake):
    sound(
        await intake.signed("POST", "/v1/tickets", GOOD, secret=b"another secret of another bot"),
        401,
        "invalid-signature",
    )
    other = await intake.signed("POST", "/v1/tickets", GOOD, bot="shop-bot", headers={"handrail-bot": "other-bot"})
    sound(other, 401, "invalid-signature")


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-id": "msg_2"},
        {"webhook-id": "MSG_1"},
        {"webhook-timestamp": "1795428001"},
        {"webhook-timestamp": "1.5e9"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "0x6b01d5a0"},
        {"webhook-timestamp": "9" * 300},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,a,b"},
        {"webhook-signature": ","},
        {"webhook-signature": "v1,not base64!"},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v1," + "A" * 5000},
        {"webhook-signature": "é"},
        {"handrail-bot": "nobody"},
        {"handrail-bot": "Shop-Bot"},
        {"handrail-bot": "shop-bot\u00a0"},
        {"handrail-bot": "' OR 1=1"},
    ],
)
async def test_a_header_changed_after_signing(intake, headers):
    sound(await intake.signed("POST", "/v1/tickets", GOOD, headers=headers), 401, "invalid-signature")


async def test_an_unknown_bot_reads_exactly_like_a_wrong_signature(intake):
    wrong = await intake.signed("POST", "/v1/tickets", GOOD, secret=b"another secret of another bot")
    unknown = await intake.signed("POST", "/v1/tickets", GOOD, headers={"handrail-bot": "nobody"})
    key = await intake.call("POST", "/v1/tickets", GOOD, headers={"Authorization": "Bearer hr_nobody"})
    bodies = [{**answer.json, "instance": ""} for answer in (wrong, unknown, key)]
    assert bodies[0] == bodies[1] == bodies[2]
    assert wrong.headers.keys() == unknown.headers.keys() == key.headers.keys()


async def test_only_an_unknown_version_of_the_signature(intake):
    good = await intake.signed("GET", "/v1/tickets")
    assert good.status == 200
    for version in ("v9", "v1a", "v2", "", "V1"):
        sound(
            await intake.signed("GET", "/v1/tickets", headers={"webhook-signature": f"{version},AAAA"}),
            401,
            "invalid-signature",
        )


@pytest.mark.parametrize("seconds", [-86400, -600, -301, 301, 600, 86400])
async def test_well_signed_at_the_wrong_time(intake, seconds):
    stamp = str(int(intake.clock.now().timestamp()) + seconds)
    sound(await intake.signed("POST", "/v1/tickets", GOOD, timestamp=stamp), 401, "stale-timestamp")


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature", "handrail-bot"])
@pytest.mark.parametrize("value", [None, ""])
async def test_a_signed_header_missing(intake, name, value):
    sound(await intake.signed("POST", "/v1/tickets", GOOD, headers={name: value}), 401, "missing-auth")


@pytest.mark.parametrize("message_id", ["a" * 256, "a" * 5000, "a b", "a\tb", "ü"])
async def test_an_unusable_webhook_id(intake, message_id):
    sound(
        await intake.signed("POST", "/v1/tickets", GOOD, headers={"webhook-id": message_id}), 401, "invalid-webhook-id"
    )


@pytest.mark.parametrize(
    ("authorization", "slug"),
    [
        (None, "missing-auth"),
        ("", "missing-auth"),
        ("Bearer", "missing-auth"),
        ("Bearer ", "missing-auth"),
        ("Basic aHI6aHI=", "missing-auth"),
        ("hr_shop_bot_key_0123456789abcdef", "missing-auth"),
        ("Bearer hr_wrong", "invalid-signature"),
        ("Bearer " + KEYS["shop-bot"][:-1], "invalid-signature"),
        ("Bearer " + KEYS["shop-bot"].upper(), "invalid-signature"),
        ("Bearer " + KEYS["shop-bot"] + " x", "invalid-signature"),
        ("Bearer é", "invalid-signature"),
        ("Bearer " + "x" * 7000, "invalid-signature"),
    ],
)
async def test_a_bearer_key_that_is_none(intake, authorization, slug):
    headers = {
        "Content-Type": "application/json",
        **({"Authorization": authorization} if authorization is not None else {}),
    }
    answer = await intake.send("POST", "/v1/tickets", json.dumps(GOOD).encode(), headers)
    sound(answer, 401, slug)
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_wrong_signature_is_not_saved_by_a_good_key(intake):
    both = {"Authorization": f"Bearer {KEYS['shop-bot']}", "webhook-signature": "v1,AAAA"}
    sound(await intake.signed("POST", "/v1/tickets", GOOD, headers=both), 401, "invalid-signature")


@pytest.mark.parametrize("key", ["a" * 256, "a b", "ü", ""])
async def test_an_unusable_idempotency_key(intake, key):
    sound(await intake.call("POST", "/v1/tickets", GOOD, headers={"Idempotency-Key": key}), 422, "validation-error")


# ── path, method, media type, encoding ─────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/",
        "/v1/nope",
        "/v1/tickets/",
        "/V1/tickets",
        "/v1/tickets/a/b/c",
        "/v1//tickets",
        "/v1/%2e%2e/x",
        "/nope",
        "/v1/tickets%00",
        "/docs/../x",
    ],
)
async def test_an_unknown_path(intake, path):
    answer = await intake.call("GET", path)
    assert (answer.status, answer.slug) == (404, "not-found")
    answer = await intake.call("POST", path, GOOD)
    assert (answer.status, answer.slug) == (404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/tickets", "GET, POST"),
        ("PUT", "/v1/tickets", "GET, POST"),
        ("TRACE", "/v1/tickets", "GET, POST"),
        ("POST", "/v1/events", "GET"),
        ("GET", "/v1/tickets/tkt_x/messages", "POST"),
        ("POST", "/livez", "GET, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
    ],
)
async def test_another_method(intake, method, path, allow):
    answer = await intake.call(method, path)
    sound(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    "media",
    [
        None,
        "",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/json5",
        "application/problem+json",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "nonsense",
        "application/ json",
    ],
)
async def test_another_media_type(intake, media):
    headers = {"Authorization": f"Bearer {KEYS['shop-bot']}", **({"Content-Type": media} if media is not None else {})}
    sound(await intake.send("POST", "/v1/tickets", json.dumps(GOOD).encode(), headers), 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "coding", ["gzip", "GZIP", "deflate", "br", "zstd", "compress", "x", "identity, gzip", "gzip, gzip"]
)
@pytest.mark.parametrize(
    "body", [b"garbage", gzip.compress(b"\0" * 50_000_000), zlib.compress(json.dumps(GOOD).encode()), b""]
)
async def test_a_compressed_body_is_refused_unread(intake, coding, body):
    sound(
        await intake.signed("POST", "/v1/tickets", body, headers={"Content-Encoding": coding}),
        415,
        "unsupported-encoding",
    )


# ── JSON ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{} {}",
        b"{",
        b'{"conversation":{"external_id":"a"}} x',
        b'{"conversation":{"external_id":"a"},"reason":{"code":"a","confidence":NaN}}',
        b'{"conversation":{"external_id":"a"},"reason":{"code":"a","confidence":Infinity}}',
        b'{"conversation":{"external_id":"a"},"reason":{"code":"a","confidence":1e999}}',
        b'{"conversation":{"external_id":"a"},"conversation":{"external_id":"b"}}',
        b'{"conversation":{"external_id":"a","external_id":"b"}}',
        b'{"conversation":{"external_id":"a"},"metadata":' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}",
        b'{"conversation":{"external_id":"a"},"metadata":{"a":' + b"[" * 5000 + b"]" * 5000 + b"}}",
        b'{"conversation":{"external_id":"a"},"attributes":{"a":' + b"1" * 5000 + b"}}",
        b'{"conversation":{"external_id":"a"},"title":"\xff\xfe"}',
        json.dumps(GOOD).encode("utf-16"),
        json.dumps(GOOD).encode("utf-32-be"),
        b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
        b"a=1&b=2",
    ],
)
async def test_a_body_that_is_no_json(intake, body):
    sound(await intake.signed("POST", "/v1/tickets", body), 400, "invalid-json")


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
    ({"text": "x", "attachments": [{}]}, "/attachments/0/url"),
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
