"""Files in the console: brought in by a member, shown to members. Nobody without a session reads any."""

import asyncio
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from bridge.console.gate import HEADERS, Refused
from bridge.console.house import House
from bridge.console.scenes import ticket_named
from bridge.console.viewer import Viewer
from bridge.domain.file_links import FILE_ID
from bridge.domain.file_types import IMAGES
from bridge.domain.files import FILE_BYTES, Unfit, UnfitFile, in_size
from bridge.domain.words import Attachment
from bridge.store.spool import Spool
from bridge.streaming import stream

AT_MOST: Final = 10
"""Files of one message."""
SECONDS_AT_MOST: Final = 300
PIECE_SECONDS: Final = 15
STATUS: Final[Mapping[Unfit, int]] = {Unfit.TYPE: 415, Unfit.SIZE: 413, Unfit.EMPTY: 422}
LYING_STILL: Final[Mapping[str, str]] = {
    **HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, max-age=3600",
}  # fmt: skip


async def bring(house: House, request: web.Request, viewer: Viewer, _form: Mapping[str, str]) -> web.Response:
    """The body is the file, as it is; `name` says what it is called. It is the writer's until a message names it."""
    ticket = await ticket_named(house, request.match_info["number"])
    if (request.content_length or 0) > FILE_BYTES:
        raise Refused(413, "payload-too-large", f"It is larger than {in_size(FILE_BYTES)}, the most a file may have.")
    async with Spool() as spool:
        try:
            await _receive(request, spool)
            received = await spool.judged(request.query.get("name", ""))
        except UnfitFile as unfit:
            raise Refused(STATUS[unfit.why], unfit.why, unfit.sentence) from None
        file, _ = await house.store.files.keep(spool, received, uploader=viewer.key)
    shown = {
        "id": file.id, "name": file.name, "size": in_size(file.size),
        "url": f"/t/{ticket.number}/files/{file.id}", "image": file.content_type in IMAGES,
    }  # fmt: skip
    return web.json_response(shown, status=201, headers=HEADERS)


async def show(house: House, request: web.Request, viewer: Viewer) -> web.StreamResponse:
    """A file of the ticket, or one the viewer has just brought. A picture may be looked at in its place."""
    ticket, file_id = await ticket_named(house, request.match_info["number"]), request.match_info["file"]
    file = await house.store.files.get(file_id) if FILE_ID.fullmatch(file_id) else None
    if file is None or not (file.ticket == ticket.id or (file.ticket is None and file.uploader == viewer.key)):
        raise _gone()
    pieces = await house.store.files.pieces(file)
    if pieces is None:
        raise _gone()
    inline = "inline" in request.query and file.content_type in IMAGES
    return await stream(request, file, pieces, LYING_STILL, inline=inline)


def attached(form: Mapping[str, str]) -> tuple[Attachment, ...]:
    """The files a form names, by id."""
    ids = form.get("files", "").split()
    if len(ids) > AT_MOST:
        raise Refused(422, "validation-error", f"A message takes at most {AT_MOST} files. Send the rest with another.")
    if not all(FILE_ID.fullmatch(each) for each in ids):
        raise Refused(422, "validation-error", "A file of this message is not known here. Attach it again.")
    return tuple(Attachment(name="", file_id=each) for each in dict.fromkeys(ids))


async def _receive(request: web.Request, spool: Spool) -> None:
    try:
        async with asyncio.timeout(SECONDS_AT_MOST):
            while True:
                async with asyncio.timeout(PIECE_SECONDS):
                    piece = await request.content.readany()
                if not piece:
                    return
                await spool.write(piece)
    except TimeoutError:
        raise Refused(408, "request-timeout", "That took too long.") from None
    except web.RequestPayloadError:
        raise Refused(400, "bad-form", "The file broke off on its way.") from None


def _gone() -> Refused:
    return Refused(404, "not-found", "This file is not kept here any more.")
