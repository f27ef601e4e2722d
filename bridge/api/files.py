"""Files of bots: sent in to be named in a message, read by a signed link."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from bridge.api import present
from bridge.api.call import Api, Call
from bridge.api.problems import Problem
from bridge.api.strict_json import Json
from bridge.api.translate import event_key
from bridge.domain.envelope import iso
from bridge.domain.file_links import FILE_ID, Signer
from bridge.domain.files import KeptFile
from bridge.streaming import stream

HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, max-age=3600",
}
"""A file does nothing but lie there, whoever looks at it."""


async def upload(call: Call) -> web.StreamResponse:
    """The bytes first, then the row: whoever gets a 201 finds both."""
    if call.upload is None:
        raise AssertionError("the gate reads the form of this call")
    received = await call.upload.judged()
    file, replayed = await call.api.store.files.keep(
        call.upload.spool, received, uploader=call.caller.bot, bot=call.caller.bot, key=event_key(call.caller)
    )
    return present.answer({"file": _as_json(file)}, status=201, replayed=replayed)


def _as_json(file: KeptFile) -> dict[str, Json]:
    return {
        "id": file.id,
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "created_at": iso(file.created_at),
    }


class FileDoor:
    """Gives files to whoever has a link of ours."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The bytes. A link that is forged, expired, or whose file is gone: there is nothing here."""
        file_id, query = request.match_info["file"], request.query
        signer = Signer(self._api.public_url, await self._api.store.files.link_key())
        good = signer.holds(file_id, query.get("expires", ""), query.get("signature", ""), self._api.clock.now())
        if not good or not FILE_ID.fullmatch(file_id):
            raise _nothing()
        file = await self._api.store.files.get(file_id)
        pieces = await self._api.store.files.pieces(file) if file is not None else None
        if file is None or pieces is None:
            raise _nothing()
        return await stream(request, file, pieces, HEADERS)


def _nothing() -> Problem:
    return Problem("not-found", "There is no file at this address, or its link has expired.")
