"""Forms as they come in: bounded in size, time and number of fields, and in one encoding only."""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import HttpVersion11, web

FORM_AT_MOST = 640_000
"""Bytes: 40,000 characters, each as four escaped bytes, and the rest of the form."""
FIELDS_AT_MOST = 40
SECONDS_AT_MOST = 15


class BadForm(Exception):
    """What was sent is no form of ours."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


async def read_form(request: web.Request) -> Mapping[str, str]:
    """The fields; of a name given twice the last counts. Line ends become plain ones, NUL becomes visible.

    Raises:
        BadForm: another media type, too long, too slow, too many fields, or not UTF-8.
    """
    if request.can_read_body and request.content_type != "application/x-www-form-urlencoded":
        raise BadForm(415, "Only forms are taken here.")
    if (request.content_length or 0) > FORM_AT_MOST:
        raise BadForm(413, "That is too long.")
    body = await _read(request)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=FIELDS_AT_MOST,
            encoding="utf-8",
            errors="strict",
        )
    except ValueError:
        raise BadForm(400, "This form could not be read.") from None
    return {name: value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "␀") for name, value in pairs}


async def expect(request: web.Request) -> web.Response | None:
    """Answer `Expect: 100-continue` only after the size check; aiohttp's own answers before any."""
    if (request.content_length or 0) > FORM_AT_MOST:
        return web.Response(status=413)
    if request.headers.get("Expect", "").lower() != "100-continue":
        return web.Response(status=417)
    if request.version == HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # as aiohttp does: the answer itself has not begun
    return None


async def _read(request: web.Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(SECONDS_AT_MOST):
            async for part in request.content.iter_any():
                size += len(part)
                if size > FORM_AT_MOST:
                    raise BadForm(413, "That is too long.")
                parts.append(part)
    except TimeoutError:
        raise BadForm(408, "That took too long.") from None
    except web.RequestPayloadError:
        raise BadForm(400, "This form could not be read.") from None
    return b"".join(parts)
