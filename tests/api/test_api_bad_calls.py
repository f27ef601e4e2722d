"""Bad calls by class, each with its neighbours: who calls, where to, in which form. Never a 5xx, never a ticket."""

import gzip
import json
import zlib

import pytest

from tests.api.conftest import KEYS, SECRETS
from tests.api.refusals import sound

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("leaves_nothing_behind")]

GOOD = {"conversation": {"external_id": "web-1"}}


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


async def test_a_bot_without_a_secret_has_no_signature_that_fits(intake):
    assert (await intake.call("GET", "/v1/tickets", bot="key-only-bot")).status == 200
    for secret in (b"", b"\0" * 32, KEYS["key-only-bot"].encode(), SECRETS["shop-bot"]):
        answer = await intake.signed("GET", "/v1/tickets", bot="key-only-bot", secret=secret or b"\0")
        sound(answer, 401, "invalid-signature")


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
