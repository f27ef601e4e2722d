"""The console's own files, read once and served under an address that changes with their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

FOLDER: Final = Path(__file__).parent / "static"
TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Book:
    body: bytes
    content_type: str


class Shelf:
    """Only files that were there at the start are served; no path of a request ever touches the disk."""

    def __init__(self, folder: Path = FOLDER) -> None:
        paths = sorted(path for path in folder.rglob("*") if path.suffix in TYPES)
        self._books: Mapping[str, Book] = {
            path.relative_to(folder).as_posix(): Book(path.read_bytes(), TYPES[path.suffix]) for path in paths
        }
        digest = hashlib.sha256()
        for name, book in self._books.items():
            digest.update(name.encode() + book.body)
        self.version = digest.hexdigest()[:12]

    def address(self, name: str) -> str:
        """Where a file is found; a name that is not there is a mistake of ours."""
        if name not in self._books:
            raise KeyError(name)
        return f"/static/{self.version}/{name}"

    async def serve(self, request: web.Request) -> web.Response:
        book = self._books.get(request.match_info["name"])
        if book is None:
            raise web.HTTPNotFound
        current = request.match_info["version"] == self.version
        keep = "public, max-age=31536000, immutable" if current else "no-cache"
        return web.Response(body=book.body, content_type=book.content_type, headers={"Cache-Control": keep})
