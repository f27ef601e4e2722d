"""Who may read the figures."""

from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bridge.api.mount import add_api

TOKEN = {"Authorization": "Bearer figures-for-prometheus"}


async def asked(api, headers) -> tuple[int, str]:
    app = web.Application()
    add_api(app, api)
    async with TestClient(TestServer(app)) as client, client.get("/metrics", headers=headers) as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nope"}, {"Authorization": "Bearer h\u00e9"}, TOKEN])
async def test_beyond_loopback_figures_without_a_token_are_for_nobody(handrail, headers):
    status, said = await asked(replace(handrail.api, metrics_open=False), headers)
    assert (status, "server.metrics_token" in said) == (401, True)


async def test_with_a_token_only_who_shows_it_reads_them(handrail):
    api = replace(handrail.api, metrics_token="figures-for-prometheus", metrics_open=False)
    assert (await asked(api, {}))[0] == 401
    assert (await asked(api, {"Authorization": "Bearer figures"}))[0] == 401
    status, said = await asked(api, TOKEN)
    assert (status, "handrail_tickets_open" in said) == (200, True)


async def test_a_signed_escalation_is_timed_from_its_signature(handrail):
    answer = await handrail.signed("POST", "/v1/tickets", {"conversation": {"external_id": "web-1"}})
    assert answer.status == 201
    assert handrail.api.metrics.registry.get_sample_value("handrail_escalation_seconds_count") == 1
    await handrail.call("POST", "/v1/tickets", {"conversation": {"external_id": "web-2"}})  # a bearer key says no time
    assert handrail.api.metrics.registry.get_sample_value("handrail_escalation_seconds_count") == 1
