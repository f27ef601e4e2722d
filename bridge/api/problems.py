"""Refusals as RFC 9457 says: one table of codes, one exception, one body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Final

from aiohttp import web

from bridge.api.strict_json import Json

MEDIA_TYPE: Final = "application/problem+json"
ECHO_CHARACTERS: Final = 64
ERRORS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of refusal. `remedy` is what its page under /docs/problems says."""

    status: int
    title: str
    remedy: str


CODES: Final[Mapping[str, Code]] = {
    "invalid-json": Code(
        400, "Not JSON", "Send one JSON document in UTF-8, without duplicate keys, NaN or deep nesting."
    ),
    "missing-auth": Code(
        401,
        "Nobody is named",
        "Send `Authorization: Bearer hr_…`, or handrail-bot, webhook-id, webhook-timestamp and webhook-signature.",
    ),
    "invalid-signature": Code(
        401,
        "Not recognised",
        "Check the key, or the secret and the bytes that were signed. The operator's log may say more.",
    ),
    "stale-timestamp": Code(
        401, "Signed too long ago", "Sign anew; check this machine's clock. Five minutes are tolerated."
    ),
    "invalid-webhook-id": Code(401, "Unusable webhook-id", "Use 1 to 255 visible ASCII characters."),
    "not-found": Code(404, "Not found", "Check the address and the ids. A ticket of another bot reads the same."),
    "method-not-allowed": Code(405, "Method not allowed", "Use one of the methods in the Allow header."),
    "request-timeout": Code(408, "The body came too slowly", "Send the whole body at once, then try again."),
    "idempotency-conflict": Code(
        409, "The same key with another request", "Use a new webhook-id or Idempotency-Key for a new request."
    ),
    "state-conflict": Code(409, "Not possible now", "Read the ticket, then decide anew."),
    "ticket-closed": Code(409, "The ticket is closed", "Escalate the conversation again."),
    "stale-version": Code(409, "The ticket has changed", "Read the ticket, then decide anew."),
    "stale-epoch": Code(409, "The conversation changed hands", "Stay silent until `ticket.owner` is `bot` again."),
    "payload-too-large": Code(413, "Too large", "Send at most 256 KB; a file may have 25 MB."),
    "unsupported-media-type": Code(
        415,
        "Not a kind that is taken",
        "Send `Content-Type: application/json`; a file as multipart/form-data, of a kind that its refusal names.",
    ),
    "unsupported-encoding": Code(415, "Compressed body", "Send the body without Content-Encoding."),
    "expectation-failed": Code(417, "Unknown expectation", "Only `Expect: 100-continue` is known."),
    "validation-error": Code(422, "Not as described", "`errors` says where and why. /docs describes every field."),
    "url-not-allowed": Code(
        422, "Address not allowed", "Use http or https, ports 80 or 443, and a host listed in the bot's `file_hosts`."
    ),
    "rate-limited": Code(429, "Too many requests", "Wait as long as Retry-After says."),
    "internal-error": Code(500, "Our mistake", "Try again; the operator's log has the request id."),
    "storage-unavailable": Code(503, "Nothing can be stored now", "Try again after Retry-After; nothing was accepted."),
    "overloaded": Code(503, "Too much at once", "Try again after Retry-After."),
    "draining": Code(503, "Shutting down", "Try again after Retry-After."),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong place in a body. `pointer` is a JSON Pointer."""

    pointer: str
    code: str
    detail: str


class Problem(Exception):
    """A refusal on its way out. `code` is a key of `CODES`."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        retry_after: timedelta | None = None,
        headers: Mapping[str, str] | None = None,
        close: bool = False,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.faults = tuple(faults)
        self.retry_after = retry_after
        self.headers = dict(headers or {})
        self.close = close
        """Hang up after the answer: the rest of the request is not wanted."""


def escaped(text: str) -> str:
    """At most 64 characters of somebody's input, in printable ASCII."""
    shown = text[:ECHO_CHARACTERS].encode("unicode_escape").decode("ascii")
    return (
        shown
        if len(text) <= ECHO_CHARACTERS and len(shown) <= ECHO_CHARACTERS
        else shown[: ECHO_CHARACTERS - 3] + "..."
    )


def problem_type(slug: str, base: str) -> str:
    """The stable address of a code; `base` is the public address of this interface, or empty."""
    return f"{base.rstrip('/')}/docs/problems/{slug}"


def as_json(problem: Problem, *, instance: str, base: str) -> dict[str, Json]:
    code = CODES[problem.code]
    body: dict[str, Json] = {
        "type": problem_type(problem.code, base),
        "title": code.title,
        "status": code.status,
        "detail": problem.detail,
        "instance": instance,
    }
    if code.status == 422:
        shown: list[Json] = [
            {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}
            for fault in problem.faults[:ERRORS_SHOWN]
        ]
        body["errors"] = shown
    return body


def response(problem: Problem, *, instance: str, base: str) -> web.Response:
    """Paint a problem as an HTTP answer."""
    code = CODES[problem.code]
    answer = web.json_response(
        as_json(problem, instance=instance, base=base),
        status=code.status,
        content_type=MEDIA_TYPE,
        headers={**problem.headers, "Cache-Control": "no-store"},
    )
    if problem.retry_after is not None:
        answer.headers["Retry-After"] = str(max(1, ceil(problem.retry_after.total_seconds())))
    if code.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="handrail"'
    if problem.close:
        answer.force_close()
    return answer
