"""Places for files that come in. A signature is proved by the last byte only: until then its sender is a stranger."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

from bridge.api.pacing import Pacing, source
from bridge.api.upload import too_many
from bridge.domain.addresses import Reach, reach

EACH: Final = 2
"""Unproven at once from one public address that no bot of ours called from lately."""


class UploadPlaces:
    """Half of the places are kept for senders that showed a key, and half of the rest for addresses that are known."""

    def __init__(self, most: int, pacing: Pacing) -> None:
        self._most = most
        self._pacing = pacing
        self._taken = 0
        self._unproven = 0
        self._strange = Counter[str]()

    @contextmanager
    def one(self, request: web.BaseRequest) -> Iterator[None]:
        """Take a place for a while. Raises Problem: there is none for this caller."""
        headers, who = request.headers, source(request.remote)
        unproven = "webhook-signature" in headers or "Authorization" not in headers
        # An inner address may be everybody's proxy: many share it.
        public = reach(request.remote or "") is Reach.PUBLIC
        strange = unproven and not self._pacing.knows(request.remote)
        if self._taken >= self._most or (unproven and self._unproven >= self._share(2)):
            raise too_many()
        if strange and (self._strange.total() >= self._share(4) or (public and self._strange[who] >= EACH)):
            raise too_many()
        self._taken += 1
        self._unproven += unproven
        self._strange[who] += strange
        try:
            yield
        finally:
            self._taken -= 1
            self._unproven -= unproven
            self._strange[who] -= strange
            if not self._strange[who]:
                del self._strange[who]

    def _share(self, part: int) -> int:
        return max(1, self._most // part)
