"""Puts the interface onto a listener that it may share with the console and the demo."""

from aiohttp import web

from bridge.api.body import expect_handler
from bridge.api.call import Api
from bridge.api.catalogue import OPERATIONS
from bridge.api.docs import Docs
from bridge.api.files import FileDoor
from bridge.api.gate import Gate, Handle, is_ours
from bridge.api.health import Health
from bridge.api.limits import Limits
from bridge.api.problems import Problem, response
from bridge.domain.refs import new_id


def add_api(app: web.Application, api: Api) -> None:
    """Add routes and the gate. The gate looks at this interface's paths only; others pass it untouched."""
    gate, health, docs = Gate(api), Health(api), Docs(api.public_url)
    expect = expect_handler(api.limits, api.public_url)
    app.middlewares.append(gate.middleware)
    for operation in OPERATIONS:
        app.router.add_route(operation.method, operation.path, gate.serve(operation), expect_handler=expect)
    for path, handler in (
        ("/livez", health.livez),
        ("/readyz", health.readyz),
        ("/metrics", health.metrics),
        ("/openapi.json", docs.openapi),
        ("/docs", docs.index),
        ("/docs/style.css", docs.style),
        ("/docs/problems/{slug}", docs.problem),
    ):
        app.router.add_get(path, handler, expect_handler=expect)
    app.router.add_get("/files/{file}/{name}", FileDoor(api).serve, expect_handler=expect)
    app.router.add_route("*", "/v1/{rest:.*}", _unmatched, expect_handler=expect)


def add_fallback(app: web.Application, limits: Limits, base: str = "") -> None:
    """Answer what no other route of the listener does. Call it last.

    Without it aiohttp would answer `Expect: 100-continue` on unknown paths before any check of size.
    """
    app.router.add_route("*", "/{rest:.*}", _fallback(base), expect_handler=expect_handler(limits, base))


async def _unmatched(request: web.Request) -> web.StreamResponse:
    """404, or 405 when the path is known under another method."""
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        if "{rest" not in resource.canonical:
            allowed |= (await resource.resolve(request))[1]
    if allowed:
        raise web.HTTPMethodNotAllowed(request.method, sorted(allowed))
    raise web.HTTPNotFound


def _fallback(base: str) -> Handle:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await _unmatched(request)
        except web.HTTPNotFound:
            if is_ours(request.rel_url.raw_path) or "text/html" in request.headers.get("Accept", ""):
                raise
            problem = Problem("not-found", "There is nothing at this address.")
            return response(problem, instance=new_id("req"), base=base)

    return answer
