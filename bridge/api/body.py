"""Reads bodies: bounded in size and time, JSON only, judged by a model."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

from aiohttp import HttpVersion11, web
from pydantic import BaseModel, ValidationError

from bridge.api import strict_json
from bridge.api.fields import URL_NOT_ALLOWED
from bridge.api.limits import Limits
from bridge.api.problems import Fault, Problem, escaped, response
from bridge.domain.refs import new_id

Model = TypeVar("Model", bound=BaseModel)

_OWN_WORDS: Final[Mapping[str, str]] = {
    "extra_forbidden": "There is no such field.",
    "missing": "This field is required.",
    "model_type": "This must be an object.",
    "dict_type": "This must be an object.",
    "list_type": "This must be a list.",
    "string_type": "This must be text.",
    "bool_type": "This must be true or false.",
    "int_type": "This must be a whole number.",
    "float_type": "This must be a number.",
}


def refuse_declared_size(request: web.BaseRequest, most: int) -> None:
    """The first check of all: a body announced as too large is not waited for."""
    if (request.content_length or 0) > most:
        raise _too_large(most)


def refuse_media(request: web.BaseRequest) -> None:
    """Only plain JSON in UTF-8: no forms, no other charset, no list of types."""
    types = request.headers.getall("Content-Type", [])
    plain = len(types) == 1 and "," not in types[0] and request.content_type == "application/json"
    charset = request.charset
    if not plain or (charset is not None and charset.lower() not in {"utf-8", "utf8"}):
        raise Problem("unsupported-media-type", "The body must be application/json in UTF-8.", close=True)


def refuse_encoding(request: web.BaseRequest) -> None:
    """A compressed body is refused unread: nothing is ever inflated."""
    if any(value.strip().lower() != "identity" for value in request.headers.getall("Content-Encoding", [])):
        raise Problem("unsupported-encoding", "The body must not be compressed.", close=True)


async def read(request: web.BaseRequest, limits: Limits) -> bytes:
    """The whole body, or a refusal once it is too large or too slow."""
    refuse_declared_size(request, limits.body_bytes)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.body_seconds):
            while piece := await request.content.readany():
                size += len(piece)
                if size > limits.body_bytes:
                    raise _too_large(limits.body_bytes)
                pieces.append(piece)
    except TimeoutError:
        raise Problem("request-timeout", "The body did not come in time.", close=True) from None
    except web.RequestPayloadError:
        raise Problem("invalid-json", "The body broke off or is framed wrongly.", close=True) from None
    return b"".join(pieces)


def parse(body: bytes, model: type[Model], context: Mapping[str, object]) -> Model:
    """Strict JSON, then the model; every complaint with its place."""
    try:
        value = strict_json.load(body)
    except strict_json.UnfitJson as error:
        fault = Fault(escaped(error.pointer), error.code, str(error))
        raise Problem("validation-error", fault.detail, faults=[fault]) from None
    except strict_json.InvalidJson as error:
        raise Problem("invalid-json", str(error)) from None
    return judge(value, model, context)


def judge(value: object, model: type[Model], context: Mapping[str, object]) -> Model:
    try:
        return model.model_validate(value, context=dict(context))
    except ValidationError as error:
        raise invalid(_faults(error)) from None


def invalid(faults: Sequence[Fault]) -> Problem:
    """One problem for all faults; `url-not-allowed` when addresses are all that is wrong."""
    code = URL_NOT_ALLOWED if {fault.code for fault in faults} == {URL_NOT_ALLOWED} else "validation-error"
    count = len(faults)
    return Problem(code, "One place is wrong." if count == 1 else f"{count} places are wrong.", faults=faults)


def expect_handler(limits: Limits, base: str) -> Callable[[web.Request], Awaitable[web.StreamResponse | None]]:
    """Answer `Expect: 100-continue` only after the size check; aiohttp's own answers before any."""

    async def expect(request: web.Request) -> web.StreamResponse | None:
        try:
            refuse_declared_size(request, limits.most_at(request.rel_url.raw_path))
            _refuse_expectation(request)
        except Problem as problem:
            return response(problem, instance=new_id("req"), base=base)
        if request.version == HttpVersion11:
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # as aiohttp does: the answer itself has not begun
        return None

    return expect


def _refuse_expectation(request: web.BaseRequest) -> None:
    if request.headers.get("Expect", "").lower() != "100-continue":
        raise Problem("expectation-failed", "Only 100-continue can be expected here.", close=True)


def _too_large(most: int) -> Problem:
    return Problem("payload-too-large", f"The body may have at most {most} bytes.", close=True)


def _faults(error: ValidationError) -> list[Fault]:
    return [
        Fault(
            pointer=escaped("".join(f"/{strict_json.token(step)}" for step in each["loc"])),
            code=each["type"].replace("_", "-"),
            detail=_OWN_WORDS.get(each["type"], each["msg"]),
        )
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    ]
