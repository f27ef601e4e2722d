"""A kept file on its way to whoever may read it."""

from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from bridge.domain.files import KeptFile, disposition


async def stream(
    request: web.Request,
    file: KeptFile,
    pieces: AsyncIterator[bytes],
    headers: Mapping[str, str],
    *,
    inline: bool = False,
) -> web.StreamResponse:
    """Its bytes, as the answer to the request; not to a HEAD. What else the answer says stands in `headers`."""
    answer = web.StreamResponse(headers={**headers, "Content-Disposition": disposition(file.name, inline=inline)})
    answer.content_type = file.content_type or "application/octet-stream"
    answer.content_length = file.size
    await answer.prepare(request)
    if request.method != "HEAD":
        async for piece in pieces:
            await answer.write(piece)
    await answer.write_eof()
    return answer
