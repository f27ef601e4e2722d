"""The OpenAPI 3.1 document, made from the table of operations and the models that validate."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bridge.api import problems
from bridge.api.answers import EventOut, ProblemOut
from bridge.api.callbacks import TOLD, envelopes
from bridge.api.catalogue import OPERATIONS
from bridge.api.forms import NAME_CHARACTERS
from bridge.api.operation import Operation, Parameter
from bridge.api.problems import CODES, Problem

VERSION: Final = "1"
EVERYWHERE: Final = (
    "missing-auth",
    "invalid-signature",
    "stale-timestamp",
    "invalid-webhook-id",
    "request-timeout",
    "payload-too-large",
    "unsupported-encoding",
    "rate-limited",
    "storage-unavailable",
    "overloaded",
    "draining",
)
_REF: Final = "#/components/schemas/{model}"
_SIGNED: Final = ("handrail-bot", "webhook-id", "webhook-timestamp", "webhook-signature")

Doc = dict[str, Any]


def document(base: str) -> Doc:
    """The whole document. `base` is the public address, or empty for addresses relative to this host."""
    told = envelopes()
    models = [*_models(OPERATIONS), *told.values()]
    refs, definitions = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    names = {model: refs[(model, "validation")] for model in models}
    paths: Doc = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, names, base)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Handrail",
            "version": VERSION,
            "summary": "A bot hands a conversation to a person and hears when it is the bot's again.",
            "description": "The whole contract for a bot: while `ticket.owner` is not `bot`, stay silent.",
        },
        "servers": [{"url": base or "/"}],
        "security": [{"bearer": []}, {name: [] for name in _SIGNED}],
        "paths": {**paths, **_operational()},
        "webhooks": {kind: {"post": _callback(kind, names[model])} for kind, model in told.items()},
        "components": {"schemas": definitions.get("$defs", {}), "securitySchemes": _schemes()},
    }


def _models(table: Iterable[Operation]) -> list[type[BaseModel]]:
    found: dict[type[BaseModel], None] = {ProblemOut: None, EventOut: None}
    for each in table:
        for model in (each.takes, *each.gives.values()):
            if model is not None:
                found[model] = None
    return list(found)


def _operation(operation: Operation, names: Mapping[type[BaseModel], Doc], base: str) -> Doc:
    described: Doc = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.about,
        "parameters": [_parameter(each) for each in operation.parameters],
        "responses": {
            **{str(status): _success(operation, status, model, names) for status, model in operation.gives.items()},
            **_refusals(operation, base),
        },
    }
    if operation.takes is not None:
        content = {"application/json": {"schema": names[operation.takes]}}
        described["requestBody"] = {"required": True, "content": content}
    if operation.brings_file:
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": _file_form()}}}
    return described


def _file_form() -> Doc:
    return {
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {
            "file": {"type": "string", "format": "binary", "description": "The bytes."},
            "name": {
                "type": "string",
                "maxLength": NAME_CHARACTERS,
                "description": "Else the filename of the part counts.",
            },
        },
    }


def _parameter(parameter: Parameter) -> Doc:
    example: Any = parameter.example
    match parameter.schema["type"], parameter.example:
        case "integer", str() as digits:
            example = int(digits)
        case _, tuple() as several:
            example = list(several)
        case _:
            pass
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.about,
        "schema": dict(parameter.schema),
        "example": example,
        **({"style": "deepObject", "explode": True} if parameter.deep else {}),
    }


def _success(
    operation: Operation, status: int, model: type[BaseModel] | None, names: Mapping[type[BaseModel], Doc]
) -> Doc:
    replayed = {
        "Idempotency-Replayed": {
            "description": "`true` when this is the stored answer to an earlier call with the same key.",
            "schema": {"type": "string", "enum": ["true"]},
        }
    }
    answer: Doc = {"description": _sentence(model) if model is not None else "Done; no body."}
    if operation.method != "GET":
        answer["headers"] = replayed
    if model is not None:
        answer["content"] = {"application/json": {"schema": names[model]}}
        if operation.markdown:
            answer["content"]["text/markdown"] = {"schema": {"type": "string"}}
    if status == 200 and 201 in operation.gives:
        answer["description"] += " Nothing was opened anew: see `merged` and `reopened`."
    return answer


def _sentence(model: type[BaseModel]) -> str:
    return re.sub(r"\s+", " ", model.__doc__ or "").strip()


def _refusals(operation: Operation, base: str) -> Doc:
    codes = [*EVERYWHERE, *operation.refusals]
    if "{ticket}" in operation.path:
        codes.append("not-found")
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(CODES[code].status, []).append(code)
    return {str(status): _refusal(status, by_status[status], base) for status in sorted(by_status)}


def _refusal(status: int, codes: list[str], base: str) -> Doc:
    refusal: Doc = {
        "description": "; ".join(f"`{code}`: {CODES[code].title}" for code in codes),
        "content": {
            problems.MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/ProblemOut"},
                "examples": {code: {"value": _example(code, base)} for code in codes},
            }
        },
    }
    if status in {429, 503}:
        refusal["headers"] = {
            "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}, "required": True}
        }
    return refusal


def _example(code: str, base: str) -> Doc:
    fault = problems.Fault("/title", code, CODES[code].remedy)
    problem = Problem(code, CODES[code].remedy, faults=[fault])
    return dict(problems.as_json(problem, instance="req_01931f6c9a3d7c1e8b2f4d5e6a7b8c9d", base=base))


def _operational() -> Doc:
    """The addresses for operators and machines; no bot needs them."""
    not_ready = {"503": {"description": "Not ready; `trouble` says why."}}
    table: tuple[tuple[str, str, str, str, Doc], ...] = (
        ("/livez", "livez", "The process runs", "application/json", {}),
        ("/readyz", "readyz", "Escalations can be taken", "application/json", not_ready),
        ("/metrics", "metrics", "Figures in Prometheus' text format", "text/plain", {}),
        ("/openapi.json", "openapi", "This document", "application/json", {}),
        ("/docs", "docs", "This document for people", "text/html", {}),
    )
    return {
        path: {
            "get": {
                "operationId": name,
                "summary": summary,
                "security": [],
                "responses": {"200": {"description": f"{summary}.", "content": {media: {}}}, **more},
            }
        }
        for path, name, summary, media, more in table
    }


def _callback(kind: str, model: Doc) -> Doc:
    return {
        "operationId": kind.replace(".", "_"),
        "summary": TOLD[kind][0],
        "description": "Posted to the bot's own address, signed by Standard Webhooks with the bot's callback secret. "
        "`webhook-id` stays the same over every attempt. The poll gives the same body, with `cursor` and `id`.",
        "security": [],
        "requestBody": {"required": True, "content": {"application/json": {"schema": model}}},
        "responses": {"2XX": {"description": "Taken. Anything else is tried again; 410 stops it for good."}},
    }


def _schemes() -> Doc:
    about = {
        "handrail-bot": "The bot's name in the config.",
        "webhook-id": "Unique per call; makes it repeatable.",
        "webhook-timestamp": "Unix seconds, UTC, at most five minutes off.",
        "webhook-signature": "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body` with the bot's `whsec_` secret.",
    }
    signed = {name: {"type": "apiKey", "in": "header", "name": name, "description": about[name]} for name in _SIGNED}
    bearer = {"type": "http", "scheme": "bearer", "description": "The bot's key, `hr_…`."}
    return {"bearer": bearer, **signed}
