"""What every request passes: size, the shape of the headers, who calls, and one way out for every refusal."""

import traceback
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from bridge.api import body as bodies
from bridge.api.auth import Bearer, Caller, Door, Doorkeeper, Signature, read_headers
from bridge.api.call import Api, Call
from bridge.api.doors import Doors
from bridge.api.operation import Operation
from bridge.api.pacing import Pacing, Places
from bridge.api.problems import Problem, response
from bridge.api.refusals import problem_of
from bridge.api.upload import Upload, boundary_or_refuse
from bridge.api.upload_places import UploadPlaces
from bridge.domain.errors import HandrailError
from bridge.domain.refs import BotName, new_id
from bridge.store.spool import Spool

log = structlog.get_logger()

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

CALLER: Final = web.RequestKey("caller", BotName)
OWN_PATHS: Final = frozenset({"/v1", "/livez", "/readyz", "/metrics", "/openapi.json", "/docs"})
OWN_FOLDERS: Final = ("/v1/", "/docs/", "/files/")
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods that get a label of their own; strangers must not fill the metrics with invented ones."""
AFTER_RESTART: Final = timedelta(seconds=5)


def is_ours(path: str) -> bool:
    """Does a path belong to this interface? Everything else on the listener is none of its business."""
    return path in OWN_PATHS or path.startswith(OWN_FOLDERS)


class Gate:
    """Stands before every call of the interface."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._doors = Doors(api.rules)
        self._keeper = Doorkeeper(api.clock)
        self._pacing = Pacing(api.limits, api.clock, api.metrics)
        self._arriving = Places(api.limits.bodies_at_once)
        self._at_work = Places(api.limits.calls_at_once)
        self._uploads = UploadPlaces(api.limits.uploads_at_once, self._pacing)

    @property
    def middleware(self) -> Middleware:
        """For the application that carries the routes."""

        @web.middleware
        async def gate(request: web.Request, handler: Handle) -> web.StreamResponse:
            return await self._pass(request, handler)

        return gate

    async def _pass(self, request: web.Request, handler: Handle) -> web.StreamResponse:
        """Turn every refusal and mishap under our paths into one kind of answer; count and log it."""
        if not is_ours(request.rel_url.raw_path):
            return await handler(request)
        request_id = new_id("req")
        began = self._api.clock.monotonic()
        answer = await self._answer(request, handler, request_id)
        if not answer.prepared:
            answer.headers["X-Request-Id"] = request_id
            answer.headers["X-Content-Type-Options"] = "nosniff"
            answer.headers.setdefault("Cache-Control", "no-store")
        self._count(request, answer, request_id, self._api.clock.monotonic() - began)
        return answer

    def serve(self, operation: Operation) -> Handle:
        """The handler of one operation: everything up to its own work."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if self._api.draining.is_set():
                raise Problem("draining", "Shutting down.", retry_after=AFTER_RESTART, close=True)
            return await self._handle(request, operation)

        return handle

    async def _handle(self, request: web.Request, operation: Operation) -> web.StreamResponse:
        bodies.refuse_encoding(request)
        if operation.brings_file:
            return await self._handle_file(request, operation)
        if operation.takes is not None:
            bodies.refuse_media(request)
        return await self._serve(request, operation, None)

    async def _handle_file(self, request: web.Request, operation: Operation) -> web.StreamResponse:
        boundary = boundary_or_refuse(request)
        with self._uploads.one(request):
            async with Spool(self._api.limits.file_bytes) as spool:
                return await self._serve(request, operation, Upload(boundary, spool, self._api.limits))

    async def _serve(self, request: web.Request, operation: Operation, upload: Upload | None) -> web.StreamResponse:
        caller, body = await self._admit(request, upload)
        request[CALLER] = caller.bot
        self._api.on_bot_call(caller.bot)
        self._pacing.let_in(caller, request.remote)
        call = Call(api=self._api, request=request, caller=caller, body=body, upload=upload)
        if operation.waits:
            return await operation.handler(call)
        with self._at_work.one():
            return await operation.handler(call)

    async def _admit(self, request: web.Request, upload: Upload | None) -> tuple[Caller, bytes]:
        """Who calls, and the body; an address that fails too often is told to wait."""
        self._pacing.refuse_guessing(request.remote)
        with self._arriving.one():  # counted apart: slow bodies must not take the places of those who work
            try:
                return await self._recognise(request, self._doors.today(), upload)
            except Problem as problem:
                raise self._pacing.failed(request.remote, problem) from None

    async def _recognise(
        self, request: web.Request, doors: Mapping[str, Door], upload: Upload | None
    ) -> tuple[Caller, bytes]:
        """Who calls, and the body. A wrong key is refused before its body is read; a signature needs the body."""
        claimed = read_headers(request.headers)
        match claimed:
            case Bearer():
                caller = self._keeper.by_key(claimed, doors.values())
                if upload is not None:
                    await upload.receive(request)
                    return caller, b""
                return caller, await bodies.read(request, self._api.limits)
            case Signature() if upload is not None:
                passing = self._keeper.passing(claimed, doors)
                await upload.receive(request, passing.feed)
                return self._keeper.by_signature(claimed, passing, doors), b""
            case Signature():
                body = await bodies.read(request, self._api.limits)
                return self._keeper.by_signature(claimed, body, doors), body

    async def _answer(self, request: web.Request, handler: Handle, request_id: str) -> web.StreamResponse:
        try:
            bodies.refuse_declared_size(request, self._api.limits.most_at(request.rel_url.raw_path))
            return await handler(request)
        except Problem as problem:
            return self._refuse(problem, request_id)
        except HandrailError as error:
            return self._refuse(problem_of(error), request_id)
        except web.HTTPMethodNotAllowed as error:
            allowed = ", ".join(sorted(error.allowed_methods))
            refusal = Problem("method-not-allowed", f"Allowed here: {allowed}.", headers={"Allow": allowed})
            return self._refuse(refusal, request_id)
        except web.HTTPNotFound:
            return self._refuse(Problem("not-found", "There is nothing at this address."), request_id)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 -- the last net: a mistake of ours must not become a stack on the wire
            _log_mistake(error, request_id)
            return self._refuse(Problem("internal-error", "Our mistake. Try again."), request_id)

    def _refuse(self, problem: Problem, request_id: str) -> web.Response:
        return response(problem, instance=request_id, base=self._api.public_url)

    def _count(self, request: web.Request, answer: web.StreamResponse, request_id: str, seconds: float) -> None:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "unknown"
        method = request.method if request.method in METHODS else "other"
        self._api.metrics.api_requests.labels(route, method, str(answer.status)).inc()
        self._api.metrics.api_seconds.labels(route).observe(seconds)
        log.info(
            "api_call",
            method=method,
            route=route,
            status=answer.status,
            bot=request.get(CALLER),
            request=request_id,
            milliseconds=round(seconds * 1000),
        )


def _log_mistake(error: Exception, request_id: str) -> None:
    """Where it happened, without the error's own words: they may quote somebody's."""
    steps = traceback.extract_tb(error.__traceback__)
    log.error(
        "api_call_failed",
        error=type(error).__name__,
        request=request_id,
        where=[f"{step.filename.rpartition('/')[2]}:{step.lineno} {step.name}" for step in steps[-8:]],
    )
