"""Signs of life for operators and their machines."""

import hmac

from aiohttp import web

from bridge.api.call import Api
from bridge.api.problems import Problem
from bridge.api.strict_json import Json


class Health:
    """`/livez`, `/readyz`, `/metrics`."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def livez(self, _request: web.Request) -> web.Response:
        """The process runs and its loop turns."""
        return web.json_response({"status": "live"})

    async def readyz(self, _request: web.Request) -> web.Response:
        """Can an escalation be taken now? Names what is in trouble, and what works less well."""
        trouble = dict(await self._api.ready())
        if self._api.draining.is_set():
            trouble["intake"] = "shutting down"
        body: dict[str, Json] = {
            "status": "not ready" if trouble else "ready",
            "trouble": dict(trouble),
            "degraded": dict(await self._api.degraded()),
        }
        headers = {"Retry-After": "5"} if trouble else {}
        return web.json_response(body, status=503 if trouble else 200, headers=headers)

    async def metrics(self, request: web.Request) -> web.Response:
        token = self._api.metrics_token
        if token is None and not self._api.metrics_open:
            raise Problem("missing-auth", "Beyond loopback the metrics need a token: set server.metrics_token.")
        if token is not None:
            shown = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(shown, f"Bearer {token}".encode()):
                raise Problem("missing-auth", "The metrics ask for their token.")
        return web.Response(
            body=self._api.metrics.exposition(),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )
