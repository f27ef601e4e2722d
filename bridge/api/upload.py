"""A file on its way in: streamed past the signature and into the spool, bounded in size and time."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from aiohttp import web

from bridge.api.body import refuse_declared_size
from bridge.api.forms import Form, boundary_of
from bridge.api.limits import Limits
from bridge.api.problems import Fault, Problem
from bridge.domain.files import Received
from bridge.store.spool import Spool

AGAIN = timedelta(seconds=2)


class Upload:
    """One form that is being received."""

    def __init__(self, boundary: bytes, spool: Spool, limits: Limits) -> None:
        self.spool = spool
        self._form = Form(boundary, spool.write)
        self._limits = limits

    async def receive(self, request: web.BaseRequest, on_piece: Callable[[bytes], None] | None = None) -> None:
        """Read it to its end. `on_piece` gets the raw bytes, which a signature covers. Raises: Problem, UnfitFile."""
        most = self._limits.form_bytes
        refuse_declared_size(request, most)
        size = 0
        try:
            async with asyncio.timeout(self._limits.file_seconds):
                while piece := await self._next(request):
                    size += len(piece)
                    if size > most:
                        raise Problem("payload-too-large", f"The form may have at most {most} bytes.", close=True)
                    if on_piece is not None:
                        on_piece(piece)
                    await self._form.feed(piece)
        except TimeoutError:
            raise Problem("request-timeout", "The body did not come in time.", close=True) from None
        except web.RequestPayloadError:
            raise _unreadable("The body broke off or is framed wrongly.") from None
        self._form.end()

    async def judged(self) -> Received:
        """What was sent, once it is known who did. Raises: Problem, UnfitFile."""
        if self._form.trouble is not None:
            raise _unreadable(self._form.trouble)
        return await self.spool.judged(self._form.name)

    async def _next(self, request: web.BaseRequest) -> bytes:
        async with asyncio.timeout(self._limits.body_seconds):
            return await request.content.readany()


def boundary_or_refuse(request: web.BaseRequest) -> bytes:
    """Raises: Problem."""
    boundary = boundary_of(request)
    if boundary is None:
        raise Problem("unsupported-media-type", "The body must be multipart/form-data with a boundary.", close=True)
    return boundary


def too_many() -> Problem:
    return Problem("overloaded", "Too many files come in at once.", retry_after=AGAIN, close=True)


def _unreadable(sentence: str) -> Problem:
    return Problem("validation-error", sentence, faults=[Fault("", "form", sentence)], close=True)
