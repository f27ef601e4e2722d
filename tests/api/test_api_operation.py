"""Health, figures, shutting down, a store in trouble, neighbours on the listener, logs."""

import json

import pytest
from structlog.testing import capture_logs

from tests.api.conftest import KEYS, SECRETS

GOOD = {"conversation": {"external_id": "web-1"}}


async def test_live_and_ready(handrail):
    assert (await handrail.send("GET", "/livez", None, {})).status == 200
    ready = await handrail.send("GET", "/readyz", None, {})
    assert (ready.status, ready.json) == (200, {"status": "ready", "trouble": {}, "degraded": {}})


async def test_trouble_is_named_to_operators(handrail):
    handrail.trouble["store"] = "disk full"
    answer = await handrail.send("GET", "/readyz", None, {})
    assert (answer.status, answer.json["trouble"]) == (503, {"store": "disk full"})
    assert (await handrail.send("GET", "/livez", None, {})).status == 200


async def test_figures_are_labelled_by_route_and_never_by_what_strangers_send(handrail):
    ticket = await handrail.escalated()
    await handrail.call("GET", f"/v1/tickets/{ticket}")
    await handrail.call("TRACE", "/v1/surprise-1")
    await handrail.call("GET", "/v1/surprise-2")
    text = (await handrail.send("GET", "/metrics", None, {})).raw.decode()
    assert 'handrail_api_requests_total{method="POST",route="/v1/tickets",status="201"} 1.0' in text
    assert 'route="/v1/tickets/{ticket}"' in text
    assert 'handrail_api_request_seconds_count{route="/v1/tickets"}' in text
    assert "surprise" not in text
    assert "TRACE" not in text
    assert ticket not in text


async def test_while_shutting_down_calls_are_told_to_come_back(handrail):
    handrail.api.draining.set()
    answer = await handrail.call("POST", "/v1/tickets", GOOD)
    assert (answer.status, answer.slug, answer.headers["retry-after"]) == (503, "draining", "5")
    assert (await handrail.send("GET", "/readyz", None, {})).status == 503
    assert (await handrail.send("GET", "/livez", None, {})).status == 200


async def test_a_store_that_cannot_write_is_said_so_and_nothing_is_kept(handrail):
    await handrail.api.store.writer.close()
    answer = await handrail.signed("POST", "/v1/tickets", GOOD)
    assert (answer.status, answer.slug) == (503, "storage-unavailable")
    assert int(answer.headers["retry-after"]) >= 1


async def test_pages_of_other_rooms_pass_untouched(handrail):
    page = await handrail.send("GET", "/", None, {})
    assert (page.status, page.raw) == (200, b"<h1>console</h1>")
    assert "x-request-id" not in page.headers
    seen = await handrail.send("POST", "/", b"x", {"Content-Type": "text/plain"})
    assert seen.status == 405
    async with handrail.session.get(f"http://127.0.0.1:{handrail.port}/elsewhere", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(("accept", "kind"), [("text/html,*/*", "text/plain"), ("*/*", "application/problem+json")])
async def test_an_address_nobody_has(handrail, accept, kind):
    answer = await handrail.send("GET", "/nobody/has/this", None, {"Accept": accept})
    assert answer.status == 404
    assert answer.headers["content-type"].startswith(kind)


async def test_one_log_line_a_call_without_words_names_or_secrets(handrail):
    body = {"user": {"external_id": "u-secret", "name": "Mara-secret"}, "title": "title-secret", **GOOD}
    with capture_logs() as lines:
        await handrail.signed("POST", "/v1/tickets", body)
        await handrail.call("POST", "/v1/tickets", {**body, "priority": "wrong-secret"})
        await handrail.call("GET", "/v1/nope-secret")
        await handrail.call("GET", "/v1/tickets", headers={"Authorization": "Bearer hr_some-secret"})
    calls = [line for line in lines if line["event"] == "api_call"]
    assert [(line["route"], line["status"]) for line in calls] == [
        ("/v1/tickets", 201),
        ("/v1/tickets", 422),
        ("/v1/{rest}", 404),
        ("/v1/tickets", 401),
    ]
    assert "secret" not in json.dumps(lines)


async def test_a_client_that_signs_local_time_is_named_in_the_log_only(handrail):
    stamp = int(handrail.clock.now().timestamp())
    with capture_logs() as lines:
        answer = await handrail.signed(
            "POST", "/v1/tickets", GOOD, timestamp=str(stamp + 3600), headers={"webhook-timestamp": str(stamp)}
        )
    assert (answer.status, answer.slug) == (401, "invalid-signature")
    hint = next(line for line in lines if line["event"] == "signature_fits_local_time_taken_for_utc")
    assert (hint["bot"], hint["minutes_off"]) == ("shop-bot", 60)
    assert "local" not in answer.raw.decode()


async def test_looking_for_the_wrong_zone_is_not_repeated_for_every_request(handrail):
    stamp = int(handrail.clock.now().timestamp())
    wrong = {"timestamp": str(stamp + 3600), "headers": {"webhook-timestamp": str(stamp)}}
    with capture_logs() as lines:
        for _ in range(3):
            await handrail.signed("POST", "/v1/tickets", GOOD, **wrong)
        handrail.clock.advance(seconds=60)
        stamp += 60
        again = {"timestamp": str(stamp + 3600), "headers": {"webhook-timestamp": str(stamp)}}
        await handrail.signed("POST", "/v1/tickets", GOOD, **again)
    assert [line["event"] for line in lines].count("signature_fits_local_time_taken_for_utc") == 2


async def test_every_answer_says_it_must_not_be_kept_or_sniffed(handrail):
    for answer in (await handrail.call("GET", "/v1/tickets"), await handrail.call("GET", "/v1/nope")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-request-id"].startswith("req_")


def test_the_secrets_of_these_tests_are_long_enough_to_be_real():
    assert min(map(len, SECRETS.values())) >= 24
    assert min(map(len, KEYS.values())) >= 24
